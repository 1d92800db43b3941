import { z } from "zod";
import { stateDiffSchema } from "./command.ts";
import { findingSchema } from "./receipt.ts";
import { sequenceSchema } from "./members.ts";
import { scriptStatusSchema } from "./script.ts";
import { graphJsonSchema, hashSchema, variablesDefSchema } from "./version.ts";

const detailsSchema = z
  .object({
    name: z.string(),
    slug: z.string(),
    description: z.string().nullable(),
    labels: z.array(z.string()),
    intents: z.array(z.string()),
    languageCodes: z.array(z.string()),
    embeddingKey: z.string().nullable(),
  })
  .meta({ id: "ScriptDetails" });

/** The document of a script at a point of its log. */
export const graphSchema = z
  .object({
    scriptId: z.string(),
    sequence: sequenceSchema.meta({ description: "The point of the log that this is the state of." }),
    headSequence: sequenceSchema,
    graphJson: graphJsonSchema,
    variablesDef: variablesDefSchema,
    graphHash: hashSchema.meta({
      description: "SHA-256 over the canonical JSON of { graphJson, variablesDef }.",
    }),
    details: detailsSchema,
    status: scriptStatusSchema,
    latestVersion: z.number().int(),
    activeVersion: z.number().int().nullable(),
    draftChanged: z.boolean().meta({ description: "Whether it differs from the latest sealed version." }),
  })
  .meta({ id: "Graph" });

const diffSideSchema = z.object({
  version: z.number().int(),
  toSequence: sequenceSchema,
  graphHash: hashSchema,
});

/** What changed from one version to another. */
export const versionDiffSchema = z
  .object({ scriptId: z.string(), from: diffSideSchema, to: diffSideSchema, ...stateDiffSchema.shape })
  .meta({ id: "VersionDiff" });

export const validationSchema = z
  .object({
    valid: z
      .boolean()
      .meta({ description: "It could be stored (no problems) and published (no finding is an error)." }),
    problems: z
      .array(
        z.object({
          code: z.string(),
          path: z.string().meta({ description: "Pointer into the body." }),
          message: z.string(),
        }),
      )
      .meta({ description: "Why it cannot be stored." }),
    findings: z
      .array(findingSchema)
      .meta({ description: "What its author should look at, when it can be stored." }),
  })
  .meta({ id: "Validation" });
