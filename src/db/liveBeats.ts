import type { PrismaClient } from "./generated/client.ts";

export interface LiveBeatsDeps {
  readonly prisma: Pick<PrismaClient, "processHeartbeat">;
  readonly now: () => Date;
}

/** A part of a process that was alive a moment ago. */
export interface LiveBeat {
  readonly id: string;
  /** worker, stamper or outbox. */
  readonly part: string;
  readonly host: string;
  readonly ageSeconds: number;
  /** What it said of itself and its work: { name: number }. */
  readonly figures: Readonly<Record<string, number>>;
}

/** More processes than a service has; past it the oldest beats are not looked at. */
const MOST = 500;
/** Scrapes and probes that come close together share one look. */
const REMEMBER_MS = 1_000;

/** Returns how to read the beats of the last so many seconds, the newest first; at most one query a second. */
export function createLiveBeats(
  deps: LiveBeatsDeps,
  aliveSeconds: number,
): () => Promise<readonly LiveBeat[]> {
  let looked: { readonly atMs: number; readonly beats: Promise<readonly LiveBeat[]> } | undefined;
  return () => {
    const nowMs = performance.now();
    if (looked && nowMs - looked.atMs < REMEMBER_MS) return looked.beats;
    looked = { atMs: nowMs, beats: readBeats(deps, aliveSeconds) };
    return looked.beats;
  };
}

async function readBeats(deps: LiveBeatsDeps, aliveSeconds: number): Promise<readonly LiveBeat[]> {
  const now = deps.now().getTime();
  const rows = await deps.prisma.processHeartbeat.findMany({
    where: { beatAt: { gt: new Date(now - aliveSeconds * 1_000) } },
    orderBy: { beatAt: "desc" },
    take: MOST,
  });
  return rows.map(({ id, part, host, beatAt, figures }) => ({
    id,
    part,
    host,
    ageSeconds: Math.max(0, now - beatAt.getTime()) / 1_000,
    figures: figures as LiveBeat["figures"],
  }));
}
