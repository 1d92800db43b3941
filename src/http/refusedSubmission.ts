import type { SubmitOutcome } from "../commands/submission.ts";
import type { Refusal } from "../scripts/command.ts";
import { etag } from "./preconditions.ts";
import { problem, type Problem } from "./problems.ts";

type Refused = Exclude<SubmitOutcome, { kind: "accepted" }>;

/**
 * Says in the API's words why a submission was not accepted. usedIfMatch: the expected sequence came from
 * If-Match, whose failure has a status of its own.
 */
export function refusedSubmission(outcome: Refused, scriptId: string, usedIfMatch: boolean): Problem {
  switch (outcome.kind) {
    case "script_not_found":
      return scriptNotFound(scriptId);
    case "script_exists":
      return scriptExists(scriptId, outcome.headSequence);
    case "forbidden": {
      const { index, command, role, allowed, message } = outcome;
      return problem("role_insufficient", message, { details: { index, command, role, allowed } });
    }
    case "refused":
      return commandRefused(outcome);
    case "conflict":
      return conflict(outcome, usedIfMatch);
    case "command_id_reused": {
      const { index, commandId, sequence } = outcome;
      const message = `The command id "${commandId}" stands for another edit, at sequence ${sequence}. A repeat must be the same batch; a new edit needs a new id.`;
      return problem("command_id_reused", message, { details: { index, commandId, sequence } });
    }
    case "slug_taken":
      return problem(
        "slug_taken",
        `Another script of this tenant has the slug "${outcome.slug}". Choose another one.`,
        {
          details: { slug: outcome.slug },
        },
      );
    // The kind that is left, stream_busy: the compiler would not let another one through here.
    default:
      return problem(
        "script_busy",
        "Others are editing this script faster than the edit could get in. Send it again.",
        {
          headers: { "retry-after": String(Math.ceil(outcome.retryAfterMs / 1_000)) },
        },
      );
  }
}

export function scriptNotFound(scriptId: string): Problem {
  return problem("script_not_found", `This tenant has no script "${scriptId}".`);
}

export function scriptExists(scriptId: string, head: number): Problem {
  return problem(
    "script_exists",
    `The script "${scriptId}" exists already. Choose another id, or edit that one.`,
    { details: { head }, headers: { etag: etag(head) } },
  );
}

export function versionNotFound(scriptId: string, version: number): Problem {
  return problem(
    "version_not_found",
    `The script "${scriptId}" has no sealed version ${version}. GET /scripts/${scriptId}/versions lists those it has.`,
  );
}

function commandRefused({ refusals, headSequence }: Extract<Refused, { kind: "refused" }>): Problem {
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : "";
  return problem("command_refused", `${describe(refusals[0])}${more}`, {
    details: { ...(headSequence !== undefined && { head: headSequence }), refusals },
    headers: headSequence === undefined ? {} : { etag: etag(headSequence) },
  });
}

/** Reasons of the core are sentences of their own; those of a schema say little without the member. */
function describe(refusal: Refusal | undefined): string {
  if (!refusal) return "The command was refused.";
  const { code, path, message } = refusal;
  return code === "invalid_payload" && path !== "" ? `${path}: ${message}` : message;
}

function conflict(outcome: Extract<Refused, { kind: "conflict" }>, usedIfMatch: boolean): Problem {
  const { headSequence: head, expectedSequence, missed, touched, overlap, refusals } = outcome;
  return problem(usedIfMatch ? "precondition_failed" : "sequence_conflict", conflictMessage(outcome), {
    details: { head, expectedSequence, missed, touched, overlap, refusals },
    headers: { etag: etag(head) },
  });
}

function conflictMessage(outcome: Extract<Refused, { kind: "conflict" }>): string {
  const { headSequence, expectedSequence, overlap, refusals } = outcome;
  if (expectedSequence > headSequence)
    return `You expect sequence ${expectedSequence}, but the script ends at ${headSequence}. Read it again.`;
  const moved = `The script has moved on from ${expectedSequence} to ${headSequence}`;
  if (overlap.length > 0)
    return `${moved}, and others touched the same: ${overlap.slice(0, 10).join(", ")}. Read it again.`;
  if (refusals.length > 0) return `${moved}, and your edit is no longer possible: ${refusals[0]!.message}`;
  return `${moved}. Read what you missed and send the edit again, or ask for onConflict "rebase".`;
}
