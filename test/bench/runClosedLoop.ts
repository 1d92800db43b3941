import { benchHeaders } from "./api.ts";
import { FloorConnection } from "./floorConnection.ts";
import { HttpConnection } from "./httpConnection.ts";
import type { LoadJob, LoadResult } from "./loadJob.ts";
import { sendCommand } from "./sendCommand.ts";
import { sendEdit } from "./sendEdit.ts";
import { quantile } from "./statistics.ts";

interface Client {
  readonly once: () => Promise<unknown>;
  readonly close: () => void;
}

/** Edits over HTTP, each connection one at a time. */
export async function runEdits(job: LoadJob & { kind: "edits" }): Promise<LoadResult> {
  const headers = benchHeaders(job.target.tenantId);
  return runClosedLoop(job, async () => {
    const connection = new HttpConnection(job.target.url, headers);
    return { once: () => sendEdit(connection, job.target), close: () => connection.close() };
  });
}

/** Generic commands over HTTP, each connection one at a time. */
export async function runCommands(job: LoadJob & { kind: "commands" }): Promise<LoadResult> {
  const headers = benchHeaders(job.tenantId);
  return runClosedLoop(job, async () => {
    const connection = new HttpConnection(job.url, headers);
    return { once: () => sendCommand(connection), close: () => connection.close() };
  });
}

/** Bare inserts, each connection one at a time. */
export async function runFloor(job: LoadJob & { kind: "floor" }): Promise<LoadResult> {
  const note = "x".repeat(100);
  return runClosedLoop(job, async () => {
    const connection = await FloorConnection.open(job.databaseUrl);
    return { once: () => connection.insert(note), close: () => connection.close() };
  });
}

async function runClosedLoop(
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
  open: () => Promise<Client>,
): Promise<LoadResult> {
  const clients = await Promise.all(Array.from({ length: connections }, open));
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  const work = async (client: Client): Promise<void> => {
    for (let before = performance.now(); before < endsAt;) {
      await client.once();
      const now = performance.now();
      if (now <= endsAt) latencies.push(now - before);
      before = now;
    }
  };
  await Promise.all(clients.map(work));
  for (const client of clients) client.close();
  return {
    done: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}
