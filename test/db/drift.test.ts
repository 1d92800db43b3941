import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CATALOG_COMMAND, readCommittedCatalog, type Catalog } from "../../src/db/catalog.ts";
import { readCatalog } from "../../src/db/catalog.sql.ts";
import { compareCatalogs, describeDifference } from "../../src/db/compareCatalogs.ts";
import { diffSchema, readModels } from "../support/diffSchema.ts";
import { connect } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { DRIFTS, GUARDED_TABLE, POLICY_DRIFTS } from "./support/drifts.ts";

let database: TestDatabase;
let owner: Client;
/** As the migrations made it. */
let migrated: Catalog;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = await connect(database.ownerUrl);
  migrated = await readCatalog(owner);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

async function findDrift(wanted: Catalog): Promise<string[]> {
  return compareCatalogs(wanted, await readCatalog(owner), "exact").map(describeDifference);
}

describe("a migrated database", () => {
  it("has the tables, columns, indexes and keys of prisma/schema", async () => {
    expect(await diffSchema(database.ownerUrl)).toBeUndefined();
  });

  it("is what prisma/catalog.json says", async () => {
    const drift = await findDrift(readCommittedCatalog());
    if (drift.length > 0)
      expect.fail(
        [
          "The migrations make another database than prisma/catalog.json says:",
          ...drift.map((sentence) => `  ${sentence}`),
          `If that is meant, run "${CATALOG_COMMAND}" and commit the file.`,
        ].join("\n"),
      );
    expect(drift).toEqual([]);
  });
});

describe("drift from the models is found:", () => {
  it.each([
    ["another type", "headSequence         Int", "headSequence BigInt", /`headSequence` \(type changed\)/],
    ["a column", "chainHash            String", "more Int\n  chainHash String", /Added column `more`/],
    ["an index", "@@index([tenantId, status])", "@@index([tenantId, name])", /Added index on columns/],
  ])("%s", async (_, before, after, message) => {
    const models = readModels().map(({ path, content }) => ({
      path,
      content: content.replace(before, after),
    }));
    const found = await diffSchema(database.ownerUrl, models);
    expect(found).toMatch(message);
  });
});

describe("drift from the catalog is found:", () => {
  // What a test plants goes with the transaction that readCatalog ends.
  it.each(DRIFTS)("$name", async ({ sql, exact }) => {
    await owner.query(`begin; ${sql}`);
    expect(await findDrift(migrated)).toEqual(exact);
  });

  it("none is left behind", async () => {
    expect(await findDrift(migrated)).toEqual([]);
  });

  it.each(POLICY_DRIFTS)("$name", async ({ sql, exact, needed }) => {
    await owner.query(GUARDED_TABLE);
    const wanted = await readCatalog(owner, ["guarded"]);
    await owner.query(`begin; ${sql}`);
    const actual = await readCatalog(owner, ["guarded"]);
    await owner.query("drop schema guarded cascade");
    expect(compareCatalogs(wanted, actual, "exact").map(describeDifference)).toEqual(exact);
    expect(compareCatalogs(wanted, actual, "needed").map(describeDifference)).toEqual(needed);
  });
});
