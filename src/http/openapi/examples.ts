import type { ProblemCode } from "../problems.ts";

/*
 * One small script, as every operation shows it. A test holds each example against its operation's schema.
 */

const scriptId = "scr_renewal";
const createdAt = "2026-03-02T09:15:00.000Z";
const committedAt = "2026-03-02T09:20:30.250Z";
const graphHash = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592";
const stateHash = "7d793037a0760186574b0282f2f435e77d793037a0760186574b0282f2f435e7";
const batchId = "01956f4e-5a10-7c3a-9d2e-0f6b7a8c9d01";

const graphJson = {
  schemaVersion: 1,
  nodes: [
    { id: "n_start", type: "start", position: { x: 0, y: 0 }, data: { title: "Start" } },
    {
      id: "n_greet",
      type: "message",
      position: { x: 0, y: 120 },
      data: { title: "Greeting", prompt: "Hello {{customer_name}}, this is about your renewal." },
    },
    { id: "n_end", type: "end", position: { x: 0, y: 240 }, data: { title: "Goodbye" } },
  ],
  edges: [
    { id: "e_1", source: "n_start", target: "n_greet", data: {} },
    { id: "e_2", source: "n_greet", target: "n_end", data: {} },
  ],
  viewport: { x: 0, y: 0, zoom: 1 },
  entryNodeId: "n_start",
};

const variablesDef = [{ key: "customer_name", type: "string", required: true, label: "Customer's name" }];

const details = {
  name: "Renewal call",
  slug: "renewal-call",
  description: "How to talk to customers whose contract ends soon.",
  labels: ["outbound"],
  intents: ["renewal"],
  languageCodes: ["en"],
  embeddingKey: null,
};

const script = {
  id: scriptId,
  ...details,
  status: "DRAFT",
  activeVersionId: null,
  latestVersion: 0,
  createdById: "user_ada",
  updatedById: "user_ada",
  createdAt,
  updatedAt: createdAt,
};

const publishedScript = { ...script, status: "PUBLISHED", activeVersionId: "scr_claim-v1", latestVersion: 1 };

function receipt(
  headSequence: number,
  ...commands: readonly (readonly [commandId: string, command: string])[]
) {
  return {
    batchId,
    commands: commands.map(([commandId, command], index) => ({
      commandId,
      command,
      sequence: headSequence - commands.length + 1 + index,
    })),
    headSequence,
    findings: [],
    alreadyApplied: false,
  };
}

export const createScriptBody = {
  id: scriptId,
  name: details.name,
  slug: details.slug,
  description: details.description,
  labels: details.labels,
  intents: details.intents,
  languageCodes: details.languageCodes,
};

const emptyFinding = {
  severity: "warning",
  code: "graph_empty",
  message: "The graph has no nodes yet. Add a start node and make it the entry.",
  path: "/nodes",
};

export const scriptWritten = {
  ...script,
  headSequence: 1,
  materializedSequence: 0,
  materializeFailure: null,
  write: { ...receipt(1, ["create", "Scripts.CreateScript.v1"]), findings: [emptyFinding] },
};

export const scriptPage = { entries: [publishedScript], nextCursor: null };

const versionSummary = {
  id: "scr_claim-v1",
  scriptId,
  version: 1,
  changelog: "First wording",
  isPublished: false,
  createdById: "user_ada",
  createdAt: committedAt,
  fromSequence: 1,
  toSequence: 3,
  graphHash,
  stateHash,
  reducerVersion: 1,
  sealedAt: committedAt,
};

export const version = { ...versionSummary, graphJson, variablesDef };

export const versionPage = { entries: [versionSummary], nextCursor: null };

export const scriptDetail = {
  ...publishedScript,
  headSequence: 4,
  materializedSequence: 4,
  materializeFailure: null,
  activeVersion: { ...version, isPublished: true },
};

export const updateScriptBody = {
  name: "Renewal call 2026",
  labels: ["outbound", "pilot"],
  commandId: "rename-1",
};

export const scriptUpdated = {
  ...script,
  name: "Renewal call 2026",
  labels: ["outbound", "pilot"],
  headSequence: 2,
  materializedSequence: 1,
  materializeFailure: null,
  write: { ...receipt(2, ["rename-1", "Scripts.UpdateDetails.v1"]), findings: [emptyFinding] },
};

export const commandBatch = {
  commands: [
    {
      commandId: "edit-17",
      command: "Scripts.UpdateNode.v1",
      payload: { nodeId: "n_greet", data: { prompt: "Good morning {{customer_name}}." } },
    },
  ],
  expectedSequence: 4,
  onConflict: "rebase",
  note: "Friendlier greeting",
};

const greetingPatch = [
  { op: "replace", path: "/nodes/n_greet/data/prompt", value: "Good morning {{customer_name}}." },
];

export const batchResult = {
  scriptId,
  batchId,
  commands: [{ commandId: "edit-17", command: "Scripts.UpdateNode.v1", sequence: 5 }],
  headSequence: 5,
  diff: { added: [], updated: ["nodes/n_greet"], removed: [], patch: greetingPatch },
  findings: [],
  rebased: false,
  alreadyApplied: false,
  dryRun: false,
};

export const logPage = {
  scriptId,
  headSequence: 5,
  commands: [
    {
      sequence: 5,
      id: "01956f60-9c1d-7b22-8e5f-2a3b4c5d6e7f",
      commandId: "edit-17",
      batchId,
      command: "Scripts.UpdateNode.v1",
      payload: commandBatch.commands[0]!.payload,
      facts: {},
      patch: greetingPatch,
      inversePatch: [
        {
          op: "replace",
          path: "/nodes/n_greet/data/prompt",
          value: "Hello {{customer_name}}, this is about your renewal.",
        },
      ],
      actor: { type: "AI_AGENT", id: "agent_tone", onBehalfOf: "user_ada" },
      correlationId: "call-7f3a",
      causationId: null,
      note: "Friendlier greeting",
      reducerVersion: 1,
      chainHash: stateHash,
      createdAt: "2026-03-02T10:02:11.004Z",
    },
  ],
  nextAfter: null,
};

export const graph = {
  scriptId,
  sequence: 3,
  headSequence: 5,
  graphJson,
  variablesDef,
  graphHash,
  details,
  status: "DRAFT",
  latestVersion: 1,
  activeVersion: null,
  draftChanged: false,
};

export const createVersionBody = {
  graphJson,
  variablesDef,
  changelog: "First wording",
  commandId: "import-1",
};

export const versionWritten = {
  ...version,
  write: receipt(3, ["import-1", "Scripts.ReplaceGraph.v1"], ["import-1.2", "Scripts.CommitVersion.v1"]),
};

export const pendingWrite = {
  scriptId,
  version: 1,
  location: `/scripts/${scriptId}/versions/1`,
  materializeFailure: null,
  write: versionWritten.write,
};

export const commitBody = { changelog: "First wording", commandId: "commit-1" };

export const writeBody = { note: "Approved by the team lead", commandId: "publish-1" };

export const versionPublished = {
  ...version,
  isPublished: true,
  write: receipt(4, ["publish-1", "Scripts.PublishVersion.v1"]),
};

export const rollbackBody = { version: 1, commit: true, note: "The new wording confused people" };

export const rolledBack = {
  scriptId,
  rolledBackTo: 1,
  version: {
    ...version,
    id: "01956f71-77aa-7c01-9b3c-3b4c5d6e7f80",
    version: 2,
    changelog: null,
    fromSequence: 4,
    toSequence: 7,
  },
  write: receipt(
    7,
    ["01956f71-7701-7a00-8b11-aa00bb11cc22", "Scripts.RollbackToVersion.v1"],
    ["01956f71-7702-7a00-8b11-aa00bb11cc23", "Scripts.CommitVersion.v1"],
  ),
};

export const versionDiff = {
  scriptId,
  from: { version: 1, toSequence: 3, graphHash },
  to: { version: 2, toSequence: 7, graphHash: stateHash },
  added: [],
  updated: ["nodes/n_greet"],
  removed: [],
  patch: greetingPatch,
};

export const auditPage = {
  entries: [
    {
      id: "01956f60-9c1d-7b22-8e5f-3a3b4c5d6e80",
      version: 2,
      batchId,
      action: "UPDATE",
      actor: { type: "AI_AGENT", id: "agent_tone", onBehalfOf: "user_ada" },
      diffJson: greetingPatch,
      note: "Friendlier greeting",
      correlationId: "call-7f3a",
      fromSequence: 5,
      toSequence: 5,
      createdAt: "2026-03-02T10:02:11.004Z",
    },
  ],
  nextCursor: null,
};

export const validateBody = { graphJson: { nodes: [], edges: [] } };

export const validation = { valid: true, problems: [], findings: [emptyFinding] };

export const health = { status: "ok" };

const checks = { database: "ok", worker: "ok", stamper: "ok" };

export const readiness = { status: "ready", checks };

export const openApiDocument = {
  openapi: "3.2.0",
  info: { title: "Script command service", version: "0.1.0" },
  paths: {},
};

const conflictDetails = {
  head: 5,
  expectedSequence: 4,
  missed: [
    {
      sequence: 5,
      commandId: "edit-17",
      command: "Scripts.UpdateNode.v1",
      payload: commandBatch.commands[0]!.payload,
      actor: { type: "AI_AGENT", id: "agent_tone", onBehalfOf: "user_ada" },
      createdAt: "2026-03-02T10:02:11.004Z",
      touched: ["nodes/n_greet"],
    },
  ],
  touched: ["nodes/n_greet"],
  overlap: [],
  refusals: [],
};

const fields = (path: string, code: string, message: string) => ({ fields: [{ path, message, code }] });

/** details of a problem, for those that have any. */
export const problemDetails: { readonly [code in ProblemCode]?: unknown } = {
  tenant_invalid: fields(
    "/x-tenant-id",
    "invalid_format",
    "A tenant id has 1 to 64 letters, digits, - and _.",
  ),
  role_insufficient: {
    index: 0,
    command: "Scripts.PublishVersion.v1",
    role: "agent",
    allowed: ["publisher", "operator"],
  },
  correlation_id_invalid: fields(
    "/correlation-id",
    "invalid_format",
    "A correlation id has 1 to 128 letters, digits and . _ : -",
  ),
  invalid_path: fields(
    "/scriptId",
    "invalid_format",
    "A script id has 1 to 64 letters, digits, _, - and dots.",
  ),
  invalid_query: fields("/limit", "custom", "Send a whole number from 1 to 200."),
  invalid_body: fields("/name", "too_small", "A script needs a name."),
  sequence_not_found: { head: 5 },
  script_exists: { head: 5 },
  slug_taken: { slug: details.slug },
  command_id_reused: { index: 0, commandId: "edit-17", sequence: 5 },
  sequence_conflict: conflictDetails,
  precondition_failed: conflictDetails,
  cursor_expired: { expiredPosition: 4_000, headPosition: 4_711 },
  too_many_streams: { of: "token", limit: 200 },
  body_too_large: { limitBytes: 5_000_000 },
  command_refused: {
    head: 5,
    refusals: [
      {
        index: 0,
        code: "node_not_found",
        path: "/nodeId",
        message: 'There is no node "n_9". Read the script for those it has now.',
      },
    ],
  },
  not_ready: { checks: { ...checks, worker: "failed" } },
  internal_error: { correlationId: "call-7f3a" },
  database_unavailable: { correlationId: "call-7f3a" },
};
