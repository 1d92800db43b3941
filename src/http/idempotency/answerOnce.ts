import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { problem, type Problem } from "../problems.ts";
import type { Answer } from "../route.ts";
import { claimKey, type ClaimDeps, type Claimed, type ClaimLimits } from "./claimKey.ts";
import { replay, toKeptAnswer } from "./keptAnswer.ts";
import type { KeyedRequest } from "./keyedRequest.ts";
import { extendLease, keepAnswer, letGo } from "./settleKey.ts";

export interface OnceDeps extends ClaimDeps {
  readonly log: Pick<Logger, "warn">;
}

export interface OnceLimits extends ClaimLimits {
  /** How long a repeat waits for the first one to be answered. */
  readonly waitMs: number;
}

/** Runs a request, or gives the answer again that it had. */
export type AnswerOnce = (
  request: KeyedRequest,
  run: (effectId: string) => Promise<Answer | Problem>,
) => Promise<Answer | Problem>;

/** Shortest and longest pause between two looks at a request that another process is at work on, in ms. */
const LOOK_AGAIN_MS = { first: 10, longest: 250 };

/**
 * Answers requests once per Idempotency-Key: the first runs, those that come meanwhile wait for it, later ones
 * get its answer again.
 *
 * A process that dies between the effect and the kept answer leaves a lease behind. When that is over, a repeat
 * runs again with the same effectId, by which the handler finds what was done. The same happens after an answer
 * that is not final, so a write that may have taken place is never made twice.
 *
 * Source: IETF draft-ietf-httpapi-idempotency-key-header-07.
 */
export function createAnswerOnce(deps: OnceDeps, limits: OnceLimits): AnswerOnce {
  /** Requests at work in this process: waiting for them needs no look at the database. */
  const running = new Map<string, Promise<unknown>>();

  return async (request, run) => {
    const place = JSON.stringify(request.name);
    const giveUpAt = performance.now() + limits.waitMs;
    let pauseMs = LOOK_AGAIN_MS.first;
    for (;;) {
      const claim = await claimKey(deps, request, limits);
      if (claim.kind === "reused") return keyReused();
      if (claim.kind === "answered") return replay(claim.answer);
      if (claim.kind === "claimed") {
        const work = runClaimed(deps, limits, { claimed: claim, request, run });
        running.set(place, work);
        const outcome = await work.finally(() => running.delete(place));
        if (outcome !== "superseded") return outcome;
      } else {
        const leftMs = giveUpAt - performance.now();
        if (leftMs <= 0) return keyInUse(claim.forMs);
        await waitFor(running.get(place), leftMs, pauseMs);
        pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MS.longest);
      }
    }
  };
}

interface Run {
  readonly claimed: Claimed;
  readonly request: KeyedRequest;
  readonly run: (effectId: string) => Promise<Answer | Problem>;
}

/** "superseded": this one was thought dead, and a repeat was answered in its place. */
async function runClaimed(
  deps: OnceDeps,
  limits: OnceLimits,
  { claimed, request, run }: Run,
): Promise<Answer | Problem | "superseded"> {
  const renew = (): void => void quietly(deps, extendLease(deps, claimed, limits.leaseMs));
  const renewal = setInterval(renew, limits.leaseMs / 3).unref();
  try {
    const outcome = await run(claimed.effectId);
    const answer = toKeptAnswer(outcome, request.path);
    const settled = answer ? keepAnswer(deps, claimed, answer) : letGo(deps, claimed);
    // The request is done whether its answer can be kept or not: a repeat finds the effect.
    const first = await quietly(deps, settled);
    return answer && first === false ? "superseded" : outcome;
  } catch (error) {
    await quietly(deps, letGo(deps, claimed));
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

async function quietly(deps: OnceDeps, writing: Promise<boolean>): Promise<boolean | undefined> {
  try {
    return await writing;
  } catch (error) {
    deps.log.warn({ err: error }, "an idempotency key could not be written; a repeat runs again");
    return undefined;
  }
}

/** Waits until the work is done, or for a moment when it is another process's. */
async function waitFor(work: Promise<unknown> | undefined, leftMs: number, pauseMs: number): Promise<void> {
  if (!work) return sleep(Math.min(leftMs, pauseMs));
  const done = new AbortController();
  const late = sleep(leftMs, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), late]);
  done.abort();
}

function keyReused(): Problem {
  return problem(
    "idempotency_key_reused",
    "This Idempotency-Key stands for another request of yours. Take a new one, or repeat the request as it was.",
  );
}

function keyInUse(forMs: number): Problem {
  return problem(
    "idempotency_key_in_use",
    "The first request with this Idempotency-Key is still being worked on. Send it again later.",
    { headers: { "retry-after": String(Math.max(1, Math.ceil(forMs / 1_000))) } },
  );
}
