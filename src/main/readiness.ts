import type { LiveBeat } from "../db/liveBeats.ts";
import type { Readiness as Answer, ReadinessChecks } from "../http/httpDeps.ts";

export interface Readiness {
  /** Answers "not ready" from now on, so that a load balancer sends nothing more. */
  drain(): void;
  /** Whether requests should be sent here, and why not. */
  check(): Promise<Answer>;
}

export interface ReadinessDeps {
  /** Signs of life of all processes, none older than silenceSeconds. Rejects when the database does not answer. */
  readonly liveBeats: () => Promise<readonly LiveBeat[]>;
}

const UNKNOWN: ReadinessChecks = { database: "unknown", worker: "unknown", stamper: "unknown" };

/**
 * Ready while the process is not stopping, the database answers, and somewhere a worker and a stamper are alive and
 * keep up: without them edits are taken in and nobody sees what comes of them.
 *
 * In its first silenceSeconds a process does not miss the others: they may be starting as well.
 */
export function createReadiness(
  deps: ReadinessDeps,
  { silenceSeconds }: { readonly silenceSeconds: number },
): Readiness {
  const startedMs = performance.now();
  let draining = false;
  return {
    drain: () => {
      draining = true;
    },
    check: async () => {
      if (draining) return { ready: false, reason: "The service is stopping.", checks: UNKNOWN };
      const beats = await deps.liveBeats().catch(() => undefined);
      if (!beats)
        return {
          ready: false,
          reason: "The database does not answer.",
          checks: { ...UNKNOWN, database: "failed" },
        };
      const young = performance.now() - startedMs < silenceSeconds * 1_000;
      return judge(beats, { silenceSeconds, young });
    },
  };
}

function judge(
  beats: readonly LiveBeat[],
  { silenceSeconds, young }: { readonly silenceSeconds: number; readonly young: boolean },
): Answer {
  const found = { worker: missWorker(beats, silenceSeconds), stamper: missStamper(beats, silenceSeconds) };
  const toCheck = (missed: string | undefined) =>
    missed === undefined ? "ok" : young ? "starting" : "failed";
  const checks: ReadinessChecks = {
    database: "ok",
    worker: toCheck(found.worker),
    stamper: toCheck(found.stamper),
  };
  const reason = found.worker ?? found.stamper;
  return reason === undefined || young ? { ready: true, checks } : { ready: false, reason, checks };
}

function missWorker(beats: readonly LiveBeat[], silenceSeconds: number): string | undefined {
  if (beats.some(({ part }) => part === "worker")) return undefined;
  return `No worker has given a sign of life for ${silenceSeconds} s. Start a process with ROLE=worker or ROLE=all.`;
}

function missStamper(beats: readonly LiveBeat[], silenceSeconds: number): string | undefined {
  if (!beats.some(({ part }) => part === "stamper"))
    return `No stamper has given a sign of life for ${silenceSeconds} s: events do not reach the feed. It runs in every worker.`;
  const waitingSeconds = beats.find(({ figures }) => "feed_unstamped_seconds" in figures)?.figures[
    "feed_unstamped_seconds"
  ];
  if (waitingSeconds === undefined || waitingSeconds <= silenceSeconds) return undefined;
  return `Events have been waiting for their place in the feed for ${Math.round(waitingSeconds)} s: the stamper is stuck.`;
}
