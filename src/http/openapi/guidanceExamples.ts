/*
 * One small legacy script and a run of it: see examples.ts.
 */

const at = "2025-03-03T14:00:00.000Z";
const versionId = "5b2d9c11";

const node = {
  id: "0a7c2e44",
  scriptVersionId: versionId,
  key: "ask_name",
  type: "QUESTION",
  title: "Name",
  prompt: "Whom am I speaking with?",
  uiSchema: null,
  config: { variable: "name" },
  orderIndex: 0,
};

export const legacyVersion = {
  id: versionId,
  scriptId: "3f0c1c52",
  version: 2,
  status: "ACTIVE",
  entryNodeId: node.id,
  notes: "Shorter greeting",
  createdAt: at,
  publishedAt: at,
};

export const legacyScript = {
  id: "3f0c1c52",
  tenantId: "acme",
  key: "renewal-call",
  title: "Renewal call",
  description: null,
  tags: ["renewal"],
  latestVersion: 2,
  createdAt: at,
  updatedAt: at,
  version: {
    ...legacyVersion,
    nodes: [node],
    edges: [],
    variables: [
      {
        id: "77e0b3aa",
        scriptVersionId: versionId,
        key: "name",
        type: "string",
        enumValues: [],
        defaultVal: null,
        required: false,
      },
    ],
  },
};

export const startGuidanceRunBody = {
  subjectSchema: "crm",
  subjectModel: "Contract",
  subjectId: "c_4711",
  vars: { name: "Ada Lovelace" },
};

const run = {
  id: "8d1f7a90",
  tenantId: "acme",
  scriptId: legacyScript.id,
  scriptVersion: 2,
  subjectSchema: "crm",
  subjectModel: "Contract",
  subjectId: "c_4711",
  startedByUserId: "user_ada",
  startedAt: at,
  completedAt: null,
  state: { cursor: node.key, vars: { name: "Ada Lovelace" } },
};

export const legacyRunStarted = { run, node };

export const answerGuidanceRunBody = { nodeKey: node.key, value: "Ada Lovelace" };

export const legacyAnswer = { id: "c19f2b06", runId: run.id, ...answerGuidanceRunBody, answeredAt: at };

export const legacyAdvanced = {
  run: { ...run, completedAt: at },
  node: null,
  completed: true,
  dispatched: null,
};

export const publishGuidanceBody = { version: 2 };
