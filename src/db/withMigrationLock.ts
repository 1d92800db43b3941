import { Client } from "pg";

/** Any number that nothing else in the database uses as an advisory lock. */
const LOCK_KEY = 7_233_910_441;

/**
 * Runs `work` while no other process migrates the same database; later ones wait for their turn.
 *
 * An advisory lock, which the service uses nowhere else: there is no row to lock before the first migration.
 * Nothing rests on it but the start: without it two engines would find the same migration pending, and the
 * slower one would fail on "schema already exists".
 */
export async function withMigrationLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "script-migrate-lock" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    return await work();
  } finally {
    await client.end();
  }
}
