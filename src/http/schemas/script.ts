import { z } from "zod";
import { orNull, sequenceSchema, timestampSchema } from "./members.ts";
import { versionSchema } from "./version.ts";
import { writeReceiptSchema } from "./receipt.ts";

export const scriptStatusSchema = z
  .enum(["DRAFT", "PUBLISHED", "ARCHIVED"])
  .meta({ id: "ScriptStatus", description: "PUBLISHED: one of its versions is published." });

const scriptMembers = {
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  status: scriptStatusSchema,
  activeVersionId: z.string().nullable().meta({ description: "Id of the published version." }),
  latestVersion: z.number().int().meta({ description: "The highest sealed version; 0 before the first." }),
  labels: z.array(z.string()),
  intents: z.array(z.string()),
  languageCodes: z.array(z.string()),
  embeddingKey: z.string().nullable(),
  createdById: z.string(),
  updatedById: z.string(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
};

/** A script as lists show it. */
export const scriptSchema = z.object(scriptMembers).meta({ id: "Script" });

export const materializeFailureSchema = z
  .object({
    sequence: sequenceSchema,
    code: z.string(),
    message: z.string(),
    attempts: z.number().int(),
    at: timestampSchema,
  })
  .meta({
    id: "MaterializeFailure",
    description: "The command that versions cannot be made of; edits are still taken.",
  });

const streamMembers = {
  headSequence: sequenceSchema.meta({ description: "Sequence of the last command." }),
  materializedSequence: sequenceSchema.meta({ description: "Versions and audit cover the log up to here." }),
  materializeFailure: orNull(materializeFailureSchema),
};

/** A script with where its log stands and its published version. */
export const scriptDetailSchema = z
  .object({ ...scriptMembers, ...streamMembers, activeVersion: orNull(versionSchema) })
  .meta({ id: "ScriptDetail" });

/** What creating or changing a script answers. */
export const scriptWrittenSchema = z
  .object({ ...scriptMembers, ...streamMembers, write: writeReceiptSchema })
  .meta({ id: "ScriptWritten" });
