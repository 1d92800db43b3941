import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findSchemaProblems } from "../../src/db/assertSchema.ts";
import { installJobs } from "../../src/db/jobs.ts";
import { migrate } from "../../src/db/migrate.ts";
import { connect } from "../support/sqlRefusal.ts";
import { startApp } from "../support/startApp.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import {
  dumpReleasedData,
  insertReleasedData,
  readReleasedData,
  readReleasedRows,
  toTables,
  type ReleasedData,
} from "./support/releasedData.ts";

const MIGRATIONS = "prisma/migrations";
const RELEASES = readReleasedData();

describe.each(RELEASES)("the data of release $migration", (release) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase({ isMigrated: false });
    await migrateUpTo(database.ownerUrl, release.migration);
    const owner = await connect(database.ownerUrl);
    await insertReleasedData(owner, release);
    await owner.end();
  });

  afterEach(async () => {
    await database.drop();
  });

  it("comes through all later migrations as it was", async () => {
    expect((await migrate({ url: database.ownerUrl })).applied).toEqual(
      names().filter((name) => name > release.migration),
    );
    const owner = await connect(database.ownerUrl);
    expect(await readReleasedRows(owner, release)).toEqual(release.tables);
    await owner.end();
    await installJobs({ url: database.ownerUrl });
    expect(await findSchemaProblems({ url: database.ownerUrl })).toEqual([]);
  });

  it("is not what it was when a migration changes a row", async () => {
    database.allowUnsound("a row is changed by hand");
    const owner = await connect(database.ownerUrl);
    await owner.query(`update scripts."Script" set "name" = "name" || '!' where id = 'behind'`);
    expect(await readReleasedRows(owner, release)).not.toEqual(release.tables);
    await owner.end();
  });

  it("is read, edited and materialized by the code of today", async () => {
    await migrate({ url: database.ownerUrl });
    await installJobs({ url: database.ownerUrl });
    const app = await startApp({ database: { ...database, drop: async () => undefined } });
    try {
      for (const { tenantId, scriptId, headSequence } of scriptsOf(release)) {
        const client = app.client.as({ "x-tenant-id": tenantId });
        const edited = await client.post(`/scripts/${scriptId}/commands`, {
          commands: [
            { command: "Scripts.UpdateDetails.v1", payload: { description: "Edited after the migration." } },
          ],
          expectedSequence: headSequence,
        });
        expect(edited.body).toMatchObject({ headSequence: headSequence + 1 });
        await expect
          .poll(
            async () =>
              (await app.prisma.scriptStream.findFirst({ where: { tenantId, scriptId } }))
                ?.materializedSequence,
            {
              timeout: 20_000,
            },
          )
          .toBe(headSequence + 1);
      }
      for (const { tenantId, scriptId, version, graphHash } of sealedOf(release)) {
        const read = await app.client
          .as({ "x-tenant-id": tenantId })
          .get(`/scripts/${scriptId}/versions/${version}`);
        expect(read.body).toMatchObject({ version, graphHash });
      }
    } finally {
      await app.stop();
    }
  });
});

it("what this release writes is kept and loaded again, whole", async () => {
  const [release] = RELEASES;
  const databases = [await createTestDatabase(), await createTestDatabase()];
  const [one, other] = await Promise.all(databases.map(({ ownerUrl }) => connect(ownerUrl)));
  await insertReleasedData(one!, release!);
  await one!.query(
    `insert into scripts."DomainEvent" (id, "tenantId", type, payload, "correlationId", "occurredAt")
     values ('e1', 't1', 'Some.Event.v1', '{"event": "Some.Event.v1", "correlationId": "c1", "payload": {}}', 'c1', now())`,
  );
  const dump = await dumpReleasedData(one!);
  await insertReleasedData(other!, { migration: "", tables: toTables(dump) });
  expect(await dumpReleasedData(other!)).toBe(dump);
  const next = await other!.query<{ ordinal: string }>(
    `select nextval(pg_get_serial_sequence('scripts."DomainEvent"', 'ordinal'))::text as ordinal`,
  );
  expect(Number(next.rows[0]!.ordinal)).toBeGreaterThan(1);
  await one!.end();
  await other!.end();
  for (const database of databases) {
    database.allowUnsound("an event of no script waits for its place");
    await database.drop();
  }
});

it("there is the data of a release, and of no migration that is gone", () => {
  expect(RELEASES.length).toBeGreaterThan(0);
  expect(names()).toEqual(expect.arrayContaining(RELEASES.map(({ migration }) => migration)));
});

function names(): string[] {
  return readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

async function migrateUpTo(url: string, last: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "migrations-"));
  try {
    for (const name of names().filter((name) => name <= last))
      cpSync(join(MIGRATIONS, name), join(folder, name), { recursive: true });
    await migrate({ url, folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Head {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly headSequence: number;
}

/** Scripts that may be edited: an archived one may not. */
function scriptsOf({ tables }: ReleasedData): Head[] {
  const archived = new Set(
    tables
      .get("Script")!
      .filter(({ status }) => status === "ARCHIVED")
      .map(({ tenantId, id }) => `${tenantId as string}/${id as string}`),
  );
  return (tables.get("ScriptStream") as unknown as Head[]).filter(
    ({ tenantId, scriptId }) => !archived.has(`${tenantId}/${scriptId}`),
  );
}

function sealedOf({
  tables,
}: ReleasedData): { tenantId: string; scriptId: string; version: number; graphHash: string }[] {
  const versions = tables.get("ScriptVersion") as unknown as (ReturnType<typeof sealedOf>[number] & {
    sealedAt: unknown;
  })[];
  return versions.filter(({ sealedAt }) => sealedAt !== null);
}
