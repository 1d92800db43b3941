import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

const PATIENCE_MS = 60_000;

/**
 * Waits until every script is materialized, so that what is measured next has the machine to itself. Answers how
 * long that took, in milliseconds. Throws after a minute.
 */
export async function drain(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const startedAt = performance.now();
  try {
    for (;;) {
      const { rows } = await client.query<{ behind: number }>(
        'select count(*)::int as behind from scripts."ScriptStream" where "materializedSequence" < "headSequence"',
      );
      const behind = rows[0]!.behind;
      const waitedMs = performance.now() - startedAt;
      if (behind === 0) return waitedMs;
      if (waitedMs > PATIENCE_MS)
        throw new Error(`${behind} scripts are still not materialized after ${PATIENCE_MS / 1_000} s.`);
      await delay(10);
    }
  } finally {
    await client.end();
  }
}
