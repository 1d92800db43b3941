import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pool } from "pg";
import { urlWithTimeouts } from "./connectionUrl.ts";
import { openSchemaEngine, type MigrationList, type SchemaEngine } from "./schemaEngine.ts";
import { withMigrationLock } from "./withMigrationLock.ts";

/** The migrations of this version of the code. */
const MIGRATIONS = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));
const NO_FILTERS = { externalTables: [], externalEnums: [] };

export interface MigrateInput {
  /** URL of the database's owner: a user who may create schemas and, on a new cluster, roles. */
  readonly url: string;
  readonly log?: (message: string) => void;
  /** Folder that holds one folder per migration; the repository's own by default. */
  readonly folder?: string;
  /** How long a statement waits for a table that others use. Default: LOCK_TIMEOUT_MS. */
  readonly lockTimeoutMs?: number;
}

// Behind a statement that waits for a table, everybody else waits too, so it gives up before a request does.
const LOCK_TIMEOUT_MS = 8_000;

/**
 * Brings the database's schema up to this version of the code and says which migrations it applied.
 *
 * Each migration is applied whole or not at all, and a failed one is tried again at the next call. Processes
 * that start at once take turns. Throws before it changes anything when a migration was edited after it was
 * applied, or when the database has one that this version of the code does not know.
 */
export async function migrate(input: MigrateInput): Promise<{ applied: string[] }> {
  const migrations = readMigrations(input.folder ?? MIGRATIONS);
  return withMigrationLock(input.url, async () => {
    // One connection: the engine takes a lock of its own for the session it believes it has.
    const pool = new Pool({
      connectionString: withLimits(input),
      max: 1,
      application_name: "script-migrate",
    });
    const engine = await openSchemaEngine(pool, scriptsOf(migrations));
    try {
      await refuseOldServer(pool);
      await pool.query(HISTORY_TABLE);
      const pending = await findPending(engine, migrations);
      if (pending.length > 0) input.log?.(`Applying ${pending.length} migration(s): ${pending.join(", ")}.`);
      const applied = pending.length === 0 ? [] : await apply(engine, migrations);
      await pool.query(HISTORY_GRANT);
      return { applied };
    } finally {
      engine.free();
      await pool.end();
    }
  });
}

function withLimits({ url, lockTimeoutMs = LOCK_TIMEOUT_MS }: MigrateInput): string {
  // A migration may take as long as it needs once it has its locks.
  return urlWithTimeouts(url, { statementTimeoutMs: 0, lockTimeoutMs, idleInTransactionTimeoutMs: 0 });
}

// As the official tool makes it. Made here because the engine refuses a database that has tables in schema
// public and no history: those of an extension, or of a system that is being moved. Ours are in schema scripts.
const HISTORY_TABLE = `
  create table if not exists "_prisma_migrations" (
    "id" varchar(36) primary key not null,
    "checksum" varchar(64) not null,
    "finished_at" timestamptz,
    "migration_name" varchar(255) not null,
    "logs" text,
    "rolled_back_at" timestamptz,
    "started_at" timestamptz not null default now(),
    "applied_steps_count" integer not null default 0
  )`;

// Operators ask which migrations were applied. The role is made by one of them.
const HISTORY_GRANT = `
  do $$ begin
    if exists (select from pg_roles where rolname = 'script_operator') then
      grant select on "_prisma_migrations" to script_operator;
    end if;
  end $$`;

async function refuseOldServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version: string }>("show server_version");
  const version = rows[0]!.server_version;
  if (Number.parseInt(version, 10) < 15)
    throw new Error(
      `The database server is PostgreSQL ${version}; the service needs 15 or newer. Upgrade it, or unset DATABASE_URL.`,
    );
}

async function findPending(engine: SchemaEngine, migrations: MigrationList): Promise<string[]> {
  // Nothing is left of a migration that failed or was cut short (see applyWhole), so it is simply pending.
  for (const migrationName of (await diagnose(engine, migrations)).failedMigrationNames)
    await engine.markMigrationRolledBack({ migrationName });
  const found = await diagnose(engine, migrations);
  if (found.editedMigrationNames.length > 0)
    throw new Error(
      `Migration ${found.editedMigrationNames.join(", ")} was applied to this database with another content than prisma/migrations has now. ` +
        "Restore the file as it was applied and put the change into a new migration.",
    );
  const unknown =
    found.history && "unpersistedMigrationNames" in found.history && found.history.unpersistedMigrationNames;
  if (unknown && unknown.length > 0)
    throw new Error(
      `The database has migration ${unknown.join(", ")}, which this version of the code does not know: the database is newer, or another service's. ` +
        "Start the version of the code that made it, or connect to another database.",
    );
  return found.history && "unappliedMigrationNames" in found.history
    ? found.history.unappliedMigrationNames
    : [];
}

async function apply(engine: SchemaEngine, migrations: MigrationList): Promise<string[]> {
  try {
    const done = await engine.applyMigrations({ migrationsList: migrations, filters: NO_FILTERS });
    return done.appliedMigrationNames;
  } catch (error) {
    const { failedMigrationNames } = await diagnose(engine, migrations);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Migration ${failedMigrationNames.join(", ")} failed and nothing of it was kept: ${reason} ` +
        "Put the cause right and start again; it is then tried again.",
      { cause: error },
    );
  }
}

function diagnose(
  engine: SchemaEngine,
  migrations: MigrationList,
): ReturnType<SchemaEngine["diagnoseMigrationHistory"]> {
  return engine.diagnoseMigrationHistory({
    migrationsList: migrations,
    optInToShadowDatabase: false,
    filters: NO_FILTERS,
  });
}

function readMigrations(folder: string): MigrationList {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"' },
    shadowDbInitScript: "",
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(join(folder, name, "migration.sql"), "utf8") },
      },
    })),
  };
}

function scriptsOf(migrations: MigrationList): Set<string> {
  const scripts = new Set<string>();
  for (const { migrationFile } of migrations.migrationDirectories)
    if (migrationFile.content.tag === "ok") scripts.add(migrationFile.content.value);
  return scripts;
}
