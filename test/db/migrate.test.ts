import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { installJobs } from "../../src/db/jobs.ts";
import { migrate } from "../../src/db/migrate.ts";
import { newId } from "../../src/kernel/newId.ts";

const INIT = "20261121000000_scripts_core_init";
/** Every migration of the repository, in order. */
const ALL = readdirSync(new URL("../../prisma/migrations/", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .toSorted();

let url: string;
let folder: string;

beforeEach(async () => {
  url = await createEmptyDatabase();
  folder = mkdtempSync(join(tmpdir(), "migrations-"));
  cpSync("prisma/migrations", folder, { recursive: true });
});

afterEach(async () => {
  rmSync(folder, { recursive: true });
  await query(inject("testCluster").ownerUrl, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
});

async function createEmptyDatabase(): Promise<string> {
  const { ownerUrl } = inject("testCluster");
  const name = `script_empty_${newId().replaceAll("-", "")}`;
  await query(ownerUrl, `create database ${name}`);
  const created = new URL(ownerUrl);
  created.pathname = `/${name}`;
  return created.href;
}

async function query(target: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: target });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function addMigration(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "migration.sql"), sql);
}

describe("migrate", () => {
  it("brings an empty database up to the code, once", async () => {
    const said: string[] = [];
    const first = await migrate({ url, log: (message) => said.push(message) });
    expect(first.applied).toContain(INIT);
    expect(said).toEqual([expect.stringContaining(INIT)]);
    expect(await migrate({ url })).toEqual({ applied: [] });
  });

  it("goes beside tables that are there already", async () => {
    await query(
      url,
      "create table legacy (id int); create schema guidance; create table guidance.flow (id int)",
    );
    expect((await migrate({ url })).applied).toContain(INIT);
  });

  it("applies what is new, functions with semicolons included", async () => {
    await migrate({ url, folder });
    addMigration(
      "29990101000000_more",
      "create function scripts.two() returns int language plpgsql as $$ begin return 2; end $$;",
    );
    expect(await migrate({ url, folder })).toEqual({ applied: ["29990101000000_more"] });
    expect(await query(url, "select scripts.two()")).toEqual([{ two: 2 }]);
  });

  it("keeps nothing of a migration that fails, names it, and tries it again", async () => {
    await migrate({ url, folder });
    addMigration("29990101000000_wrong", "create table scripts.half (id int); select 1 / 0;");
    await expect(migrate({ url, folder })).rejects.toThrow(
      /^Migration 29990101000000_wrong failed and nothing of it was kept: .*division by zero/s,
    );
    expect(await query(url, "select to_regclass('scripts.half') as half")).toEqual([{ half: null }]);
    addMigration("29990101000000_wrong", "create table scripts.half (id int);");
    expect(await migrate({ url, folder })).toEqual({ applied: ["29990101000000_wrong"] });
  });

  it("goes on after a process that was killed in the middle of a migration", async () => {
    await migrate({ url, folder });
    await query(
      url,
      `insert into _prisma_migrations (id, checksum, migration_name) values ('x', 'y', '29990101000000_cut')`,
    );
    addMigration("29990101000000_cut", "create table scripts.cut (id int);");
    expect(await migrate({ url, folder })).toEqual({ applied: ["29990101000000_cut"] });
  });

  it("refuses a migration that was edited after it was applied", async () => {
    addMigration("29990101000000_edited", "create table scripts.one (id int);");
    await migrate({ url, folder });
    addMigration("29990101000000_edited", "create table scripts.two (id int);");
    await expect(migrate({ url, folder })).rejects.toThrow(
      /^Migration 29990101000000_edited was applied to this database with another content/,
    );
  });

  it("refuses a database that is newer than the code", async () => {
    addMigration("29990101000000_newer", "create table scripts.one (id int);");
    await migrate({ url, folder });
    rmSync(join(folder, "29990101000000_newer"), { recursive: true });
    await expect(migrate({ url, folder })).rejects.toThrow(
      /^The database has migration 29990101000000_newer, which this version of the code does not know/,
    );
  });

  it("runs once when several processes start at once", async () => {
    const program = `
      import { migrate } from "./src/db/migrate.ts";
      import { installJobs } from "./src/db/jobs.ts";
      const { applied } = await migrate({ url: process.argv[1] });
      await installJobs({ url: process.argv[1] });
      process.stdout.write(JSON.stringify(applied));`;
    const outputs = await Promise.all(
      [1, 2, 3].map(() =>
        promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", program, url]),
      ),
    );
    const applied = outputs.map(({ stdout }) => JSON.parse(stdout) as string[]);
    expect(applied.filter((names) => names.length > 0)).toEqual([ALL]);
  });

  it("makes the cluster's roles once when databases of it are migrated at once", async () => {
    const others = await Promise.all([createEmptyDatabase(), createEmptyDatabase()]);
    const outcomes = await Promise.all([url, ...others].map((target) => migrate({ url: target })));
    expect(outcomes).toEqual([{ applied: ALL }, { applied: ALL }, { applied: ALL }]);
    for (const target of others)
      await query(
        inject("testCluster").ownerUrl,
        `drop database ${new URL(target).pathname.slice(1)} with (force)`,
      );
  });
});

it("installs the job tables again without a change", async () => {
  await migrate({ url });
  await installJobs({ url });
  const before = await query(url, "select name, policy, dead_letter from pgboss.queue order by name");
  await installJobs({ url });
  expect(await query(url, "select name, policy, dead_letter from pgboss.queue order by name")).toEqual(
    before,
  );
});
