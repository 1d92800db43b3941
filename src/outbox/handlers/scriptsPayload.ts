import { z } from "zod";
import { INT4_MAX } from "../../kernel/int4.ts";
import { sayMissing } from "../../scripts/sayMissing.ts";
import { scriptIdSchema } from "../../scripts/scriptIdSchema.ts";

/** Prefix of the commands that edit scripts. */
export const SCRIPTS_PREFIX = "Scripts.";

/** Takes a batch; every other Scripts.* command takes the payload of that one command. */
const BATCH_COMMAND = "Scripts.ApplyCommands.v1";

const MAX_COMMANDS = 500;

const members = {
  scriptId: scriptIdSchema,
  expectedSequence: z.number().int().min(0).max(INT4_MAX).optional(),
  onConflict: z.enum(["reject", "rebase"]).optional(),
  note: z.string().max(2_000).optional(),
};
const commandIdSchema = z.string().regex(/^[\x21-\x7e]{1,128}$/u);
const anyPayload = z.unknown().refine((value) => value !== undefined, "A payload is required.");

/** Payload of Scripts.AddNode.v1 and the like; the inner payload is that of POST /scripts/{scriptId}/commands. */
const oneSchema = z.strictObject({
  ...members,
  commandId: commandIdSchema.exactOptional(),
  payload: anyPayload,
});

/** Payload of Scripts.ApplyCommands.v1: a batch on one script, all or none. */
const batchSchema = z.strictObject({
  ...members,
  commands: z
    .array(
      z.strictObject({
        commandId: commandIdSchema.exactOptional(),
        command: z.string().min(1).max(200),
        payload: anyPayload,
      }),
    )
    .min(1)
    .max(MAX_COMMANDS),
});

/** An edit of a script, as a generic command asks for it. */
export type ScriptsPayload = z.output<typeof batchSchema>;

/** Reads the payload of a Scripts.* command. What its commands say is looked at where they are submitted. */
export function readScriptsPayload(command: string, payload: unknown): z.ZodSafeParseResult<ScriptsPayload> {
  if (command === BATCH_COMMAND) return batchSchema.safeParse(payload, sayMissing);
  return oneSchema
    .transform(({ commandId, payload: inner, ...shared }) => ({
      ...shared,
      commands: [{ command, payload: inner, ...(commandId === undefined ? {} : { commandId }) }],
    }))
    .safeParse(payload, sayMissing);
}
