import { statfsSync } from "node:fs";
import type { RuntimeRole } from "../../db/connectionUrl.ts";
import { formatDuration } from "../frame/duration.ts";
import type { OpsStore } from "../frame/store.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { selectServer } from "./doctor.sql.ts";

const OLDEST_SERVER = 15;
/** Times of commands come from several clocks; past this "as of" a time answers surprisingly. */
const MAX_SKEW_MS = 2_000;
const LONG_TRANSACTION_SECONDS = 300;

export async function diagnoseServer({ prisma }: OpsStore, now: () => Date): Promise<readonly Diagnosis[]> {
  const before = now().getTime();
  const server = await selectServer(prisma);
  const after = now().getTime();
  // The server looked at its clock somewhere between the two.
  const skewMs = Math.max(0, before - server.clock.getTime(), server.clock.getTime() - after);
  const share = server.connections / server.maxConnections;
  return [
    {
      what: "server",
      result: Number.parseInt(server.version, 10) >= OLDEST_SERVER ? "ok" : "bad",
      says: `PostgreSQL ${server.version}, database ${server.database}, ${toGigabytes(server.sizeBytes)}`,
    },
    {
      what: "clock",
      result: skewMs <= MAX_SKEW_MS ? "ok" : "bad",
      says: `the server's clock and ours differ by ${skewMs <= 1 ? "less than a round trip" : formatDuration(skewMs)}`,
    },
    {
      what: "connections",
      result: share < 0.8 ? "ok" : "bad",
      says: `${server.connections} of ${server.maxConnections}, ${server.waitingForLocks} waiting for locks`,
    },
    diagnoseTransactions(server.oldestTransactionSeconds),
  ];
}

function diagnoseTransactions(seconds: number | null): Diagnosis {
  const what = "transactions";
  if (seconds === null)
    return {
      what,
      result: "note",
      says: "those of others cannot be seen: grant pg_read_all_stats to script_operator",
    };
  return {
    what,
    result: seconds < LONG_TRANSACTION_SECONDS ? "ok" : "note",
    says: seconds < 1 ? "none is open for long" : `the oldest is open for ${formatDuration(seconds * 1_000)}`,
  };
}

const ROLES: readonly RuntimeRole[] = ["script_operator", "script_api", "script_worker"];

export async function diagnoseRoles(store: OpsStore): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const role of ROLES) found.push(await diagnoseRole(store, role));
  return found;
}

async function diagnoseRole(store: OpsStore, role: RuntimeRole): Promise<Diagnosis> {
  const what = `role ${role}`;
  try {
    await store.as(role);
    return { what, result: "ok", says: "can be taken and reads the log" };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    // An operator's own login need not be able to act as the others.
    return { what, result: says.startsWith("This needs role") ? "note" : "bad", says };
  }
}

const LEAST_FREE_BYTES = 1e9;

export async function diagnoseDisk({ embedded }: OpsStore): Promise<readonly Diagnosis[]> {
  if (embedded === undefined) return [];
  const { bavail, bsize } = statfsSync(embedded);
  const free = bavail * bsize;
  return [
    {
      what: "disk",
      result: free >= LEAST_FREE_BYTES ? "ok" : "bad",
      says: `${toGigabytes(free)} free for the embedded database in ${embedded}`,
    },
  ];
}

function toGigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
