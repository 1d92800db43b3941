import { describe, expect, test } from "vitest";
import { EXCEPTIONS } from "./exceptions.ts";
import { findOffences } from "./findOffences.ts";
import { LAYERS } from "./layers.ts";
import type { Offence } from "./offence.ts";
import { MODEL_WRITERS } from "./modelWriters.ts";
import { readModelNames } from "./readModelNames.ts";
import { readSources } from "./readSources.ts";

/** A scan that finds next to nothing is a gate that checks nothing. Far below what there is, far above zero. */
const FEWEST_FILES = 100;

describe("the source of the service", () => {
  const files = readSources();
  const offences = findOffences(files);

  test("is scanned as a whole", () => {
    expect(files.length).toBeGreaterThan(FEWEST_FILES);
    const folders = new Set(files.map(({ path }) => path.split("/")[1]));
    for (const folder of [
      "main",
      "http",
      "commands",
      "materializer",
      "log",
      "reads",
      "db",
      "scripts",
      "kernel",
    ])
      expect(folders, `src/${folder} holds no source`).toContain(folder);
  });

  test("keeps the direction of imports, the purity of the core and the doors of the database", () => {
    expect(offences.filter((offence) => !EXCEPTIONS.some((exception) => covers(exception, offence)))).toEqual(
      [],
    );
  });

  test("says of each table who writes it", () => {
    const models = readModelNames();
    expect(models.length).toBeGreaterThan(10);
    expect(models.filter((model) => !(model in MODEL_WRITERS))).toEqual([]);
    expect(Object.keys(MODEL_WRITERS).filter((model) => !models.includes(model))).toEqual([]);
  });

  test("has no exception that nothing needs any more", () => {
    const idle = EXCEPTIONS.filter((exception) => !offences.some((offence) => covers(exception, offence)));
    expect(idle).toEqual([]);
  });
});

function covers(exception: (typeof EXCEPTIONS)[number], { rule, at }: Offence): boolean {
  return exception.rule === rule && at.startsWith(`${exception.path}:`);
}

describe("an offence is found", () => {
  /** Rule, path of the planted file, its text. */
  const planted: readonly (readonly [Offence["rule"], string, string])[] = [
    ["direction", "src/log/a.ts", 'import { x } from "../http/x.ts";'],
    ["direction", "src/scripts/a.ts", 'import type { Prisma } from "../db/generated/client.ts";'],
    ["direction", "src/kernel/a.ts", 'export * from "../scripts/state.ts";'],
    ["direction", "src/scripts/commands/a.ts", 'import "../../db/openDatabase.ts";'],
    ["direction", "src/reads/a.ts", 'import { appendCommands } from "../log/appendCommands.ts";'],
    ["direction", "src/scripts/a.ts", 'import { advance } from "../runs/advance.ts";'],
    ["direction", "src/db/a.ts", 'const { x } = await import("../commands/x.ts");'],
    ["direction", "src/scripts/a.ts", 'type Row = import("../db/rows.ts").Row;'],
    ["direction", "src/main/a.ts", 'import { fake } from "../../test/support/fake.ts";'],
    [
      "direction",
      "src/kernel/a.ts",
      'import {\n  one, // from above\n  two,\n} from\n  "../scripts/two.ts";',
    ],
    ["direction", "src/kernel/a.ts", 'const quote = /["\']/;\nimport { x } from "../db/x.ts";'],
    ["direction", "src/kernel/a.ts", 'const text = `${ { a: `b` }.a } "`;\nimport { x } from "../db/x.ts";'],
    ["computed_import", "src/http/a.ts", "await import(`../${name}.ts`);"],
    ["computed_import", "src/http/a.ts", 'await import("./" + "../log/appendCommands.ts");'],
    ["computed_import", "src/http/a.ts", 'import pg from "/srv/node_modules/pg/lib/index.js";'],
    ["computed_import", "src/http/a.ts", 'import { x } from "file:///srv/src/main/x.ts";'],
    ["computed_import", "src/http/a.ts", 'await import("data:text/javascript,1");'],
    ["computed_import", "src/http/a.ts", 'import { x } from "#log/appendCommands.ts";'],
    ["computed_import", "src/http/a.ts", 'import { createRequire } from "node:module";'],
    ["computed_import", "src/ops/a.ts", 'import { Worker } from "node:worker_threads";'],
    ["computed_import", "src/http/a.ts", 'process.getBuiltinModule("node:module");'],
    ["computed_import", "src/http/a.ts", 'eval("process.env.X");'],
    ["computed_import", "src/http/a.ts", 'const run = new Function("return 1");'],
    ["computed_import", "src/commands/a.ts", 'await Reflect.get(tx, "scriptVersion").create({});'],
    ["computed_import", "src/http/a.ts", "const require = createRequire(import.meta.url);\nrequire(name);"],
    ["pure_import", "src/scripts/a.ts", 'import { readFileSync } from "node:fs";'],
    ["pure_import", "src/scripts/a.ts", 'import pg from "pg";'],
    ["pure_import", "src/scripts/a.ts", 'import { randomUUID } from "node:crypto";'],
    ["pure_import", "src/kernel/a.ts", 'import { PrismaClient } from "@prisma/client";'],
    ["pure_import", "src/kernel/a.ts", 'import { PgBoss } from "pg-boss";'],
    ["pure_import", "src/scripts/a.ts", "import express from 'express';"],
    ["driver_import", "src/reads/a.ts", 'import pg from "pg";'],
    ["pure_clock_or_chance", "src/scripts/a.ts", "const now = Date.now();"],
    ["pure_clock_or_chance", "src/scripts/a.ts", "const now = new Date();"],
    ["pure_clock_or_chance", "src/scripts/a.ts", "const dice = Math.random();"],
    ["environment", "src/http/a.ts", "const port = process.env.PORT;"],
    ["environment", "src/http/a.ts", 'const port = process["env"].PORT;'],
    ["environment", "src/http/a.ts", "const { env } = process;"],
    ["environment", "src/http/a.ts", "const here = process; const port = here.env.PORT;"],
    ["environment", "src/http/a.ts", "readPort(process);"],
    ["environment", "src/http/a.ts", 'import { env } from "node:process";'],
    ["raw_sql", "src/reads/a.ts", "await prisma.$queryRaw`select 1`;"],
    ["raw_sql", "src/reads/a.sql.ts", "const raw = prisma.$queryRaw;"],
    ["raw_sql", "src/reads/a.sql.ts", "const { $queryRaw } = prisma;"],
    ["raw_sql", "src/reads/a.sql.ts", "await prisma.$queryRaw(statement);"],
    ["raw_sql", "src/events/a.ts", 'await boss.getDb().executeSql("del" + "ete from x");'],
    ["raw_sql", "src/http/a.ts", 'const { rows } = await pool.query<Row>("select 1");'],
    ["unsafe_sql", "src/reads/a.ts", 'await prisma.$queryRawUnsafe("select 1");'],
    ["unsafe_sql", "src/reads/a.sql.ts", "await prisma.$queryRawUnsafe(`select ${name}`);"],
    ["unsafe_sql", "src/reads/a.sql.ts", "await prisma.$executeRawUnsafe(text);"],
    ["unsafe_sql", "src/reads/a.sql.ts", 'await prisma["$queryRawUnsafe"](text);'],
    ["unsafe_sql", "src/reads/a.sql.ts", "const part = Prisma.raw(text);"],
    ["unsafe_sql", "src/reads/a.sql.ts", 'const part = Prisma["raw"](text);'],
    ["unsafe_sql", "src/reads/a.sql.ts", "const { raw } = Prisma;"],
    ["unsafe_sql", "src/reads/a.sql.ts", "const part = new Prisma.Sql([text], []);"],
    ["unsafe_sql", "src/reads/a.ts", 'await prisma["$query" + "Raw"]`select 1`;'],
    ["raw_sql", "src/reads/a.sql.ts", "await prisma.$executeRaw`select 1`;"],
    ["sql_write", "src/log/a.sql.ts", 'await tx.$queryRaw`\n  insert into scripts."Script" values (1)`;'],
    [
      "sql_write",
      "src/log/a.sql.ts",
      'await tx.$queryRaw`update scripts."ScriptStream" s\n  set "headSequence" = 1`;',
    ],
    ["sql_write", "src/log/a.sql.ts", 'await tx.$queryRaw`delete from "ScriptCommand"`;'],
    ["sql_write", "src/log/a.sql.ts", 'await tx.$queryRaw`merge into scripts."Script" using x on true`;'],
    ["sql_write", "src/log/a.sql.ts", 'await tx.$queryRaw`truncate scripts."Script"`;'],
    ["sql_write", "src/db/a.ts", 'await client.query(`copy scripts."Script" from stdin`);'],
    ["sql_write", "src/db/a.ts", 'await client.query(`\n  insert into scripts."Script" values (1)`);'],
    [
      "sql_write",
      "src/log/a.sql.ts",
      'await tx.$queryRaw`with gone as (delete from scripts."Script" returning id) select id from gone`;',
    ],
    ["sql_read_only", "src/log/a.sql.ts", 'await tx.$queryRaw`delete /* all */ from scripts."Script"`;'],
    [
      "sql_read_only",
      "src/log/a.sql.ts",
      'await tx.$queryRaw`insert -- now\n into scripts."Script" values (1)`;',
    ],
    [
      "sql_write",
      "src/log/a.sql.ts",
      'await tx.$queryRaw`select id into scripts.mine from scripts."Script"`;',
    ],
    [
      "sql_write",
      "src/log/a.sql.ts",
      'await tx.$queryRaw`with x as (update scripts . "Script" set name = ${name} returning id) select id from x`;',
    ],
    ["sql_read_only", "src/log/a.sql.ts", 'await tx.$queryRaw`update scripts . "Script" set name = 1`;'],
    ["sql_read_only", "src/log/a.sql.ts", "await tx.$queryRaw`${statement}`;"],
    ["sql_read_only", "src/log/a.sql.ts", "await tx.$queryRaw`call scripts_move(1)`;"],
    ["sql_read_only", "src/log/a.sql.ts", "await tx.$queryRaw`do $$ begin null; end $$`;"],
    ["sql_read_only", "src/log/a.sql.ts", "await tx.$queryRaw<Row[]>`lock table x`;"],
    ["sql_read_only", "src/db/a.ts", 'await client.query("call scripts_move(1)");'],
    ["sql_function", "src/log/a.sql.ts", "await tx.$queryRaw`select scripts.check_log_continues()`;"],
    ["sql_function", "src/log/a.sql.ts", "await tx.$queryRaw`select setval('x', 1)`;"],
    ["sql_function", "src/log/a.sql.ts", "await tx.$queryRaw`select scripts/**/.evil/**/()`;"],
    [
      "sql_function",
      "src/log/a.sql.ts",
      "await tx.$queryRaw`select query_to_xml('del' || 'ete from x', true, true, '')`;",
    ],
    ["ddl", "src/log/a.sql.ts", "const text = `create unique index concurrently mine on x (y)`;"],
    ["ddl", "src/ops/a.sql.ts", 'const text = `grant select on scripts."Script" to somebody`;'],
    ["ddl", "src/ops/a.ts", 'const text = "DROP TABLE mine";'],
    ["prisma_client", "src/ops/a.ts", "const prisma = new PrismaClient({ adapter });"],
    ["prisma_client", "src/main/a.ts", "const wide = prisma.$extends({});"],
    [
      "prisma_client",
      "src/http/a.ts",
      'import { PrismaClient as Client } from "../db/generated/client.ts";\nnew Client();',
    ],
    ["prisma_client", "src/http/a.ts", 'import * as all from "../db/generated/client.ts";'],
    ["prisma_client", "src/http/a.ts", 'import { Prisma as P } from "../db/generated/client.ts";'],
    ["prisma_client", "src/http/a.ts", 'export { PrismaClient } from "../db/generated/client.ts";'],
    ["prisma_client", "src/http/a.ts", 'import { x } from "../db/generated/internal/class.ts";'],
    ["driver_import", "src/ops/a.ts", 'import { PrismaPg } from "@prisma/adapter-pg";'],
    ["driver_import", "src/ops/a.ts", 'import Cursor from "pg-cursor";'],
    ["driver_import", "src/events/a.ts", 'import type { Client } from "pg";'],
    ["prisma_write", "src/commands/a.ts", "await tx.scriptVersion.create({ data });"],
    ["prisma_write", "src/commands/a.ts", 'await tx["scriptVersion"].create({ data });'],
    ["prisma_write", "src/ops/a.ts", "const { scriptCommand: log } = tx;"],
    ["prisma_write", "src/commands/a.ts", "await tx.scriptAuditLog\n  .createMany({ data });"],
    ["prisma_write", "src/commands/a.ts", "const versions = tx.scriptVersion;"],
    ["prisma_write", "src/commands/a.ts", "await tx.script.update({ where, data });"],
    ["prisma_write", "src/commands/a.ts", "prisma.$transaction([prisma.scriptVersion.create({ data })]);"],
    ["prisma_write", "src/commands/a.ts", 'await writer.scriptVersion["create"]({ data });'],
    ["prisma_write", "src/commands/a.ts", "await tx.scriptVersion!.create({ data });"],
    ["prisma_write", "src/commands/a.ts", "const versions = writer.scriptVersion;"],
    ["prisma_write", "src/commands/a.ts", "await write(deps.inside.scriptVersion);"],
    ["prisma_write", "src/commands/a.ts", "const write = ({ scriptVersion }) => scriptVersion.create({});"],
    ["prisma_write", "src/commands/a.ts", "const { scriptVersion: { create } } = deps.writer;"],
    ["prisma_write", "src/commands/a.ts", "const name = part + rest; await tx[name].updateMany({ data });"],
    ["prisma_write", "src/access/a.ts", "const commands = writer.commandOutbox;"],
    [
      "prisma_write",
      "src/runner/a.ts",
      "await tx.scriptRun.update({ where, data: { script: { update: { status } } } });",
    ],
    ["prisma_write", "src/materializer/a.ts", "await tx.scriptCommand.create({ data });"],
    [
      "append_commands",
      "src/commands/a.sql.ts",
      "await tx.$queryRaw`select scripts.append_commands(${json}::jsonb)`;",
    ],
    [
      "append_commands",
      "src/log/b.sql.ts",
      "await tx.$queryRaw`select scripts.append_commands(${json}::jsonb)`;",
    ],
    ["edit_path", "src/http/routes/a.ts", 'import { appendCommands } from "../../log/appendCommands.ts";'],
    [
      "edit_path",
      "src/http/routes/a.ts",
      'import { type X, createGroupCommit } from "../../log/groupCommit.ts";',
    ],
    [
      "edit_path",
      "src/http/a.ts",
      'import { writeMaterialization } from "../materializer/writeMaterialization.ts";',
    ],
    ["edit_path", "src/runner/a.ts", 'import { submitCommands } from "../commands/submitCommands.ts";'],
    ["edit_path", "src/http/a.ts", 'const { materialize } = await import("../materializer/materialize.ts");'],
    ["direction", "src/ops/a.ts", 'import { drive } from "../../migrations-backfill/core/drive.ts";'],
    ["direction", "migrations-backfill/core/a.ts", 'import { readConfig } from "../../src/main/config.ts";'],
    [
      "edit_path",
      "migrations-backfill/core/a.ts",
      'import { appendCommands } from "../../src/log/appendCommands.ts";',
    ],
    [
      "append_commands",
      "migrations-backfill/core/a.ts",
      "await client.query(`select scripts.append_commands($1)`);",
    ],
    ["prisma_write", "migrations-backfill/core/a.ts", "await tx.scriptVersion.create({ data });"],
    ["unknown_folder", "src/shared/a.ts", "export const one = 1;"],
    ["unknown_folder", "src/a.ts", "export const one = 1;"],
  ];

  test.each(planted)("%s in %s: %s", (rule, path, text) => {
    const found = findOffences([{ path, text }]);
    expect(found.map((offence) => offence.rule)).toEqual([rule]);
    expect(found[0]!.at.startsWith(`${path}:`)).toBe(true);
  });

  test.each([
    ["hands on", 'export { appendCommands } from "./appendCommands.ts";'],
    ["hands on all of", 'export * from "./appendCommands.ts";'],
    [
      "calls",
      'import { appendCommands } from "./appendCommands.ts";\nexport const write = () => appendCommands();',
    ],
  ])("behind a file that %s what writes scripts", (_, text) => {
    const between = { path: "src/log/between.ts", text };
    const further = { path: "src/log/further.ts", text: 'export { write } from "./between.ts";' };
    const user = (path: string) => ({ path, text: 'import { write } from "../log/further.ts";' });
    const found = findOffences([between, further, user("src/http/a.ts"), user("src/main/a.ts")]);
    expect(found).toMatchObject([{ rule: "edit_path", at: "src/http/a.ts:1" }]);
  });

  test("with the line that it stands on", () => {
    const text = "// one\n/* two\n   three */\nconst port = process.env.PORT;\n";
    expect(findOffences([{ path: "src/http/a.ts", text }])).toMatchObject([{ at: "src/http/a.ts:4" }]);
  });
});

describe("no offence is seen in", () => {
  const innocent: readonly (readonly [string, string, string])[] = [
    ["an import from a row below", "src/http/a.ts", 'import { submit } from "../commands/submit.ts";'],
    ["an import of the script's graph by a run", "src/runs/a.ts", 'import { x } from "../scripts/x.ts";'],
    ["an import of the own folder", "src/scripts/commands/a.ts", 'import { x } from "../document/x.ts";'],
    ["a library that the pure core may use", "src/scripts/a.ts", 'import { z } from "zod";'],
    [
      "a comment",
      "src/scripts/a.ts",
      '// import fs from "node:fs"; Date.now(); process.env.X\n/* $queryRaw */',
    ],
    [
      "a text",
      "src/http/a.ts",
      "const hint = 'import \"../main/x.ts\"; process.env.PORT; tx.scriptVersion.create';",
    ],
    ["a read of versions", "src/reads/a.ts", "await prisma.scriptVersion\n  .findMany({ where });"],
    ["a member that is called like a model", "src/guidance/a.ts", "const version = row.scriptVersion;"],
    ["the one who writes a table", "src/runner/a.ts", "await tx.scriptRun.update({ where, data });"],
    [
      "a move that main starts",
      "src/main/a.ts",
      'import { drive } from "../../migrations-backfill/core/drive.ts";',
    ],
    [
      "a read of a legacy table",
      "migrations-backfill/core/a.ts",
      "await client.query(`begin; update legacy.flow set frozen = true`);",
    ],
    ["a part of a statement", "src/log/a.sql.ts", 'const columns = Prisma.sql`script."id", script."name"`;'],
    ["a raw read in its own file", "src/reads/a.sql.ts", "await tx.$queryRaw`select 1 for update`;"],
    ["a type that names a raw query", "src/log/a.ts", 'type Tx = Pick<Client, "$queryRaw">;'],
    [
      "a look-up of the append function",
      "src/db/a.sql.ts",
      "tx.$queryRaw`select 'scripts.append_commands(jsonb)'::regprocedure`",
    ],
    ["a date made from a stored time", "src/scripts/a.ts", "const at = new Date(command.createdAt);"],
    [
      "a type of the door to the log",
      "src/http/a.ts",
      'import { type AppendOutcome } from "../log/appendCommands.ts";',
    ],
    [
      "the door to the log",
      "src/log/appendCommands.sql.ts",
      "tx.$queryRaw`select scripts.append_commands(${json}::jsonb)`;",
    ],
    ["a type that names an unsafe query", "src/log/a.ts", 'type Tx = Pick<Client, "$queryRawUnsafe">;'],
    ["a client's type", "src/reads/a.ts", 'import type { PrismaClient } from "../db/generated/client.ts";'],
    ["a role that src/db makes", "src/db/a.ts", "await client.query(`alter role ${name} login`);"],
    [
      "a read with parts",
      "src/log/a.sql.ts",
      "await tx.$queryRaw<Row[]>`with x as (select 1) select ${a ? `b` : c} from x for update`;",
    ],
    ["a query of a URL", "src/http/a.ts", "const { q } = request.query;"],
    [
      "a word that only looks like a write",
      "src/http/a.ts",
      'const message = "Update the script and set its name.";',
    ],
  ];

  test.each(innocent)("%s", (_, path, text) => {
    expect(findOffences([{ path, text }])).toEqual([]);
  });

  test("a neighbour that does not exist yet", () => {
    expect(LAYERS.flat()).toEqual([...new Set(LAYERS.flat())]);
  });
});
