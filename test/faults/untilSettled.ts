import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { ServiceSlot } from "./serviceSlot.ts";
import type { Subscriber } from "../blackbox/support/subscriber.ts";

/** How long everything may take to come to rest once all is healed, in ms. */
const PATIENCE_MS = 90_000;

/**
 * Waits until nothing is left to do: all scripts materialized, all events in the feed and heard of, all generic
 * commands and actions of runs done, and every process well again, also one whose connections are still dead.
 * Answers what still waited when patience ran out, in sentences.
 */
export async function untilSettled(
  ownerUrl: string,
  {
    slots,
    subscribers,
  }: { readonly slots: readonly ServiceSlot[]; readonly subscribers: readonly Subscriber[] },
): Promise<string[]> {
  const client = new Client({ connectionString: ownerUrl, application_name: "soak-watch" });
  await client.connect();
  try {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const waiting = [
        ...(await findWaiting(client)),
        ...(await findUnheard(client, subscribers)),
        ...(await findUnwell(client, slots)),
      ];
      if (waiting.length === 0) return [];
      if (performance.now() > giveUpAt) return waiting.map((what) => `Stuck: ${what}`);
      await delay(200);
    }
  } finally {
    await client.end();
  }
}

async function findWaiting(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(WAITING);
  return rows.map(({ what }) => what);
}

const WAITING = `
  (select format('script %s/%s is materialized up to %s of %s', "tenantId", "scriptId", "materializedSequence", "headSequence") as what
   from scripts."ScriptStream" where "materializedSequence" < "headSequence" limit 5)
  union all
  (select format('event %s (%s) has no place in the feed', id, type)
   from scripts."DomainEvent" where not "isStamped" limit 5)
  union all
  (select format('generic command %s is %s after %s attempts, due at %s, changed at %s', "correlationId", status, attempts, "dueAt", "updatedAt")
   from scripts."CommandOutbox" where status in ('PENDING', 'PROCESSING') limit 5)
  union all
  (select format('run %s waits for its action', id)
   from scripts."ScriptRun" where status = 'RUNNING' and "actionDueAt" is not null limit 5)`;

async function findUnheard(client: Client, subscribers: readonly Subscriber[]): Promise<string[]> {
  const { rows } = await client.query<{ tenantId: string; position: string; places: string }>(
    `select "tenantId", max(position) as position, count(*) as places from scripts."EventFeed" group by "tenantId"`,
  );
  return subscribers.flatMap(({ tenantId, events }) => {
    const feed = rows.find((row) => row.tenantId === tenantId);
    if (!feed || events.has(Number(feed.position))) return [];
    return [`a subscriber of ${tenantId} has ${events.size} of ${feed.places} events`];
  });
}

/** APIs that are not ready, and workers of which a part has given no sign of life for some seconds. */
async function findUnwell(client: Client, slots: readonly ServiceSlot[]): Promise<string[]> {
  const { rows } = await client.query<{ pid: string; parts: string }>(
    `select split_part(host, ':', 2) as pid, string_agg(distinct part, ' ' order by part) as parts
     from scripts."ProcessHeartbeat" where "beatAt" > now() - interval '5 seconds' group by host`,
  );
  const found = await Promise.all(
    slots.map(async ({ name, role, url, pid }) => {
      if (pid === undefined) return `${name} does not run`;
      if (role === "api") return (await isReady(url!)) ? undefined : `${name} is not ready`;
      const parts = rows.find((row) => row.pid === String(pid))?.parts;
      return parts === ALL_PARTS ? undefined : `of ${name} only these are alive: ${parts}`;
    }),
  );
  return found.filter((what) => what !== undefined);
}

const ALL_PARTS = "outbox stamper worker";

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
