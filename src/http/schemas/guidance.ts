import { z } from "zod";
import { findUnsafeJson } from "../../kernel/findUnsafeJson.ts";
import { anyJsonSchema, orNull } from "./members.ts";

/* The legacy shapes, as src/guidance/legacyShapes.ts has them. */

/** A name of the legacy tables in a path: any text that a database can hold. */
const legacyName = z
  .string()
  .min(1)
  .max(500, "At most 500 characters.")
  .refine((text) => findUnsafeJson(text, 0) === undefined, "It must not contain the character U+0000.");

export const scriptKeyParams = z.object({
  key: legacyName.meta({ description: "Key of the script.", examples: ["renewal-call"] }),
});

export const legacyScriptParams = z.object({
  scriptId: legacyName.meta({
    description: "Id of the script, as the legacy routes call it.",
    examples: ["3f0c1c52"],
  }),
});

export const legacyRunParams = z.object({
  runId: legacyName.meta({
    description: "Id of the run, as the legacy routes call it.",
    examples: ["8d1f7a90"],
  }),
});

const subject = z.string().max(200).nullish();

export const startGuidanceRunBodySchema = z
  .strictObject({
    subjectSchema: subject.meta({ description: "What it is about: a row of another system." }),
    subjectModel: subject,
    subjectId: subject,
    vars: z
      .record(z.string().max(200), anyJsonSchema)
      .optional()
      .meta({ description: "Values by the keys of their variables." }),
  })
  .default({});

export const answerGuidanceRunBodySchema = z.strictObject({
  nodeKey: z
    .string()
    .min(1)
    .max(500)
    .meta({ description: "Key of the node, whether the run is there or not." }),
  value: anyJsonSchema,
});

export const publishGuidanceBodySchema = z
  .strictObject({
    version: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .meta({ description: "Number of the version. Left out: the highest." }),
  })
  .default({});

const timeSchema = z.string().nullable().meta({ description: "ISO 8601; null where no Date can hold it." });

const legacyNodeSchema = z
  .object({
    id: z.string(),
    scriptVersionId: z.string(),
    key: z.string(),
    type: z.string(),
    title: z.string().nullable(),
    prompt: z.string().nullable(),
    uiSchema: anyJsonSchema,
    config: anyJsonSchema,
    orderIndex: z.number().int(),
  })
  .meta({ id: "GuidanceNode" });

const legacyEdgeSchema = z
  .object({
    id: z.string(),
    scriptVersionId: z.string(),
    fromNodeId: z.string(),
    toNodeId: z.string(),
    condition: anyJsonSchema,
  })
  .meta({ id: "GuidanceEdge" });

const legacyVariableSchema = z
  .object({
    id: z.string(),
    scriptVersionId: z.string(),
    key: z.string(),
    type: z.string(),
    enumValues: z.array(z.string()),
    defaultVal: z.string().nullable(),
    required: z.boolean(),
  })
  .meta({ id: "GuidanceVariable" });

const versionMembers = {
  id: z.string(),
  scriptId: z.string(),
  version: z.number().int(),
  status: z.string().meta({ description: "ACTIVE is served to clients." }),
  entryNodeId: z.string().nullable(),
  notes: z.string().nullable(),
  createdAt: timeSchema,
  publishedAt: timeSchema,
};

export const legacyVersionSummarySchema = z.object(versionMembers).meta({ id: "GuidanceVersionSummary" });

export const legacyScriptSchema = z
  .object({
    id: z.string(),
    tenantId: z.string().nullable(),
    key: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    tags: z.array(z.string()),
    latestVersion: z.number().int(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    version: z
      .object({
        ...versionMembers,
        nodes: z.array(legacyNodeSchema),
        edges: z.array(legacyEdgeSchema),
        variables: z.array(legacyVariableSchema),
      })
      .meta({ id: "GuidanceVersion", description: "The ACTIVE version." }),
  })
  .meta({ id: "GuidanceScript" });

const legacyRunSchema = z
  .object({
    id: z.string(),
    tenantId: z.string().nullable(),
    scriptId: z.string(),
    scriptVersion: z.number().int(),
    subjectSchema: z.string().nullable(),
    subjectModel: z.string().nullable(),
    subjectId: z.string().nullable(),
    startedByUserId: z.string().nullable(),
    startedAt: timeSchema,
    completedAt: timeSchema,
    state: anyJsonSchema.meta({ description: "{ cursor, vars }, and what else a client put there." }),
  })
  .meta({ id: "GuidanceRun" });

export const legacyRunStartedSchema = z.object({
  run: legacyRunSchema,
  node: orNull(legacyNodeSchema).meta({ description: "Where the run stands." }),
});

export const legacyAnswerSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    nodeKey: z.string(),
    value: anyJsonSchema,
    answeredAt: timeSchema,
  })
  .meta({ id: "GuidanceAnswer" });

export const legacyAdvancedSchema = z.object({
  run: legacyRunSchema,
  node: orNull(legacyNodeSchema).meta({ description: "The node that was come to." }),
  completed: z.boolean().meta({ description: "Whether the run came to its end with this step." }),
  dispatched: orNull(
    z.object({ command: z.string(), payload: anyJsonSchema }).meta({
      description: "The command of the ACTION node that was come to.",
    }),
  ),
});
