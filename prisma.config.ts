import { defineConfig } from "prisma/config";

// The CLI wants to download a schema engine even for commands that never start one, and that host is not
// reachable everywhere. Any executable satisfies the check; generate, validate and format do not run it.
// Migrations are applied by src/db/migrate.ts, which carries the same engine as WebAssembly.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

/** Tables of a legacy service: the client may use them, and no migration makes, changes or drops them. */
export const EXTERNAL_TABLES = ["Script", "ScriptVersion", "ScriptRun", "ScriptAnswer"].map(
  (table) => `guidance.${table}`,
);

export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
  experimental: { externalTables: true },
  tables: { external: EXTERNAL_TABLES },
});
