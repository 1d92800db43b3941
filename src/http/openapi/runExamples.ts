/*
 * One small run, as every operation on runs shows it: see examples.ts.
 */

const runId = "01956f4e-6b20-7d11-8a3c-5e0f9d2b7c44";
const startedAt = "2026-03-03T14:00:00.000Z";
const updatedAt = "2026-03-03T14:01:10.500Z";

export const startRunBody = {
  scriptId: "scr_renewal",
  connectorType: "phone",
  connectorKey: "line-4",
  subject: { schema: "crm", model: "Contract", id: "c_4711" },
  variables: { customer_name: "Ada Lovelace" },
};

const summary = {
  runId,
  scriptId: "scr_renewal",
  version: 1,
  status: "RUNNING",
  startedById: "user_ada",
  connectorType: "phone",
  connectorKey: "line-4",
  subject: startRunBody.subject,
  correlationId: "call-7f3a",
  currentNodeId: "n_start",
  startedAt,
  updatedAt: startedAt,
  endedAt: null,
};

const name = {
  key: "customer_name",
  strVal: "Ada Lovelace",
  numVal: null,
  boolVal: null,
  jsonVal: null,
  updatedAt: startedAt,
};

export const run = {
  ...summary,
  waitingFor: null,
  actionDueAt: null,
  outcome: null,
  failure: null,
  variables: [name],
  prompt: null,
};

export const runPage = { entries: [summary], nextCursor: null };

const prompt = {
  nodeId: "n_renew",
  type: "question",
  title: "Renewal",
  prompt: "Would you like to renew, Ada Lovelace?",
  options: [
    { id: "yes", label: "Yes", value: "yes" },
    { id: "no", label: "No", value: "no" },
  ],
  variable: null,
  uiSchema: null,
};

const step = {
  kind: "step",
  number: 1,
  nodeId: "n_start",
  nodeType: "start",
  event: "moved",
  tried: [{ what: "edge", id: "e_1", path: null, values: {}, verdict: "holds" }],
  edgeId: "e_1",
  nextNodeId: "n_renew",
  dispatch: null,
  failure: null,
};

const asks = {
  ...step,
  number: 2,
  nodeId: "n_renew",
  nodeType: "question",
  event: "waits_for_answer",
  tried: [],
  edgeId: null,
  nextNodeId: null,
};

export const advanced = {
  ...run,
  currentNodeId: "n_renew",
  updatedAt,
  waitingFor: { kind: "answer", nodeId: "n_renew" },
  prompt,
  log: [step, asks],
  prompts: [prompt],
};

export const answerBody = { nodeId: "n_renew", value: "yes" };

export const answered = {
  ...run,
  currentNodeId: "n_renew",
  updatedAt,
  log: [{ kind: "answered", nodeId: "n_renew", value: "yes", option: "yes", variable: null }],
  prompts: [],
};

export const variablesBody = [
  { key: "customer_name", strVal: "Ada King" },
  { key: "age", numVal: 36 },
];

export const variablesSet = {
  ...run,
  updatedAt,
  variables: [
    { ...name, key: "age", strVal: null, numVal: 36, updatedAt },
    { ...name, strVal: "Ada King", updatedAt },
  ],
  log: [{ kind: "variables_set", variables: { customer_name: "Ada King", age: 36 } }],
  prompts: [],
};

export const finishBody = { status: "SUCCEEDED" };

export const finished = {
  ...run,
  status: "SUCCEEDED",
  updatedAt,
  endedAt: updatedAt,
  log: [{ kind: "finished", status: "SUCCEEDED" }],
  prompts: [],
};

export const trace = {
  runId,
  entries: [
    {
      ordinal: 1,
      requestId: runId,
      actorId: "user_ada",
      occurredAt: startedAt,
      entry: { kind: "started", nodeId: "n_start", variables: { customer_name: "Ada Lovelace" } },
    },
    {
      ordinal: 2,
      requestId: "01956f4e-7c31-7a02-9b4d-6f1a0e3c8d55",
      actorId: "user_ada",
      occurredAt: updatedAt,
      entry: step,
    },
  ],
  nextCursor: null,
};

export const simulateBody = {
  version: "draft",
  variables: { customer_name: "Ada Lovelace" },
  answers: [{ nodeId: "n_renew", value: "yes" }],
};

export const simulation = {
  status: "RUNNING",
  currentNodeId: "n_renew",
  waitingFor: { kind: "answer", nodeId: "n_renew" },
  outcome: null,
  failure: null,
  variables: { customer_name: "Ada Lovelace" },
  path: ["n_start", "n_renew"],
  stoppedAt: "answer",
  answersUsed: 0,
  log: [step, asks],
  actions: [],
  prompts: [prompt],
};
