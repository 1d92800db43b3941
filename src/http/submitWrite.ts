import type { SubmitResult, SubmittedCommand } from "../commands/submission.ts";
import type { HttpDeps } from "./httpDeps.ts";
import { etag } from "./preconditions.ts";
import type { Problem } from "./problems.ts";
import { refusedSubmission } from "./refusedSubmission.ts";
import type { WriteRequest } from "./route.ts";

export interface Accepted {
  readonly kind: "accepted";
  readonly result: SubmitResult;
}

/** What a route wants appended: one edit of the caller's, in one or more commands. */
export interface WriteInput {
  readonly scriptId: string;
  readonly commands: readonly Omit<SubmittedCommand, "commandId">[];
  /** Instead of what the request expects. */
  readonly expectedSequence?: number;
}

/** Submits an edit under the request's identity, precondition, note and command id. */
export async function submitWrite(
  deps: Pick<HttpDeps, "submit">,
  request: WriteRequest,
  input: WriteInput,
): Promise<Accepted | Problem> {
  const { precondition, body } = request;
  const expectedSequence = input.expectedSequence ?? precondition.expectedSequence;
  const outcome = await deps.submit({
    tenantId: request.tenantId,
    scriptId: input.scriptId,
    actor: request.actor,
    role: request.principal.role,
    correlationId: request.correlationId,
    traceparent: request.traceparent,
    commands: nameCommands(body.commandId ?? idOfEffect(request), input.commands),
    ...(expectedSequence === undefined ? {} : { expectedSequence }),
    onConflict: "reject",
    dryRun: false,
    ...(body.note === undefined ? {} : { note: body.note }),
  });
  return outcome.kind === "accepted"
    ? outcome
    : refusedSubmission(outcome, input.scriptId, precondition.fromHeader);
}

/** What a repeat of the request is known by. Only a request that may be a repeat has to be looked for in the log. */
export function idOfEffect({ idempotent, effectId }: WriteRequest): string | undefined {
  return idempotent ? effectId : undefined;
}

/**
 * The first command takes the caller's id as it is, so that the same id for another edit is noticed however
 * many commands either one becomes.
 */
function nameCommands(
  commandId: string | undefined,
  commands: WriteInput["commands"],
): readonly SubmittedCommand[] {
  if (commandId === undefined) return commands;
  return commands.map((command, index) => ({ ...command, commandId: nthCommandId(commandId, index) }));
}

/** The id of a write's command at a place, from 0. */
export function nthCommandId(commandId: string, index: number): string {
  return index === 0 ? commandId : `${commandId}.${index + 1}`;
}

/** What every write's answer says of the log. */
export function writeReceipt(result: SubmitResult) {
  const { batchId, commands, headSequence, findings, alreadyApplied } = result;
  return { batchId, commands, headSequence, findings, alreadyApplied };
}

export function etagOf(result: SubmitResult): { readonly etag: string } {
  return { etag: etag(result.headSequence) };
}
