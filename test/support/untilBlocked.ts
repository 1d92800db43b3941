import type { Client } from "pg";

/** Resolves when so many sessions of the database wait for a row lock. */
export async function untilBlocked(owner: Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await owner.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows[0]!.count >= count) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}
