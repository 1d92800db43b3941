import { z } from "zod";
import { findUnsafeJson } from "../../kernel/findUnsafeJson.ts";
import { isCommandName } from "../../outbox/commandName.ts";
import { readScriptsPayload, SCRIPTS_PREFIX } from "../../outbox/handlers/scriptsPayload.ts";
import { anyJsonSchema, orNull, timestampSchema } from "./members.ts";

/** Most characters of JSON text. */
const MAX_PAYLOAD = 1_000_000;
const MAX_ASIDE = 16_000;
/** Deepest nesting of what stands beside the payload. */
const MAX_ASIDE_DEPTH = 10;

const correlationIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, "A correlation id has 1 to 128 letters, digits and . _ : -")
  .meta({
    description: "Names this command: the completion event carries it. Yours alone, for ever.",
    examples: ["01956f4e-7c30-7e22-9b4d-6f1a0e3c8d55"],
  });

export const commandParams = z.object({ correlationId: correlationIdSchema });

const commandNameSchema = z
  .string()
  .refine(isCommandName, "A command is named like Contacts.UpsertAndLink.v1.")
  .meta({
    description: "Type and version.",
    pattern: "^[A-Z][A-Za-z0-9]*(\\.[A-Z][A-Za-z0-9]*)+\\.v[1-9][0-9]{0,3}$",
    maxLength: 200,
  });

const objectSchema = z.record(z.string(), anyJsonSchema);

/** Small: it goes along with the command and is not what the command is about. */
const asideSchema = objectSchema
  .refine((value) => fits(value, MAX_ASIDE), `At most ${MAX_ASIDE} characters of JSON.`)
  .refine((value) => findUnsafeJson(value, MAX_ASIDE_DEPTH) === undefined, "It is nested too deeply.");

export const commandEnvelopeSchema = z
  .strictObject({
    command: commandNameSchema,
    correlationId: correlationIdSchema.optional().meta({
      description:
        "Your name for this command. Default: the header Correlation-Id, or one is made. When both are given they must agree.",
    }),
    actor: asideSchema.optional().meta({
      description: "For the handler to read. Who really asks is in the credential, and that is what counts.",
    }),
    context: asideSchema.optional().meta({ description: "For the handler to read." }),
    payload: objectSchema
      .refine((value) => fits(value, MAX_PAYLOAD), `At most ${MAX_PAYLOAD} characters of JSON.`)
      .meta({ description: "What the command is about." }),
  })
  .check(({ value: { command, payload }, issues }) => {
    if (!command.startsWith(SCRIPTS_PREFIX)) return;
    const { error } = readScriptsPayload(command, payload);
    for (const issue of error?.issues ?? [])
      issues.push({ ...issue, path: ["payload", ...issue.path], input: payload } as z.core.$ZodRawIssue);
  });

function fits(value: unknown, maxLength: number): boolean {
  return JSON.stringify(value).length <= maxLength;
}

const commandStatusSchema = z
  .enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED"])
  .meta({ id: "CommandStatus", description: "COMPLETED is final; FAILED until an operator sends it back." });

export const commandAcceptedSchema = z
  .object({ correlationId: z.string(), id: z.string(), status: commandStatusSchema })
  .meta({ id: "CommandAccepted" });

const commandErrorSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .meta({ id: "CommandError" });

export const commandSchema = z
  .object({
    correlationId: z.string(),
    id: z.string(),
    command: z.string(),
    status: commandStatusSchema,
    attempts: z.int().min(0).meta({ description: "Attempts begun so far." }),
    maxAttempts: z.int().min(1).meta({ description: "The attempt after which it fails for good." }),
    result: orNull(z.record(z.string(), z.unknown())).meta({ description: "null unless COMPLETED." }),
    error: orNull(commandErrorSchema).meta({
      description: "Of the last attempt that failed; null: none did, or a later one came through.",
    }),
    runId: z.string().nullable().meta({ description: "The run that sent it, if one did." }),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    dueAt: timestampSchema.meta({ description: "The next attempt is not before this." }),
    completedAt: timestampSchema.nullable(),
  })
  .meta({ id: "GenericCommand" });
