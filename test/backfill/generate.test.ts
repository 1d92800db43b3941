import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLegacySchema } from "../../migrations-backfill/guidance/createLegacySchema.ts";
import { generateLegacy } from "../../migrations-backfill/guidance/generate.ts";
import { SMALL, makeLegacy } from "../../migrations-backfill/guidance/makeLegacy.ts";
import type { Planted } from "../../migrations-backfill/guidance/traps/trapContext.ts";
import { TRAPS } from "../../migrations-backfill/guidance/traps.ts";
import { sha256 } from "../../src/kernel/sha256.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import type { TestDatabase } from "../support/testDatabase.ts";

let testDatabase: TestDatabase;
let owner: Client;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  owner = new Client({ connectionString: testDatabase.ownerUrl });
  await owner.connect();
  await createLegacySchema(owner);
});

afterAll(async () => {
  await owner?.end();
  await testDatabase?.drop();
});

function hashOf(seed: number): string {
  const manifest: Planted[] = [];
  const pieces = [...makeLegacy({ ...SMALL, seed, hugeNodes: 50 }, manifest)];
  return sha256(JSON.stringify([pieces, manifest]));
}

test("a seed makes the same data every time, and another seed other data", () => {
  expect(hashOf(7)).toBe(hashOf(7));
  expect(hashOf(7)).not.toBe(hashOf(8));
});

test("the manifest names rows that are there, and every trap as often as asked for", async () => {
  const { manifest, counts } = await generateLegacy(owner, { ...SMALL, trapsEach: 2, hugeNodes: 50 });
  for (const [table, count] of Object.entries(counts)) {
    const { rows } = await owner.query<{ count: number }>(
      `select count(*)::int as count from guidance."${table}"`,
    );
    expect([table, rows[0]!.count]).toEqual([table, count]);
  }
  for (const [table, planted] of Map.groupBy(manifest, (row) => row.table)) {
    const ids = [...new Set(planted.map(({ id }) => id))];
    const { rows } = await owner.query(`select "id" from guidance."${table}" where "id" = any($1)`, [ids]);
    expect([table, rows.length]).toEqual([table, ids.length]);
  }
  const byTrap = Map.groupBy(manifest, ({ trap }) => trap);
  expect([...byTrap.keys()].toSorted()).toEqual(Object.keys(TRAPS).toSorted());
  const ids = manifest.map(({ id, ...row }) => `${id} ${JSON.stringify(row)}`);
  expect(new Set(ids).size).toBe(ids.length);
});

test("what fails half-way leaves nothing behind", async () => {
  const before = await owner.query(`select count(*) from guidance."Script"`);
  // The same ids again.
  await expect(generateLegacy(owner, { ...SMALL, trapsEach: 0 })).rejects.toThrow(/duplicate key/);
  expect((await owner.query(`select count(*) from guidance."Script"`)).rows).toEqual(before.rows);
});
