import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { LoadResult } from "./loadJob.ts";
import type { Bench } from "./openBench.ts";
import type { BenchOptions } from "./options.ts";
import { median } from "./statistics.ts";

export interface CommandsRow {
  readonly connections: number;
  readonly acceptedPerSecond: number;
  readonly acceptP50Ms: number;
  readonly acceptP99Ms: number;
  /** From the first that was taken in until the last was completed. */
  readonly completedPerSecond: number;
  /** From taking a command in until it was completed; under full load most of it is waiting for its turn. */
  readonly completionP50Ms: number;
  readonly completionP99Ms: number;
  /** Settled otherwise than completed. */
  readonly failed: number;
}

interface Completed {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

const TENANT = "bench-commands";
const WARM_UP_SECONDS = 1;
const POLL_MS = 20;
const PATIENCE_MS = 120_000;

/** Generic commands per second: taken in over HTTP, and completed by a handler that does nothing. */
export async function measureCommands(
  { load, service, ownerUrl }: Bench,
  { commandConnections, rounds, seconds }: BenchOptions,
  tell: (text: string) => void,
): Promise<CommandsRow[]> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  const send = async (connections: number, ofSeconds: number) => {
    const since = await readTime(owner);
    const job = { kind: "commands", url: service.url, tenantId: TENANT, connections } as const;
    const accepted = await load.run({ ...job, seconds: ofSeconds });
    return { accepted, completed: await untilCompleted(owner, since) };
  };
  try {
    await completeAtOnce(owner);
    await send(commandConnections[0]!, WARM_UP_SECONDS);
    const runs = new Map<number, { accepted: LoadResult; completed: Completed }[]>();
    for (let round = 1; round <= rounds; round++)
      for (const connections of commandConnections) {
        const run = await send(connections, seconds);
        runs.set(connections, [...(runs.get(connections) ?? []), run]);
        const { accepted, completed } = run;
        tell(
          `round ${round}, ${connections} connections: accepted ${accepted.perSecond.toFixed(0)}/s, completed ${completed.perSecond.toFixed(0)}/s`,
        );
      }
    return [...runs].map(([connections, of]) => toRow(connections, of));
  } finally {
    await owner.end();
  }
}

function toRow(
  connections: number,
  runs: readonly { readonly accepted: LoadResult; readonly completed: Completed }[],
): CommandsRow {
  const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
  return {
    connections,
    acceptedPerSecond: of(({ accepted }) => accepted.perSecond),
    acceptP50Ms: of(({ accepted }) => accepted.p50Ms),
    acceptP99Ms: of(({ accepted }) => accepted.p99Ms),
    completedPerSecond: of(({ completed }) => completed.perSecond),
    completionP50Ms: of(({ completed }) => completed.p50Ms),
    completionP99Ms: of(({ completed }) => completed.p99Ms),
    failed: runs.reduce((sum, { completed }) => sum + completed.failed, 0),
  };
}

/** The made-up completions of development, without the time that they take otherwise. */
async function completeAtOnce(owner: Client): Promise<void> {
  await owner.query(
    `insert into scripts."TenantSettings" ("tenantId", "jitterMin", "jitterMax", "updatedAt")
     values ($1, 0, 0, now())
     on conflict ("tenantId") do nothing`,
    [TENANT],
  );
}

async function readTime(owner: Client): Promise<Date> {
  const { rows } = await owner.query<{ now: Date }>("select now() as now");
  return rows[0]!.now;
}

/** Waits until all commands since a time are settled. Throws after two minutes. */
async function untilCompleted(owner: Client, since: Date): Promise<Completed> {
  const endsAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await owner.query<{ waiting: number }>(
      `select count(*)::int as waiting
       from scripts."CommandOutbox"
       where "tenantId" = $1 and status in ('PENDING', 'PROCESSING')`,
      [TENANT],
    );
    if (rows[0]!.waiting === 0) return readCompleted(owner, since);
    if (performance.now() > endsAt)
      throw new Error(`${rows[0]!.waiting} commands are still not settled after ${PATIENCE_MS / 1_000} s.`);
    await delay(POLL_MS);
  }
}

async function readCompleted(owner: Client, since: Date): Promise<Completed> {
  const { rows } = await owner.query<Completed>(
    `select
       count(*) filter (where status = 'COMPLETED')
         / extract(epoch from max("completedAt") - min("createdAt"))::float as "perSecond",
       percentile_disc(0.5) within group (order by ms) as "p50Ms",
       percentile_disc(0.99) within group (order by ms) as "p99Ms",
       count(*) filter (where status <> 'COMPLETED')::int as failed
     from (
       select *, (extract(epoch from "completedAt" - "createdAt") * 1000)::float as ms
       from scripts."CommandOutbox"
       where "tenantId" = $1 and "createdAt" >= $2) sent`,
    [TENANT, since],
  );
  return rows[0]!;
}
