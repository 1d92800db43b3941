import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { LoadJob, PacedResult } from "./loadJob.ts";
import { offerEdits, type OfferedEdit } from "./offerEdits.ts";
import { quantile } from "./statistics.ts";

const POLL_MS = 5;
const PATIENCE_MS = 15_000;

type Paced = LoadJob & { readonly kind: "paced" };

/** Edits at a fixed rate, and how long after its answer each of them was materialized. */
export async function runPaced(job: Paced): Promise<PacedResult> {
  const watch = await watchMaterialized(job);
  const latencies = await offerEdits(job, watch.answered);
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

/** Looks every few milliseconds how far the scripts are materialized. */
async function watchMaterialized({ databaseUrl, target }: Paced): Promise<{
  answered: (edit: OfferedEdit) => void;
  finish: () => Promise<number[]>;
}> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const waiting = new Map<string, OfferedEdit[]>();
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
        for (const edit of edits) if (edit.sequence <= materialized) lags.push(now - edit.answeredAt);
      }
    }
  };
  const looking = look();
  return {
    answered: (edit) => {
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
