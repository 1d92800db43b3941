import { z } from "zod";
import { commandDefinitions, commandName } from "../../scripts/registry.ts";
import { commandIdSchema, sequenceSchema, timestampSchema, writeMembers, anyJsonSchema } from "./members.ts";
import { graphJsonSchema, variablesDefSchema } from "./version.ts";
import { findingSchema, writtenCommandSchema } from "./receipt.ts";

/** Most commands of one request. */
const MAX_COMMANDS = 500;

const batchMembers = {
  onConflict: z.enum(["reject", "rebase"]).optional().meta({
    description:
      "What to do when expectedSequence is not the head: reject (default), or decide anew on the head.",
  }),
  dryRun: z.boolean().optional().meta({ description: "Answer as if, and write nothing." }),
  causationId: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,128}$/, "A causation id has 1 to 128 letters, digits and . _ : -")
    .optional()
    .meta({ description: "What led to this batch, such as the id of a command or an event." }),
  note: writeMembers.note,
  actor: writeMembers.actor,
  expectedSequence: writeMembers.expectedSequence,
};

/**
 * What is checked of a batch before it is submitted: its envelope. The payloads are checked where the commands
 * are decided, once, and refused there with the command's index.
 */
export const commandBatchSchema = z.strictObject({
  commands: z
    .array(
      z.strictObject({
        commandId: commandIdSchema.exactOptional(),
        command: z.string().min(1).max(200),
        payload: anyJsonSchema,
      }),
    )
    .min(1, "Send at least one command.")
    .max(MAX_COMMANDS, `Send at most ${MAX_COMMANDS} commands at once.`),
  ...batchMembers,
});

/** Every command with its payload, as the API's document shows them. */
const commandSchemas = [...commandDefinitions.values()].map((definition) => {
  const name = commandName(definition.type, definition.version);
  return z
    .strictObject({
      commandId: commandIdSchema.optional(),
      command: z.literal(name),
      payload: definition.payload.meta({ id: `${name}.payload` }),
    })
    .meta({ id: name });
});

export const documentedBatchSchema = z.strictObject({
  commands: z
    .array(
      z.discriminatedUnion("command", commandSchemas as unknown as [z.ZodObject]).meta({ id: "Command" }),
    )
    .min(1)
    .max(MAX_COMMANDS),
  ...batchMembers,
});

export const patchOperationSchema = z
  .object({ op: z.enum(["add", "remove", "replace"]), path: z.string(), value: z.unknown().optional() })
  .meta({ id: "PatchOperation", description: "RFC 6902 on the id-keyed state: /nodes/n_1/data/title." });

export const stateDiffSchema = z
  .object({
    added: z.array(z.string()).meta({ examples: [["nodes/n_1"]] }),
    updated: z.array(z.string()),
    removed: z.array(z.string()),
    patch: z.array(patchOperationSchema),
  })
  .meta({
    id: "StateDiff",
    description: "What changed: ids such as nodes/n_1, details/name, and the patch.",
  });

export const batchResultSchema = z
  .object({
    scriptId: z.string(),
    batchId: z.string(),
    commands: z.array(writtenCommandSchema),
    headSequence: sequenceSchema.meta({ description: "Head of the script right after this batch." }),
    diff: stateDiffSchema,
    findings: z.array(findingSchema).meta({ description: "Of the whole graph after this batch." }),
    rebased: z.boolean(),
    alreadyApplied: z
      .boolean()
      .meta({ description: "The commandIds were in the log already; nothing was written." }),
    dryRun: z.boolean(),
  })
  .meta({ id: "BatchResult" });

const actorSchema = z
  .object({
    type: z.enum(["USER", "AI_AGENT", "SYSTEM", "BACKFILL"]),
    id: z.string(),
    onBehalfOf: z.string().optional(),
  })
  .meta({ id: "Actor" });

export const missedCommandSchema = z
  .object({
    sequence: sequenceSchema,
    commandId: z.string(),
    command: z.string(),
    payload: z.looseObject({}),
    actor: actorSchema,
    createdAt: timestampSchema,
    touched: z.array(z.string()),
  })
  .meta({ id: "MissedCommand" });

export const refusalSchema = z
  .object({
    index: z.number().int().min(0).meta({ description: "Place of the command in the batch, from 0." }),
    code: z.string(),
    path: z.string().meta({ description: "Pointer into that command's payload." }),
    message: z.string(),
    details: z.unknown().optional(),
  })
  .meta({ id: "Refusal" });

/** A row of the log. */
export const loggedCommandSchema = z
  .object({
    sequence: sequenceSchema,
    id: z.string(),
    commandId: z.string(),
    batchId: z.string(),
    command: z.string().meta({ description: "Type and version as it was stored: Scripts.AddNode.v1." }),
    payload: z.looseObject({}),
    facts: z
      .object({
        document: z.object({ graphJson: graphJsonSchema, variablesDef: variablesDefSchema }).exactOptional(),
      })
      .meta({ description: "What a replay needs again and the payload does not say." }),
    patch: z.array(patchOperationSchema),
    inversePatch: z.array(patchOperationSchema),
    actor: actorSchema,
    correlationId: z.string(),
    causationId: z.string().nullable(),
    note: z.string().nullable(),
    reducerVersion: z.number().int(),
    chainHash: z.string(),
    createdAt: timestampSchema,
  })
  .meta({ id: "LoggedCommand" });
