import { join } from "node:path";
import { installJobs } from "../../src/db/jobs.ts";
import { migrate } from "../../src/db/migrate.ts";
import type { CrashingPostgres } from "./crashingPostgres.ts";
import { createSlot, type ServiceSlot } from "./serviceSlot.ts";
import { startTcpProxy } from "./tcpProxy.ts";

/** Two APIs and two workers on one database, each with a wire of its own to it. */
export async function openService(
  postgres: CrashingPostgres,
  onDeath: (what: string) => void,
): Promise<readonly ServiceSlot[]> {
  await migrate({ url: postgres.ownerUrl });
  await installJobs({ url: postgres.ownerUrl });
  const places = [
    ["api-1", "api"],
    ["api-2", "api"],
    ["worker-1", "worker"],
    ["worker-2", "worker"],
  ] as const;
  const slots = await Promise.all(
    places.map(async ([name, role]) => {
      const proxy = await startTcpProxy({ port: postgres.port });
      const through = (url: string): string => withPort(url, proxy.port);
      return createSlot({
        name,
        role,
        proxy,
        onDeath,
        logFile: join(postgres.folder, `${name}.log`),
        settings: {
          MODE: "development",
          DATABASE_URL: through(postgres.ownerUrl),
          API_DATABASE_URL: through(postgres.apiUrl),
          WORKER_DATABASE_URL: through(postgres.workerUrl),
          ...SETTINGS,
        },
      });
    }),
  );
  await Promise.all(slots.map((slot) => slot.start()));
  if (slots.some((slot) => slot.url === undefined)) throw new Error("The service does not start.");
  return slots;
}

/** Shorter than in earnest, so that a minute is enough to see whether what waits for them comes. */
const SETTINGS = {
  MIGRATE: "false",
  RATE_LIMIT_PER_MINUTE: "0",
  HEARTBEAT_SECONDS: "1",
  STREAM_HEARTBEAT_SECONDS: "1",
  SWEEP_INTERVAL_SECONDS: "3",
  RUN_SWEEP_INTERVAL_SECONDS: "1",
  IDEMPOTENCY_LEASE_SECONDS: "5",
  IDEMPOTENCY_WAIT_SECONDS: "3",
};

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
