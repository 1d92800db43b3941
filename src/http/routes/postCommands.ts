import type { SubmittedCommand } from "../../commands/submission.ts";
import type { UnsafeJson } from "../../kernel/findUnsafeJson.ts";
import { EDIT_PROBLEMS, WRITE_HEADERS } from "../declared.ts";
import { problem, type Problem } from "../problems.ts";
import { refusedSubmission } from "../refusedSubmission.ts";
import { answer, writeRoute, type WriteRequest } from "../route.ts";
import { batchResultSchema, commandBatchSchema, documentedBatchSchema } from "../schemas/command.ts";
import { scriptParams } from "../schemas/members.ts";
import { etagOf, idOfEffect, nthCommandId } from "../submitWrite.ts";
import * as examples from "../openapi/examples.ts";

export const postCommands = writeRoute({
  method: "post",
  path: "/scripts/{scriptId}/commands",
  operationId: "postCommands",
  tag: "Log",
  summary: "Edit a script by commands",
  description:
    "Appends 1 to 500 commands to the script's log, all or none. The answer holds what they changed and what an author should look at. With commandIds the request may be sent again: the answer is the same, with alreadyApplied. A stale expectedSequence (or If-Match) answers what you missed; onConflict rebase accepts nevertheless when both sides touched different things. A batch that begins with Scripts.CreateScript.v1 creates the script.",
  params: scriptParams,
  body: { schema: commandBatchSchema, documented: documentedBatchSchema, example: examples.commandBatch },
  headers: WRITE_HEADERS,
  responses: {
    201: {
      description: "The commands are in the log (or would be, with dryRun).",
      schema: batchResultSchema,
      headers: ["etag"],
      example: examples.batchResult,
    },
  },
  problems: [...EDIT_PROBLEMS, "script_exists", "slug_taken"],
  refuseUnsafe,
  async handle(deps, request) {
    const { scriptId } = request.params;
    const { commands, causationId, onConflict, dryRun, note } = request.body;
    const { precondition } = request;
    const outcome = await deps.submit({
      tenantId: request.tenantId,
      scriptId,
      actor: request.actor,
      role: request.principal.role,
      correlationId: request.correlationId,
      traceparent: request.traceparent,
      ...(causationId === undefined ? {} : { causationId }),
      commands: nameByEffect(request, commands),
      ...(precondition.expectedSequence === undefined
        ? {}
        : { expectedSequence: precondition.expectedSequence }),
      onConflict: onConflict ?? "reject",
      dryRun: dryRun ?? false,
      ...(note === undefined ? {} : { note }),
    });
    if (outcome.kind !== "accepted") return refusedSubmission(outcome, scriptId, precondition.fromHeader);
    return answer(201, outcome.result, etagOf(outcome.result));
  },
});

/** Commands that the caller gave no id take one from the effect, so that a repeat of the request finds them. */
function nameByEffect(
  request: WriteRequest,
  commands: readonly SubmittedCommand[],
): readonly SubmittedCommand[] {
  const effectId = idOfEffect(request);
  if (effectId === undefined) return commands;
  return commands.map((command, index) => ({ commandId: nthCommandId(effectId, index), ...command }));
}

/** A payload with a member that cannot be stored is refused as any other bad payload: with its index. */
function refuseUnsafe({ code, path, message }: UnsafeJson): Problem | undefined {
  const [, index, inPayload] = /^\/commands\/(\d+)\/payload(.*)$/su.exec(path) ?? [];
  if (index === undefined || inPayload === undefined) return undefined;
  return problem("command_refused", message, {
    details: { refusals: [{ index: Number(index), code, path: inPayload, message }] },
  });
}
