import { setTimeout as sleep } from "node:timers/promises";
import type { AppendOutcome, AppendRequest } from "../log/appendCommands.ts";
import { GENESIS_HASH } from "../log/chainHash.ts";
import { loadTip } from "../log/loadTip.ts";
import type { CachedStream, StreamCache } from "../log/streamCache.ts";
import type { StreamTip } from "../log/streamTip.ts";
import type { InTenant, TenantTx } from "../db/inTenant.ts";
import { newId } from "../kernel/newId.ts";
import { decideBatch, neededVersions } from "../scripts/decideBatch.ts";
import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { describeResult } from "./describeResult.ts";
import { findForbidden } from "./findForbidden.ts";
import { explainConflict, rebase } from "./explainConflict.ts";
import { findApplied } from "./findApplied.ts";
import { isSlugTaken } from "./isSlugTaken.ts";
import { loadSealedDocuments, type SealedDocuments } from "./loadSealedDocuments.ts";
import type { NamedSubmission, Submission, SubmitOutcome, SubmitResult } from "./submission.ts";
import { toAppendRequest, type PreparedBatch } from "./toAppendRequest.ts";

export interface SubmitDeps {
  readonly inTenant: InTenant;
  readonly streams: StreamCache;
  readonly append: (request: AppendRequest) => Promise<AppendOutcome>;
  /** The same for a batch that failed before: in a transaction of its own, so it fails nobody else's. */
  readonly appendAlone: (request: AppendRequest) => Promise<AppendOutcome>;
  readonly now: () => Date;
}

/** How long a submission waits for a locked script or a lost database before it gives up. */
const PATIENCE_MS = 5_000;
/** How long looking carefully may take, in ms: a script that nobody has used lately is replayed first. */
const LOOK_TIMEOUT_MS = 60_000;

/**
 * Appends a batch of edits to a script's log, all or none, exactly once.
 *
 * Two ways through. Quick: decide on the state that this process expects the script to have, ahead of the
 * disk, side by side with others. Careful: alone on this script, from what the database says now. Anything
 * but a plain yes (a refusal, a conflict, a repeat, a dry run) is only ever said on the careful way, because
 * the quick one may be looking at a batch that never reaches the disk.
 *
 * Throws when the database cannot be reached for 5 seconds; the batch may then be in the log or not, and a
 * repeat with the same commandIds finds out.
 */
export async function submitCommands(deps: SubmitDeps, submission: Submission): Promise<SubmitOutcome> {
  const named = nameSubmission(submission);
  const forbidden = findForbidden(named);
  if (forbidden) return forbidden;
  const repeated = findRepeatedId(named);
  if (repeated) return repeated;
  const giveUpAt = performance.now() + PATIENCE_MS;
  let way: "quick" | "careful" | "careful_after_failure" = submission.dryRun ? "careful" : "quick";
  for (let delayMs = 2; ; delayMs = Math.min(delayMs * 2, 250)) {
    const attempt = await attemptSubmission(deps, named, way);
    if (attempt.kind !== "again") return attempt;
    if (performance.now() > giveUpAt) {
      if (attempt.error) throw attempt.error;
      return { kind: "stream_busy", retryAfterMs: 1_000 };
    }
    if (attempt.error) way = "careful_after_failure";
    else if (way === "quick") way = "careful";
    if (attempt.wait) await sleep(delayMs * (0.5 + Math.random()));
  }
}

interface Again {
  readonly kind: "again";
  /** Whether somebody else must move first. */
  readonly wait: boolean;
  readonly error?: Error;
}

const LOOK_CAREFULLY: Again = { kind: "again", wait: false };

function nameSubmission(submission: Submission): NamedSubmission {
  return {
    ...submission,
    batchId: newId(),
    hasCallersIds: submission.commands.some((command) => command.commandId !== undefined),
    commands: submission.commands.map((command) => ({ ...command, commandId: command.commandId ?? newId() })),
  };
}

/** Two commands of one batch under one id: one of them could never be found again. */
function findRepeatedId({ commands }: NamedSubmission): SubmitOutcome | undefined {
  const firstAt = new Map<string, number>();
  for (const [index, { commandId }] of commands.entries()) {
    const first = firstAt.get(commandId);
    if (first !== undefined) {
      const message = `The commandId "${commandId}" stands at commands ${first} and ${index}. Give each its own.`;
      return { kind: "refused", refusals: [{ index, code: "duplicate_command_id", path: "", message }] };
    }
    firstAt.set(commandId, index);
  }
  return undefined;
}

async function attemptSubmission(
  deps: SubmitDeps,
  named: NamedSubmission,
  way: "quick" | "careful" | "careful_after_failure",
): Promise<SubmitOutcome | Again> {
  const stream = deps.streams.get({ tenantId: named.tenantId, scriptId: named.scriptId });
  const leave = await (way === "quick" ? stream.turnstile.together() : stream.turnstile.alone());
  try {
    return way === "quick"
      ? await submitQuickly(deps, stream, named)
      : await submitCarefully(deps, stream, named, way === "careful_after_failure");
  } catch (error) {
    stream.tip = undefined;
    return { kind: "again", wait: true, error: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    leave();
  }
}

async function submitQuickly(
  deps: SubmitDeps,
  stream: CachedStream,
  named: NamedSubmission,
): Promise<SubmitOutcome | Again> {
  const tip = stream.tip;
  const expected = named.expectedSequence ?? tip?.sequence;
  if (!tip || expected !== tip.sequence || neededVersions(named.commands).length > 0) return LOOK_CAREFULLY;
  const decided = decide(tip, named, new Map());
  if (decided.kind === "refused") return LOOK_CAREFULLY;
  const batch = toAppendRequest(tip, named, decided, deps.now());
  // Before the first await: the next submission of this script is decided on top of this one.
  stream.tip = batch.tip;
  return append(deps, stream, { named, before: tip, batch, decided, rebased: false }, deps.append);
}

async function submitCarefully(
  deps: SubmitDeps,
  stream: CachedStream,
  named: NamedSubmission,
  afterFailure: boolean,
): Promise<SubmitOutcome | Again> {
  // The transaction ends before the append: who waits for a connection must not hold one.
  const looked = await deps.inTenant(
    named.tenantId,
    (tx) => lookCarefully({ ...deps, prisma: tx }, stream, named, afterFailure),
    { timeoutMs: LOOK_TIMEOUT_MS },
  );
  if (looked.kind !== "ready") return looked;
  stream.tip = looked.batch.batch.tip;
  return append(deps, stream, looked.batch, afterFailure ? deps.appendAlone : deps.append);
}

type LookDeps = SubmitDeps & { readonly prisma: TenantTx };

/** What a batch comes to on what the database says now: an answer, or what remains to be appended. */
async function lookCarefully(
  deps: LookDeps,
  stream: CachedStream,
  named: NamedSubmission,
  afterFailure: boolean,
): Promise<SubmitOutcome | { readonly kind: "ready"; readonly batch: AcceptedBatch }> {
  const tip = await refresh(deps, stream);
  if (!tip && !createsScript(named)) return { kind: "script_not_found" };
  // An id of our own making can only be in the log when an earlier attempt got there.
  const mayBeApplied = tip && (afterFailure || named.hasCallersIds);
  const applied = mayBeApplied && (await findApplied(deps, named));
  if (applied) return applied;
  if (tip && createsScript(named)) return { kind: "script_exists", headSequence: tip.sequence };

  const before = tip ?? UNWRITTEN;
  const isStale = named.expectedSequence !== undefined && named.expectedSequence !== before.sequence;
  if (isStale && (named.onConflict === "reject" || named.expectedSequence > before.sequence))
    return explainConflict(deps, named, before.sequence);

  const sealed = await loadSealedDocuments(deps, stream.key, before.state, neededVersions(named.commands));
  const decided = decide(before, named, sealed);
  if (isStale) {
    const conflict = await rebase(deps, named, before.sequence, decided);
    if (conflict) return conflict;
  }
  if (decided.kind === "refused")
    return { kind: "refused", headSequence: before.sequence, refusals: decided.refusals };

  const batch = toAppendRequest(before, named, decided, deps.now());
  const accepted = { named, before, batch, decided, rebased: isStale };
  if (named.dryRun) {
    if (await isSlugTaken(deps, batch.request))
      return { kind: "slug_taken", slug: batch.tip.state.details.slug };
    return { kind: "accepted", result: describeAccepted(accepted) };
  }
  return { kind: "ready", batch: accepted };
}

/** Brings what we know of a script up to its head. Only for a caller that is alone on it. */
async function refresh(deps: LookDeps, stream: CachedStream): Promise<StreamTip | undefined> {
  const tip = await loadTip(deps, stream.key, stream.committed);
  if (tip) deps.streams.keep(stream, tip);
  stream.tip = tip;
  return tip;
}

async function append(
  deps: SubmitDeps,
  stream: CachedStream,
  accepted: AcceptedBatch,
  appendBatch: SubmitDeps["append"],
): Promise<SubmitOutcome | Again> {
  const { batch } = accepted;
  const outcome = await appendBatch(batch.request);
  if (outcome.kind === "appended") {
    deps.streams.keep(stream, batch.tip, JSON.stringify(accepted.decided.patch).length);
    return { kind: "accepted", result: describeAccepted(accepted) };
  }
  // Whatever was decided on top of this batch conflicts in its turn, by the hash it expects, and looks again.
  stream.tip = undefined;
  switch (outcome.kind) {
    case "slug_taken":
      return { kind: "slug_taken", slug: batch.tip.state.details.slug };
    case "busy":
      return { kind: "again", wait: true };
    case "conflict":
    case "duplicate":
      return LOOK_CAREFULLY;
  }
}

/** A batch that was accepted on the state before it. */
interface AcceptedBatch {
  readonly named: NamedSubmission;
  readonly before: StreamTip;
  readonly batch: PreparedBatch;
  readonly decided: Extract<ReturnType<typeof decideBatch>, { kind: "accepted" }>;
  readonly rebased: boolean;
}

function describeAccepted({ named, before, batch, rebased }: AcceptedBatch): SubmitResult {
  return describeResult({
    rows: batch.request.commands,
    before: before.state,
    after: batch.tip.state,
    rebased,
    alreadyApplied: false,
    dryRun: named.dryRun,
  });
}

function decide(
  tip: StreamTip,
  named: NamedSubmission,
  sealed: SealedDocuments,
): ReturnType<typeof decideBatch> {
  return decideBatch(tip, named.commands, { sealedDocument: (version) => sealed.get(version) });
}

function createsScript(named: NamedSubmission): boolean {
  return named.commands[0]?.command.startsWith("Scripts.CreateScript.") ?? false;
}

/** A script before its first command. */
const UNWRITTEN: StreamTip = {
  state: EMPTY_STATE,
  sequence: 0,
  chainHash: GENESIS_HASH,
  lastCreatedAt: new Date(0),
  createdById: "",
  createdAt: new Date(0),
};
