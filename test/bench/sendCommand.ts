import type { HttpConnection } from "./httpConnection.ts";

/** Sends a generic command that nobody knows: in development it completes without any effect. Throws when it is refused. */
export async function sendCommand(connection: HttpConnection): Promise<void> {
  count++;
  const id = `${run}-${count}`;
  const text = `{"command":"Bench.DoNothing.v1","correlationId":"${id}","payload":{"number":${count}}}`;
  const { status, body } = await connection.post("/commands", text, `idempotency-key: ${id}\r\n`);
  if (status !== 202) throw new Error(`A command was answered with ${status}: ${body.slice(0, 500)}`);
}

let count = 0;
const run = Math.random().toString(36).slice(2, 10);
