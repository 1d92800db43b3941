import type { PgBoss } from "pg-boss";
import { isRole } from "../access/role.ts";
import type { SubmitOutcome } from "../commands/submission.ts";
import { submitCommands, type SubmitDeps } from "../commands/submitCommands.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { createInTenant } from "../db/inTenant.ts";
import { refusedSubmission } from "../http/refusedSubmission.ts";
import { createGroupCommit } from "../log/groupCommit.ts";
import { StreamCache } from "../log/streamCache.ts";
import type { JsonObject } from "../outbox/enqueueCommand.ts";
import type { ScriptOutcome, ScriptsHandlerDeps } from "../outbox/handlers/scriptsHandler.ts";
import { appendAndWake } from "./appendAndWake.ts";

/** Bytes of JSON text of the states of scripts that commands edited lately. */
const CACHE_BYTES = 16_000_000;

/** The submit path of edits, for a worker: the same function, under the role that the caller had. */
export function createScriptSubmit(deps: {
  /** In the role script_worker. */
  readonly prisma: PrismaClient;
  readonly boss: Pick<PgBoss, "insert">;
  /** Wakes the materializer. */
  readonly wake: () => void;
  readonly now: () => Date;
}): ScriptsHandlerDeps["submit"] {
  const submitDeps: SubmitDeps = {
    inTenant: createInTenant(deps.prisma),
    streams: new StreamCache(CACHE_BYTES),
    now: deps.now,
    ...createGroupCommit({ append: (requests) => appendAndWake(deps, requests) }),
  };
  return async ({ role, ...submission }) => {
    // The outbox stores roles as text; one that is unknown by now may do nothing but look.
    const outcome = await submitCommands(submitDeps, { ...submission, role: isRole(role) ? role : "viewer" });
    return toScriptOutcome(outcome, submission.scriptId);
  };
}

/** A refusal in the words that the HTTP API has for it. */
function toScriptOutcome(outcome: SubmitOutcome, scriptId: string): ScriptOutcome {
  if (outcome.kind === "stream_busy") return { kind: "busy" };
  if (outcome.kind === "accepted") {
    const { batchId, commands, headSequence, findings, alreadyApplied } = outcome.result;
    const result = { scriptId, batchId, commands, headSequence, findings, alreadyApplied };
    return { kind: "accepted", result: result as unknown as JsonObject };
  }
  const { code, message, details } = refusedSubmission(outcome, scriptId, false);
  return {
    kind: "refused",
    code,
    message,
    ...(details === undefined ? {} : { details: details as JsonObject }),
  };
}
