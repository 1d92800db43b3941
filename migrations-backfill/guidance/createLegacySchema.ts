import { readFile } from "node:fs/promises";
import type { ClientBase } from "pg";

/** Makes the legacy tables as their service had them, for a test or the demo. Fails where they are already. */
export async function createLegacySchema(client: Pick<ClientBase, "query">): Promise<void> {
  await client.query(await readFile(new URL("legacy.sql", import.meta.url), "utf8"));
}
