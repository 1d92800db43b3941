import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { migrate } from "../../src/db/migrate.ts";
import { connect } from "../support/sqlRefusal.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import { lintMigrations, type MigrationFile, type MigrationFinding } from "./support/lintMigrations.ts";

const FOLDER = "prisma/migrations";
const MIGRATIONS: readonly MigrationFile[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted()
  .map((name) => ({ name, sql: readFileSync(join(FOLDER, name, "migration.sql"), "utf8") }));

/** Findings that are meant. One that is no longer needed fails the test. */
const EXCEPTIONS: readonly (Pick<MigrationFinding, "rule"> & {
  readonly migration: string;
  readonly why: string;
})[] = [
  {
    migration: "20261121150000_events",
    rule: "backfill",
    why: "Puts the one row into EventFeedHead, a table that the same migration makes.",
  },
];

describe("the migrations", () => {
  it("are safe to apply while the release before them runs", async () => {
    const findings = await lintMigrations(MIGRATIONS);
    const isMeant = ({ at, rule }: MigrationFinding): boolean =>
      EXCEPTIONS.some((exception) => exception.rule === rule && at.startsWith(`${exception.migration}:`));
    expect(findings.filter((finding) => !isMeant(finding))).toEqual([]);
    const idle = EXCEPTIONS.filter(
      ({ migration, rule }) =>
        !findings.some((finding) => finding.rule === rule && finding.at.startsWith(`${migration}:`)),
    );
    expect(idle).toEqual([]);
  });

  it("give up instead of holding everybody else up behind a table that is in use", async () => {
    const database = await createTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), "migrations-"));
    const reader = await connect(database.ownerUrl);
    try {
      cpSync(FOLDER, folder, { recursive: true });
      mkdirSync(join(folder, "29990101000000_more"));
      writeFileSync(
        join(folder, "29990101000000_more", "migration.sql"),
        `alter table scripts."Script" add column more int;`,
      );
      await reader.query(`begin; select count(*) from scripts."Script"`);
      await expect(migrate({ url: database.ownerUrl, folder, lockTimeoutMs: 50 })).rejects.toThrow(
        /lock timeout/,
      );
      await reader.query("rollback");
      expect(await migrate({ url: database.ownerUrl, folder })).toEqual({ applied: ["29990101000000_more"] });
    } finally {
      await reader.end();
      rmSync(folder, { recursive: true });
      await database.drop();
    }
  });
});

/** A table that may hold data, and a type of its. */
const BASE: MigrationFile = {
  name: "1_base",
  sql: `create table scripts."Old" (id int, note text); create type scripts."Kind" as enum ('A');`,
};

describe("a migration is refused for", () => {
  it.each<readonly [MigrationFinding["rule"], string]>([
    ["backfill", `update scripts."Old" set note = 'x'`],
    ["backfill", `insert into scripts."Old" select 1, 'x'`],
    ["backfill", `insert into scripts."Old" values (1, 'x')`],
    ["backfill", `delete from scripts."Old"`],
    ["backfill", `truncate scripts."Old"`],
    ["backfill", `create table scripts."New" as select * from scripts."Old"`],
    ["backfill", `with gone as (delete from scripts."Old" returning id) select id from gone`],
    ["backfill", `select scripts.fill_in()`],
    ["backfill", `do $$ begin update scripts."Old" set note = 'x'; end $$`],
    ["backfill", `do $$ begin perform scripts.fill_in(); end $$`],
    ["drop", `do $$ begin execute 'drop table scripts."Old"'; end $$`],
    ["drop", `drop owned by script_api`],
    ["drop", `drop table scripts."Old"`],
    ["drop", `drop schema scripts cascade`],
    ["drop", `alter table scripts."Old" drop column note`],
    ["rename", `alter table scripts."Old" rename column note to remark`],
    ["rename", `alter type scripts."Kind" rename value 'A' to 'B'`],
    ["blocking_index", `create index on scripts."Old" (note)`],
    ["blocking_index", `alter table scripts."Old" add constraint one unique (note)`],
    ["blocking_index", `alter table scripts."Old" add column code int unique`],
    ["concurrent_index", `create index concurrently on scripts."Old" (note)`],
    ["rewrite", `alter table scripts."Old" alter column id type bigint`],
    ["rewrite", `alter table scripts."Old" set unlogged`],
    ["rewrite", `cluster scripts."Old"`],
    ["rewrite", `lock table scripts."Old"`],
    ["rewrite", `alter table scripts."Old" add column token uuid default gen_random_uuid()`],
    ["rewrite", `alter table scripts."Old" add column place bigint generated always as identity`],
    ["not_null", `alter table scripts."Old" add column code int not null`],
    ["not_null", `alter table scripts."Old" alter column note set not null`],
    ["unvalidated", `alter table scripts."Old" add constraint small check (id < 9)`],
    [
      "unvalidated",
      `alter table scripts."Old" add constraint self foreign key (id) references scripts."Old" (id)`,
    ],
    [
      "unvalidated",
      `alter table scripts."Old" add constraint small check (id < 9) not valid; alter table scripts."Old" validate constraint small`,
    ],
    ["never_validated", `alter table scripts."Old" add constraint small check (id < 9) not valid`],
    ["syntax", `alter tabel scripts."Old" add more int`],
  ])("%s: %s", async (rule, sql) => {
    const found = await lintMigrations([BASE, { name: "2_next", sql: `-- One line.\n\n${sql};` }]);
    expect(found.map((finding) => finding.rule)).toEqual([rule]);
    expect(found[0]!.at).toMatch(rule === "syntax" ? /^2_next:1$/ : /^2_next:3$/);
  });
});

describe("a migration may", () => {
  it.each([
    [
      "do what it likes to a table that it makes",
      `create table scripts."New" (id int); create index on scripts."New" (id); alter table scripts."New" add constraint small check (id < 9), alter id set not null`,
    ],
    ["add a column that may be empty", `alter table scripts."Old" add column more int`],
    [
      "add a column with a fixed default",
      `alter table scripts."Old" add column more timestamptz not null default now()`,
    ],
    ["name an index that may be there", `create index if not exists "Old_note_idx" on scripts."Old" (note)`],
    [
      "write inside a function",
      `create function scripts.f() returns void language sql as 'update scripts."Old" set note = 1'`,
    ],
    [
      "say why a statement is fine",
      `-- lint: allow blocking_index: there is one row per tenant.\ncreate index on scripts."Old" (note)`,
    ],
    ["add a value to an enum", `alter type scripts."Kind" add value 'B'`],
    ["make roles in a block", `do $$ begin create role x; end $$`],
  ])("%s", async (_, sql) => {
    expect(await lintMigrations([BASE, { name: "2_next", sql }])).toEqual([]);
  });

  it("drop something in a contract migration", async () => {
    const sql = `alter table scripts."Old" drop column note; drop table scripts."Old"`;
    expect(
      await lintMigrations([
        { name: "1_base", sql: `create table scripts."Old" (id int, note text)` },
        { name: "2_contract_old", sql },
      ]),
    ).toEqual([]);
  });

  it("validate what an earlier one added", async () => {
    expect(
      await lintMigrations([
        { name: "1_base", sql: `create table scripts."Old" (id int)` },
        { name: "2_add", sql: `alter table scripts."Old" add constraint small check (id < 9) not valid` },
        { name: "3_validate", sql: `alter table scripts."Old" validate constraint small` },
      ]),
    ).toEqual([]);
  });
});
