import { cpus, totalmem } from "node:os";
import { Client } from "pg";

/** What the numbers were measured on. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly postgres: string;
  /** Settings that decide what a commit costs. */
  readonly settings: Readonly<Record<string, string>>;
}

const SETTINGS = ["fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers"];

export async function readEnvironment(databaseUrl: string): Promise<Environment> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, current_setting(name) as setting from pg_settings where name = any($1) order by name",
    [[...SETTINGS, "server_version"]],
  );
  await client.end();
  const { server_version: postgres = "?", ...settings } = Object.fromEntries(
    rows.map(({ name, setting }) => [name, setting]),
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres,
    settings,
  };
}
