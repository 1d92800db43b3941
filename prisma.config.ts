import { defineConfig } from "prisma/config";

// The CLI wants to download a schema engine even for commands that never start one, and that host is not
// reachable everywhere. Any executable satisfies the check; generate, validate and format do not run it.
// Migrations are applied by src/db/migrate.ts, which carries the same engine as WebAssembly.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: "prisma/schema",
  migrations: { path: "prisma/migrations" },
});
