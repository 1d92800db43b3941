import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { createStatementNames } from "../../src/db/statementNames.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

test("a connection plans a statement once, and lists of rows each time", async () => {
  const testDatabase = await createTestDatabase();
  const database = await openDatabase({
    url: testDatabase.workerUrl,
    role: "script_worker",
    poolSize: 1,
    applicationName: "test-plans",
    keepsPlans: true,
  });
  const { prisma } = database;
  for (const scriptId of ["s1", "s2", "s3"])
    await prisma.scriptStream.updateMany({ where: { scriptId }, data: { materializedSequence: 1 } });
  await prisma.script.findMany({
    where: { OR: Array.from({ length: 100 }, (_, number) => ({ id: `s${number}`, slug: "long" })) },
  });
  const plans = await prisma.$queryRaw<{ text: string; runs: bigint }[]>`
    select left(statement, 30) as text, generic_plans + custom_plans as runs
    from pg_prepared_statements
    where statement not like ${"%pg_prepared_statements%"}`;
  expect(plans).toEqual([{ text: 'UPDATE "scripts"."ScriptStream', runs: 3n }]);
  await database.close();
  await testDatabase.drop();
});

test("the number of names has an end", () => {
  const name = createStatementNames();
  const names = Array.from({ length: 300 }, (_, number) => name({ sql: `select ${number} + $1`, args: [1] }));
  expect(new Set(names.slice(0, 200)).size).toBe(200);
  expect(new Set(names.slice(200))).toEqual(new Set([""]));
  expect(name({ sql: "select 7 + $1", args: [2] })).toBe(names[7]);
});
