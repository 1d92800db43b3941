// A process of its own that holds an embedded database: node test/support/embeddedProcess.ts '{"dataDir":…}'.
// Prints its URLs as one line of JSON when it is up. SIGTERM stops it in order; kill -9 is what it is for.
import { startEmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";

const input = JSON.parse(process.argv[2]!) as { dataDir: string; elsewhere: string };
const log = (message: string): void => void process.stderr.write(`${message}\n`);
try {
  const server = await startEmbeddedPostgres({ ...input, durable: false, log });
  process.stdout.write(`${JSON.stringify(server)}\n`);
  const alive = setInterval(() => undefined, 60_000);
  process.once("SIGTERM", () => {
    clearInterval(alive);
    void server.stop();
  });
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
