import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";
import { isRunning } from "../../src/db/embedded/processes.ts";

/** A PostgreSQL of the soak's own, which can be made to crash. */
export interface CrashingPostgres {
  readonly port: number;
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly folder: string;
  /** An immediate stop, as a crash of the server: nothing is flushed; then starts it again, which recovers. */
  crash(): Promise<void>;
  /** Stops it; keep leaves its data for a person to look at. */
  stop(keep: boolean): Promise<void>;
}

/** Starts it in a temporary folder. */
export async function startCrashingPostgres(): Promise<CrashingPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "script-soak-"));
  // As root the server runs as another user, who has to get in.
  chmodSync(folder, 0o711);
  const elsewhere = join(tmpdir(), "script-command-service");
  // Not durable: what a server that crashes has written is with the operating system, which goes on.
  const start = (port?: number): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDir: folder,
      durable: false,
      elsewhere,
      log: () => undefined,
      ...(port === undefined ? {} : { port }),
    });
  let server = await start();
  const port = Number(new URL(server.ownerUrl).port);
  return {
    port,
    ownerUrl: server.ownerUrl,
    apiUrl: server.apiUrl,
    workerUrl: server.workerUrl,
    folder,
    crash: async () => {
      const pid = readPid(folder);
      process.kill(pid, "SIGQUIT");
      while (isRunning(pid)) await delay(20);
      // Nothing is left to stop; it gives the folder back.
      await server.stop();
      server = await start(port);
    },
    stop: async (keep) => {
      await server.stop();
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readPid(folder: string): number {
  return Number(
    readFileSync(join(folder, "postgres", "cluster", "postmaster.pid"), "utf8").split("\n", 1)[0],
  );
}
