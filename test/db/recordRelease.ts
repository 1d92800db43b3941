// Keeps what this release writes into its tables, for every later one to migrate: node test/db/recordRelease.ts.
// Run it on the commit of a release, once, and commit the file; a release that is kept already is left alone.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { createScratchDatabase } from "../demo/scratchDatabase.ts";
import { startProcess } from "../support/startProcess.ts";
import { startTestServer } from "../support/testServer.ts";
import { dumpReleasedData, RELEASED_FOLDER } from "./support/releasedData.ts";

const migration = readdirSync("prisma/migrations", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted()
  .at(-1)!;
const file = join(RELEASED_FOLDER, `${migration}.ndjson`);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
if (existsSync(file)) say(`${migration} is kept already.`);
else await record();

async function record(): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const server = opened.adopt(await startTestServer(say), async (one) => void (await one.stop(false)));
  const scratch = opened.adopt(await createScratchDatabase(server.url, "script_release"), (one) =>
    one.drop(),
  );
  const owner = opened.adopt(new Client({ connectionString: scratch.url }), (one) => one.end());
  await owner.connect();
  const settings = { DATABASE_URL: scratch.url, MODE: "development" };
  const start = async (more: Record<string, string>) =>
    opened.adopt(await startProcess({ ...settings, ...more }), async (one) => void (await one.stop()));
  const service = await start({ SAMPLE: "false" });
  await write(service.url);
  await untilDone(owner);
  await send(service.url, "t1", "/runs", { scriptId: "edited" });
  await untilDone(owner);
  await service.stop();
  // What the worker has not come to.
  const api = await start({ ROLE: "api" });
  await edit(api.url, "t1", "behind", [command("CreateScript", { name: "behind", slug: "behind" })]);
  await api.stop();
  const dump = await dumpReleasedData(owner);
  writeFileSync(file, dump);
  say(`Wrote ${dump.split("\n").length - 1} rows to ${file}.`);
}

/** Versions, one of them published, a rollback and a draft; an archived script; a generic command. */
async function write(url: string): Promise<void> {
  const node = { id: "n1", type: "end", position: { x: 0, y: 0 }, data: { title: "One" } };
  await edit(url, "t1", "edited", [
    command("CreateScript", { name: "edited", slug: "edited" }),
    command("AddNode", { node }),
    command("SetEntryNode", { nodeId: "n1" }),
    command("CommitVersion", { changelog: "First" }),
    command("PublishVersion", { version: 1 }),
    command("UpdateNode", { nodeId: "n1", data: { title: "Two" } }),
    command("CommitVersion", {}),
    command("RollbackToVersion", { version: 1 }),
    command("UpdateNode", { nodeId: "n1", data: { title: "Three" } }),
  ]);
  await edit(url, "t2", "archived", [
    command("CreateScript", { name: "archived", slug: "archived" }),
    command("ChangeStatus", { status: "ARCHIVED" }),
  ]);
  await send(url, "t1", "/commands", { command: "Contacts.Upsert.v1", payload: { name: "Ada" } });
}

async function edit(url: string, tenantId: string, scriptId: string, commands: object[]): Promise<void> {
  await send(url, tenantId, `/scripts/${scriptId}/commands`, { commands });
}

function command(name: string, payload: object): object {
  return { command: `Scripts.${name}.v1`, payload };
}

async function send(url: string, tenantId: string, path: string, body: object): Promise<void> {
  const headers = {
    authorization: "Bearer dev-token",
    "content-type": "application/json",
    "idempotency-key": `${tenantId}${path}`,
    "x-tenant-id": tenantId,
    "x-actor-id": "u1",
    "x-actor-type": "USER",
  };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
}

/** Until everything is materialized, handled and in the feed. */
async function untilDone(owner: Client): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { rows } = await owner.query<{ waiting: number }>(
      `select (
         (select count(*) from scripts."ScriptStream" where "materializedSequence" < "headSequence")
         + (select count(*) from scripts."CommandOutbox" where status not in ('COMPLETED', 'FAILED'))
         + (select count(*) from scripts."DomainEvent" where not "isStamped"))::int as waiting`,
    );
    if (rows[0]!.waiting === 0) return;
    if (performance.now() > deadline)
      throw new Error(`${rows[0]!.waiting} thing(s) are not done after a minute.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
