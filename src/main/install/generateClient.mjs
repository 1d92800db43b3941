import { join } from "node:path";
import { InstallError } from "./installError.mjs";
import { NODE_BINARY, ROOT } from "./paths.mjs";
import { run } from "./run.mjs";

/** Generates the database client from prisma/schema into src/db/generated. Needs no network and no database. */
export async function generateClient() {
  const startedAt = Date.now();
  const { code, output } = await run(
    NODE_BINARY,
    [join(ROOT, "node_modules/prisma/build/index.js"), "generate", "--no-hints"],
    { env: { ...process.env, CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1" } },
  );
  if (code !== 0)
    throw new InstallError(
      `${output.trim()}\n\nThe database client could not be generated from prisma/schema (exit code ${code}).`,
    );
  console.log(`Database client generated in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}
