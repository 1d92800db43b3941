import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { benchHeaders } from "./api.ts";
import { HttpConnection } from "./httpConnection.ts";
import type { LoadJob, LoadResult } from "./loadJob.ts";
import { sendEdit, type EditReceipt } from "./sendEdit.ts";
import { quantile } from "./statistics.ts";

/** More than are ever busy at the rates that this is for. */
const CONNECTIONS = 64;
const POLL_MS = 5;
const PATIENCE_MS = 15_000;

type Paced = LoadJob & { readonly kind: "paced" };
interface Acknowledged extends EditReceipt {
  readonly at: number;
}

/** Edits at a fixed rate, and how long after its answer each of them was materialized. */
export async function runPaced(job: Paced): Promise<LoadResult> {
  const watch = await watchMaterialized(job);
  const latencies = await offer(job, watch.acknowledged);
  const lags = await watch.finish();
  return {
    done: latencies.length,
    perSecond: latencies.length / job.seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    lag: {
      p50Ms: quantile(lags, 0.5),
      p99Ms: quantile(lags, 0.99),
      maxMs: quantile(lags, 1),
      missing: latencies.length - lags.length,
    },
  };
}

/** Latencies from the moment an edit was due, so that a stall counts for all the edits that it held up. */
async function offer(job: Paced, acknowledged: (edit: Acknowledged) => void): Promise<number[]> {
  const headers = benchHeaders(job.target.tenantId);
  const idle = Array.from({ length: CONNECTIONS }, () => new HttpConnection(job.target.url, headers));
  const latencies: number[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  const total = Math.round(job.rate * job.seconds);
  const send = async (connection: HttpConnection, dueAt: number): Promise<void> => {
    const edit = await sendEdit(connection, job.target);
    const at = performance.now();
    latencies.push(at - dueAt);
    acknowledged({ ...edit, at });
    idle.push(connection);
  };
  for (let sent = 0; sent < total;) {
    const dueAt = startedAt + (sent / job.rate) * 1_000;
    const connection = performance.now() >= dueAt ? idle.pop() : undefined;
    if (!connection) {
      await delay(1);
      continue;
    }
    const one = send(connection, dueAt).finally(() => running.delete(one));
    running.add(one);
    sent++;
  }
  await Promise.all(running);
  for (const connection of idle) connection.close();
  return latencies;
}

/** Looks every few milliseconds how far the scripts are materialized. */
async function watchMaterialized({ databaseUrl, target }: Paced): Promise<{
  acknowledged: (edit: Acknowledged) => void;
  finish: () => Promise<number[]>;
}> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const waiting = new Map<string, Acknowledged[]>();
  const lags: number[] = [];
  let endsAt = Number.POSITIVE_INFINITY;
  const isOver = (): boolean =>
    performance.now() > endsAt ||
    (endsAt < Number.POSITIVE_INFINITY && [...waiting.values()].every((edits) => edits.length === 0));
  const look = async (): Promise<void> => {
    for (; !isOver(); await delay(POLL_MS)) {
      const { rows } = await client.query<[string, number]>({
        name: "materialized",
        text: 'select "scriptId", "materializedSequence" from scripts."ScriptStream" where "tenantId" = $1',
        values: [target.tenantId],
        rowMode: "array",
      });
      const now = performance.now();
      for (const [scriptId, materialized] of rows) {
        const edits = waiting.get(scriptId) ?? [];
        waiting.set(
          scriptId,
          edits.filter((edit) => edit.sequence > materialized),
        );
        for (const edit of edits) if (edit.sequence <= materialized) lags.push(now - edit.at);
      }
    }
  };
  const looking = look();
  return {
    acknowledged: (edit) => {
      const edits = waiting.get(edit.scriptId);
      if (edits) edits.push(edit);
      else waiting.set(edit.scriptId, [edit]);
    },
    finish: async () => {
      endsAt = performance.now() + PATIENCE_MS;
      await looking;
      await client.end();
      return lags;
    },
  };
}
