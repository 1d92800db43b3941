import { setTimeout as delay } from "node:timers/promises";
import { benchHeaders } from "./api.ts";
import { HttpConnection } from "./httpConnection.ts";
import type { Target } from "./loadJob.ts";
import { sendEdit, type EditReceipt } from "./sendEdit.ts";

export interface OfferedEdit extends EditReceipt {
  /** When it should have been sent, and when it was answered; as performance.now() says. */
  readonly dueAt: number;
  readonly answeredAt: number;
}

/** More than are ever busy at the rates that this is for. */
const CONNECTIONS = 64;

/**
 * Sends edits at a fixed rate. Answers how long each took from the moment it was due, so that a stall counts for
 * all the edits that it held up.
 */
export async function offerEdits(
  job: { readonly target: Target; readonly rate: number; readonly seconds: number },
  answered: (edit: OfferedEdit) => void,
): Promise<number[]> {
  const headers = benchHeaders(job.target.tenantId);
  const idle = Array.from({ length: CONNECTIONS }, () => new HttpConnection(job.target.url, headers));
  const latencies: number[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  const total = Math.round(job.rate * job.seconds);
  const send = async (connection: HttpConnection, dueAt: number): Promise<void> => {
    const edit = await sendEdit(connection, job.target);
    const answeredAt = performance.now();
    latencies.push(answeredAt - dueAt);
    answered({ ...edit, dueAt, answeredAt });
    idle.push(connection);
  };
  for (let sent = 0; sent < total;) {
    const dueAt = startedAt + (sent / job.rate) * 1_000;
    const connection = performance.now() >= dueAt ? idle.pop() : undefined;
    if (!connection) {
      await delay(1);
      continue;
    }
    const one = send(connection, dueAt).finally(() => running.delete(one));
    running.add(one);
    sent++;
  }
  await Promise.all(running);
  for (const connection of idle) connection.close();
  return latencies;
}
