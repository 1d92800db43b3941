import { Client, DatabaseError } from "pg";
import { expect } from "vitest";

/** What PostgreSQL said no with. Fails when it said yes. */
export async function refusalOf(
  work: Promise<unknown>,
): Promise<{ code: string | undefined; message: string }> {
  const said = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (said === undefined) expect.fail("The database accepted this.");
  if (!(said instanceof DatabaseError)) throw said as Error;
  return { code: said.code, message: said.message };
}

/** What refusalOf is expected to find: a SQLSTATE, and a message of this form. */
export function refused(code: string, message: RegExp): { code: string; message: string } {
  return { code, message: expect.stringMatching(message) as string };
}

export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A test that ends the session on purpose learns of it from its own query.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
