import { Client } from "pg";

/**
 * Runs a script of SQL as the owner of the database, whole or not at all. Waits 2 s for a lock at most, because
 * whoever wants the table meanwhile waits behind it: call it patiently.
 */
export async function runOwnerSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: "script-backfill" });
  await client.connect();
  try {
    await client.query(`begin; set local lock_timeout = '2s'; ${sql}\n; commit`);
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    await client.end();
  }
}
