import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertSchema, findSchemaProblems } from "../../src/db/assertSchema.ts";
import type { Catalog } from "../../src/db/catalog.ts";
import { readCatalog } from "../../src/db/catalog.sql.ts";
import { readConfig } from "../../src/main/config.ts";
import { openStore } from "../../src/main/openStore.ts";
import { connect } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { DRIFTS } from "./support/drifts.ts";

let database: TestDatabase;
/** What the migrations made; that it is what prisma/catalog.json says has a test of its own. */
let needed: Catalog;

beforeEach(async () => {
  database = await createTestDatabase();
  const owner = await connect(database.ownerUrl);
  needed = await readCatalog(owner);
  await owner.end();
});

afterEach(async () => {
  await database.drop();
});

async function run(sql: string): Promise<void> {
  const owner = await connect(database.ownerUrl);
  await owner.query(sql);
  await owner.end();
}

// Roles belong to the whole cluster, and other tests run on it at this moment.
const OF_THIS_DATABASE = DRIFTS.filter(({ sql }) => !/\b(?:alter role|grant script_log)\b/.test(sql));

describe("the schema check", () => {
  it("lets a migrated database pass, for every runtime role", async () => {
    for (const url of [database.apiUrl, database.workerUrl, database.operatorUrl, database.ownerUrl])
      expect(await findSchemaProblems({ url, needed, exact: true })).toEqual([]);
  });

  it.each(OF_THIS_DATABASE.filter(({ needed }) => needed.length > 0))(
    "says no to $name, and what it is",
    async ({ sql, needed: says }) => {
      await run(sql);
      expect(await findSchemaProblems({ url: database.apiUrl, needed })).toEqual(says);
    },
  );

  it.each(OF_THIS_DATABASE.filter(({ needed }) => needed.length === 0))(
    "does not mind $name, but tells the operator",
    async ({ sql, exact }) => {
      await run(sql);
      expect(await findSchemaProblems({ url: database.workerUrl, needed })).toEqual([]);
      expect(await findSchemaProblems({ url: database.operatorUrl, needed, exact: true })).toEqual(exact);
    },
  );

  it("names the way out, and lists no more than a screen", async () => {
    await run("drop schema scripts cascade");
    const said = await assertSchema({ url: database.ownerUrl }).then(
      () => "nothing",
      (error: Error) => error.message,
    );
    expect(said).toMatch(/^Database .* lacks what this version of the service needs:\n {2}The /);
    expect(said).toContain("MIGRATE=true");
    expect(said.split("\n").length).toBeLessThan(15);
  });

  it("says which server does not answer", async () => {
    const url = database.apiUrl.replace(/:\d+\//, ":1/");
    await expect(assertSchema({ url })).rejects.toThrow(/^Cannot connect to the database .*ECONNREFUSED/);
  });
});

describe("a start", () => {
  const configOf = (more: Record<string, string>) =>
    readConfig({ DATABASE_URL: database.ownerUrl, API_DATABASE_URL: database.apiUrl, ...more });
  const log = pino({ level: "silent" });

  it.each(["true", "false"])("with MIGRATE=%s goes on with a schema that is whole", async (MIGRATE) => {
    const store = await openStore({ log }, configOf({ MIGRATE }));
    expect(store.migrations).toEqual([]);
    await store.stop();
  });

  it.each(["true", "false"])("with MIGRATE=%s refuses one that is not", async (MIGRATE) => {
    await run(`alter table scripts."ScriptCommand" disable trigger "ScriptCommand_append_only"`);
    await expect(openStore({ log }, configOf({ MIGRATE }))).rejects.toThrow(
      'The trigger scripts.ScriptCommand.ScriptCommand_append_only is "disabled" and should be "always".',
    );
  });
});
