// Serves a data folder that a failed test run left behind, until Ctrl-C: node test/support/serve.ts <folder>.
import { startEmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";

const dataDir = process.argv[2];
if (!dataDir) throw new Error("Say which folder: node test/support/serve.ts /tmp/script-tests-...");
const server = await startEmbeddedPostgres({
  dataDir,
  log: (message) => process.stderr.write(`${message}\n`),
});
process.stdout.write(`${server.ownerUrl}\n`);
const alive = setInterval(() => undefined, 60_000);
process.once("SIGINT", () => {
  clearInterval(alive);
  void server.stop();
});
