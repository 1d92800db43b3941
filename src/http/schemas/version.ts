import { z } from "zod";
import {
  graphJsonSchema as coreGraph,
  variablesDefSchema as coreVariables,
} from "../../scripts/document/schemas.ts";
import { sequenceSchema, timestampSchema } from "./members.ts";
import { writeReceiptSchema } from "./receipt.ts";

export const graphJsonSchema = coreGraph.meta({
  id: "GraphJson",
  description: "Loads into React Flow as it is.",
});
export const variablesDefSchema = coreVariables.meta({ id: "VariablesDef" });

export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

const versionMembers = {
  id: z.string(),
  scriptId: z.string(),
  version: z.number().int().min(1),
  changelog: z.string().nullable(),
  isPublished: z.boolean(),
  createdById: z.string(),
  createdAt: timestampSchema,
  fromSequence: sequenceSchema.meta({ description: "First sequence of the log that it covers." }),
  toSequence: sequenceSchema.meta({ description: "Last sequence of the log that it covers." }),
  graphHash: hashSchema.meta({
    description: "SHA-256 over the canonical JSON of { graphJson, variablesDef }.",
  }),
  stateHash: hashSchema.meta({ description: "SHA-256 over the whole state, details and history included." }),
  reducerVersion: z.number().int(),
  sealedAt: timestampSchema.nullable().meta({ description: "null: the working draft, which still moves." }),
};

/** A version as lists show it: without its documents. */
export const versionSummarySchema = z.object(versionMembers).meta({ id: "VersionSummary" });

const fullVersionMembers = {
  ...versionMembers,
  graphJson: graphJsonSchema,
  variablesDef: variablesDefSchema,
};

export const versionSchema = z.object(fullVersionMembers).meta({ id: "Version" });

/** What a write that makes or publishes a version answers once the version is there. */
export const versionWrittenSchema = z
  .object({ ...fullVersionMembers, write: writeReceiptSchema })
  .meta({ id: "VersionWritten" });
