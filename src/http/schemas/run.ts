import { z } from "zod";
import { LIMITS } from "../../scripts/document/limits.ts";
import { scriptIdSchema } from "../../scripts/scriptIdSchema.ts";
import { anyJsonSchema, orNull, timestampSchema } from "./members.ts";

const runIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, "A run id has 1 to 128 letters, digits and . _ : -")
  .meta({ description: "Id of the run.", examples: ["01956f4e-6b20-7d11-8a3c-5e0f9d2b7c44"] });

export const runParams = z.object({ runId: runIdSchema });

export const runStatusSchema = z
  .enum(["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"])
  .meta({ id: "RunStatus", description: "All but RUNNING are final." });

const finalStatusSchema = z.enum(["SUCCEEDED", "FAILED", "CANCELLED"]);

const label = z.string().min(1).max(200);

const nodeIdSchema = z.string().min(1).max(LIMITS.idLength).meta({ description: "Id of a node." });

/** Values by the keys of their variables. */
const variableValuesSchema = z
  .record(z.string().max(200), anyJsonSchema)
  .meta({ description: "Values by key; they win over the declared defaults. null takes a default away." });

export const startRunBodySchema = z.strictObject({
  tenantId: z.string().max(200).optional().meta({ description: "Must be the tenant of the request." }),
  scriptId: scriptIdSchema,
  version: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .meta({ description: "A sealed version. Left out: the active one." }),
  startedById: label.optional().meta({ description: "Default: the actor of the request." }),
  connectorType: label
    .optional()
    .meta({ description: "Where the conversation takes place.", examples: ["phone"] }),
  connectorKey: label.optional().meta({ description: "Which one it is there." }),
  subject: z
    .strictObject({ schema: label, model: label, id: label })
    .optional()
    .meta({ description: "What it is about: a row of another system." }),
  variables: variableValuesSchema.optional(),
});

/** Which of the four is right for a variable, and that it is exactly one, is checked against its declaration. */
export const setVariablesBodySchema = z
  .array(
    z.strictObject({
      key: z.string().min(1).max(200),
      strVal: z.string().nullable().exactOptional(),
      numVal: z.number().nullable().exactOptional(),
      boolVal: z.boolean().nullable().exactOptional(),
      jsonVal: anyJsonSchema.exactOptional().meta({ description: "null takes the variable away." }),
    }),
  )
  .min(1, "Send at least one variable.")
  .max(LIMITS.variables, `Send at most ${LIMITS.variables} variables.`);

export const answerBodySchema = z.strictObject({
  nodeId: nodeIdSchema.meta({ description: "The node that asks: a late answer meets no other question." }),
  value: anyJsonSchema.meta({
    description:
      "Of a question with options: the id or value of one. null: no answer, where none is required.",
  }),
});

export const finishBodySchema = z.strictObject({ status: finalStatusSchema });

export const simulateBodySchema = z.strictObject({
  version: z
    .union(
      [z.literal("draft"), z.int().min(1).max(2_147_483_647)],
      'Send the number of a sealed version, or "draft".',
    )
    .default("draft")
    .meta({ description: "A sealed version, or the draft with all its edits." }),
  answers: z
    .array(z.strictObject({ nodeId: nodeIdSchema, value: anyJsonSchema }))
    .max(1_000)
    .default([])
    .meta({ description: "In the order in which the questions come." }),
  variables: variableValuesSchema.default({}),
  actionResults: z
    .array(z.strictObject({ nodeId: nodeIdSchema, success: z.boolean(), result: anyJsonSchema }))
    .max(1_000)
    .default([])
    .meta({
      description:
        "What actions give back, at each visit of a node the next of its entries. Those without one succeed with null.",
    }),
});

const subjectSchema = z.object({
  schema: z.string().nullable(),
  model: z.string().nullable(),
  id: z.string().nullable(),
});

const summaryMembers = {
  runId: z.string(),
  scriptId: z.string(),
  version: z.number().int().meta({ description: "The sealed version that the run is pinned to." }),
  status: runStatusSchema,
  startedById: z.string().nullable(),
  connectorType: z.string().nullable(),
  connectorKey: z.string().nullable(),
  subject: orNull(subjectSchema),
  correlationId: z.string().meta({ description: "Its events and the commands that it sends carry it." }),
  currentNodeId: z.string().nullable().meta({ description: "Where it is, or where it stopped." }),
  startedAt: timestampSchema,
  updatedAt: timestampSchema,
  endedAt: timestampSchema.nullable(),
};

/** A run as lists show it. */
export const runSummarySchema = z.object(summaryMembers).meta({ id: "RunSummary" });

const waitingForSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("answer"), nodeId: z.string() }).meta({ id: "WaitsForAnswer" }),
    z
      .object({
        kind: z.literal("action"),
        nodeId: z.string(),
        correlationId: z.string(),
        dispatch: z.number().int(),
      })
      .meta({ id: "WaitsForAction" }),
  ])
  .meta({ id: "WaitingFor" });

const runFailureSchema = z
  .object({ code: z.string(), nodeId: z.string(), message: z.string() })
  .meta({ id: "RunFailure", description: "Why a walk, or an action of it, failed." });

const promptSchema = z
  .object({
    nodeId: z.string(),
    type: z.string(),
    title: z.string().nullable(),
    prompt: z.string().nullable(),
    options: z.array(z.object({ id: z.string(), label: z.string(), value: anyJsonSchema })),
    variable: z.string().nullable().meta({ description: "Key of the variable that the answer fills." }),
    uiSchema: anyJsonSchema,
  })
  .meta({ id: "Prompt", description: "What a node says, with the variables filled in." });

const runVariableSchema = z
  .object({
    key: z.string(),
    strVal: z.string().nullable(),
    numVal: z.number().nullable(),
    boolVal: z.boolean().nullable(),
    jsonVal: anyJsonSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: "RunVariable", description: "Exactly one of the four is not null." });

const detailMembers = {
  ...summaryMembers,
  waitingFor: orNull(waitingForSchema).meta({
    description: "null: it is finished, has to be advanced, or is walking on after an action.",
  }),
  actionDueAt: timestampSchema
    .nullable()
    .meta({ description: "When the action that it waits for counts as failed." }),
  outcome: z.string().nullable().meta({ description: "data.outcome of the end node that it came to." }),
  failure: orNull(runFailureSchema),
  variables: z.array(runVariableSchema),
  prompt: orNull(promptSchema).meta({ description: "What it asks now." }),
};

/** A run with its variables and what it asks. */
export const runSchema = z.object(detailMembers).meta({ id: "Run" });

const tracedValuesSchema = z
  .record(z.string(), anyJsonSchema)
  .meta({ description: "Values by name; long ones are cut to text." });

const triedSchema = z
  .object({
    what: z.enum(["edge", "branch", "condition"]),
    id: z.string(),
    path: z.string().nullable(),
    values: tracedValuesSchema,
    verdict: z.enum(["holds", "fails", "error", "target_missing"]),
    code: z.string().exactOptional(),
    message: z.string().exactOptional(),
  })
  .meta({ id: "Tried", description: "A condition that was tried, and what its names stood for." });

const logEntrySchema = z
  .discriminatedUnion("kind", [
    z
      .object({ kind: z.literal("started"), nodeId: z.string(), variables: tracedValuesSchema })
      .meta({ id: "RunStartedEntry" }),
    z
      .object({ kind: z.literal("variables_set"), variables: tracedValuesSchema })
      .meta({ id: "VariablesSetEntry" }),
    z
      .object({
        kind: z.literal("answered"),
        nodeId: z.string(),
        value: anyJsonSchema,
        option: z.string().nullable(),
        variable: z.string().nullable(),
      })
      .meta({ id: "AnsweredEntry" }),
    z
      .object({
        kind: z.literal("action_completed"),
        nodeId: z.string(),
        dispatch: z.number().int(),
        success: z.boolean(),
        variables: tracedValuesSchema,
        failure: orNull(runFailureSchema).meta({
          description: "The run has failed of it, unless its node says continueOnFailure.",
        }),
      })
      .meta({ id: "ActionCompletedEntry" }),
    z.object({ kind: z.literal("finished"), status: finalStatusSchema }).meta({ id: "RunFinishedEntry" }),
    z
      .object({
        kind: z.literal("step"),
        number: z.number().int(),
        nodeId: z.string(),
        nodeType: z.string(),
        event: z.enum(["moved", "waits_for_answer", "waits_for_action", "ended", "failed"]),
        tried: z.array(triedSchema),
        edgeId: z.string().nullable(),
        nextNodeId: z.string().nullable(),
        dispatch: z.number().int().nullable(),
        failure: orNull(runFailureSchema),
      })
      .meta({ id: "StepEntry" }),
  ])
  .meta({ id: "RunLogEntry" });

/** What a request to a run answers. */
export const runMovedSchema = z
  .object({
    ...detailMembers,
    log: z.array(logEntrySchema).meta({ description: "What this request did." }),
    prompts: z.array(promptSchema).meta({ description: "What was said on the way, in order." }),
  })
  .meta({ id: "RunMoved" });

export const traceEntrySchema = z
  .object({
    ordinal: z.number().int().meta({ description: "From 1, without gaps." }),
    requestId: z.string().meta({ description: "The request, or the completed command, that caused it." }),
    actorId: z.string(),
    occurredAt: timestampSchema,
    entry: logEntrySchema,
  })
  .meta({ id: "RunTraceEntry" });

export const simulationSchema = z
  .object({
    status: runStatusSchema,
    currentNodeId: z.string(),
    waitingFor: orNull(waitingForSchema).meta({ description: "The question that was not answered." }),
    outcome: z.string().nullable(),
    failure: orNull(runFailureSchema),
    variables: z.record(z.string(), anyJsonSchema),
    path: z.array(z.string()).meta({ description: "Ids of the nodes that it came to, from the entry." }),
    stoppedAt: z.enum(["answer", "action", "end", "dead_end", "failed", "limit", "circle"]).meta({
      description:
        "limit: the simulation has gone as far as one may. circle: it came round to where it had been, and no answer is asked on the way.",
    }),
    answersUsed: z.number().int(),
    log: z.array(logEntrySchema),
    actions: z
      .array(
        z.object({
          nodeId: z.string(),
          dispatch: z.number().int(),
          command: z.string(),
          payload: anyJsonSchema,
          waitForCompletion: z.boolean(),
          timeoutMs: z.number().nullable(),
        }),
      )
      .meta({ description: "What would have been sent." }),
    prompts: z.array(promptSchema),
  })
  .meta({ id: "Simulation" });

export const runRefusalSchema = z
  .object({
    code: z.string(),
    path: z.string().meta({ description: "Pointer into the body; empty: the body or the run." }),
    message: z.string(),
  })
  .meta({ id: "RunRefusal" });
