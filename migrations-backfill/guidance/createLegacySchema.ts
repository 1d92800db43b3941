import { readFile } from "node:fs/promises";
import type { ClientBase } from "pg";

/** Makes the legacy tables and lets the service use them, for a test or the demo. Fails where they are already. */
export async function createLegacySchema(client: Pick<ClientBase, "query">): Promise<void> {
  for (const file of ["legacy.sql", "grants.sql"])
    await client.query(await readFile(new URL(file, import.meta.url), "utf8"));
}
