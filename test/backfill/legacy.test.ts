import { readFile } from "node:fs/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLegacySchema } from "../../migrations-backfill/guidance/createLegacySchema.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { generateLegacy } from "../../migrations-backfill/guidance/generate.ts";
import { SMALL, makeLegacy } from "../../migrations-backfill/guidance/makeLegacy.ts";
import type { ScriptDraft } from "../../migrations-backfill/guidance/drafts.ts";
import { countRuns, findHighestRunId, listRunIds } from "../../migrations-backfill/guidance/readRuns.sql.ts";
import {
  countScripts,
  findHighestScriptId,
  listScriptIds,
  readScript,
  readScripts,
} from "../../migrations-backfill/guidance/readScripts.sql.ts";
import { readStrays } from "../../migrations-backfill/guidance/readStrays.sql.ts";
import { readLegacyRun } from "../../src/compat/readLegacyRun.sql.ts";
import { readActiveLegacyScript, readLegacyVersion } from "../../src/compat/readLegacyScript.sql.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { versionFromRows } from "../../src/guidance/legacyFromRows.ts";
import type { LegacyScript } from "../../src/guidance/legacyRows.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import type { TestDatabase } from "../support/testDatabase.ts";

const OPTIONS = { ...SMALL, scripts: 5, hugeNodes: 300 };

let testDatabase: TestDatabase;
let owner: Client;
let worker: Awaited<ReturnType<typeof openDatabase>>;
const scripts: ScriptDraft[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  owner = new Client({ connectionString: testDatabase.ownerUrl });
  await owner.connect();
  // Neither has a say in what is read.
  await owner.query(`alter database ${testDatabase.name} set datestyle = 'German'`);
  await owner.query(`alter database ${testDatabase.name} set timezone = 'Asia/Kolkata'`);
  await createLegacySchema(owner);
  await owner.query(guidance.sql.expand);
  await generateLegacy(owner, OPTIONS);
  for (const piece of makeLegacy(OPTIONS, [])) if (piece.kind === "script") scripts.push(piece.script);
  worker = await openDatabase({
    url: testDatabase.workerUrl,
    role: "script_worker",
    poolSize: 2,
    applicationName: "test-legacy",
  });
});

afterAll(async () => {
  await worker?.close();
  await owner?.end();
  await testDatabase?.drop();
});

/** Lists in one order, and JSON as values: jsonb has its own way to write them. */
function comparable({ row, versions }: LegacyScript): unknown {
  return {
    row,
    versions: versions
      .map((version) => ({
        row: version.row,
        tooLarge: version.tooLarge !== undefined || version.nodes.length > 5_000,
        ...(version.nodes.length > 5_000 || version.tooLarge ? {} : { parts: versionFromRows(version) }),
        ends: version.tooLarge || version.nodes.length > 5_000 ? [] : endsOf(version.edges),
      }))
      .toSorted((a, b) => a.row.version - b.row.version),
  };
}

function endsOf(edges: LegacyScript["versions"][number]["edges"]): unknown[] {
  const sorted = edges.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return sorted.map(({ id, fromVersionId, toVersionId }) => [id, fromVersionId, toVersionId]);
}

test("scripts are read whole, as they were written, whatever the session's date style and time zone", async () => {
  expect(await worker.prisma.$queryRaw`show datestyle`).toEqual([{ DateStyle: "German, DMY" }]);
  const upTo = (await findHighestScriptId(worker.prisma))!;
  expect(await countScripts(worker.prisma)).toBe(scripts.length);
  const read: LegacyScript[] = [];
  for (let after: string | null = null; ;) {
    const ids: string[] = await listScriptIds(worker.prisma, { after, upTo, limit: 7 });
    if (ids.length === 0) break;
    read.push(...(await readScripts(worker.prisma, ids)));
    after = ids.at(-1)!;
  }
  const byId = (a: LegacyScript, b: LegacyScript): number => (a.row.id < b.row.id ? -1 : 1);
  expect(read.toSorted(byId).map(comparable)).toEqual(scripts.toSorted(byId).map(comparable));
});

test("runs are read with their answers", async () => {
  const runs = scripts.flatMap((script) => script.runs);
  expect(await countRuns(worker.prisma)).toBe(runs.length);
  const upTo = (await findHighestRunId(worker.prisma))!;
  expect(await listRunIds(worker.prisma, { after: null, upTo, limit: 1_000 })).toHaveLength(runs.length);
  for (const { row, answers } of runs) {
    const read = (await readLegacyRun(worker.prisma, row.id))!;
    expect({ ...read.row, state: JSON.parse(read.row.state!) as unknown }).toEqual({
      ...row,
      state: JSON.parse(row.state!) as unknown,
    });
    expect(read.answers.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      answers.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }
});

test("of a version with too many rows only their number is read", async () => {
  const large = scripts.find(({ versions }) => (versions[0]?.nodes.length ?? 0) > 5_000)!;
  const [version] = (await readScript(worker.prisma, large.row.id))!.versions;
  expect(version).toMatchObject({ nodes: [], edges: [], variables: [], tooLarge: { nodes: 5_001 } });
});

test("a script is found by its key with its served version, and a version by its number", async () => {
  const script = scripts.find(
    ({ versions }) => versions.length === 3 && versions[1]!.row.status === "ACTIVE",
  )!;
  const { tenantId, key } = script.row;
  const active = await readActiveLegacyScript(worker.prisma, { tenantId: tenantId!, key });
  expect(active!.versions.map(({ row }) => row)).toEqual([script.versions[1]!.row]);
  expect(await readActiveLegacyScript(worker.prisma, { tenantId: "tenant-9", key })).toBeUndefined();
  const third = await readLegacyVersion(worker.prisma, { scriptId: script.row.id, version: 3 });
  expect(versionFromRows(third!)).toEqual(versionFromRows(script.versions[2]!));
  expect(await readLegacyVersion(worker.prisma, { scriptId: script.row.id, version: 77 })).toBeUndefined();
  expect(await readScript(worker.prisma, "gone")).toBeUndefined();
});

test("rows that hang on nothing are found, and no others", async () => {
  const strays = await readStrays(worker.prisma);
  expect(strays.map(({ legacyTable, code }) => `${legacyTable} ${code}`)).toEqual([
    "ScriptAnswer answer_orphan",
    "ScriptEdge edge_orphan",
    "ScriptNode node_orphan",
    "ScriptVariable variable_orphan",
    "ScriptVersion version_orphan",
  ]);
  expect(await readStrays(worker.prisma, 2)).toHaveLength(2);
});

describe("the first names of the canonical tables", () => {
  test("are views of them that keep the reader's rights, and may be made again", async () => {
    const sql = await readFile(
      new URL("../../migrations-backfill/guidance/authorScripts.sql", import.meta.url),
      "utf8",
    );
    await owner.query(sql);
    await owner.query(sql);
    const views = ["AuthorScript", "AuthorScriptVersion", "AuthorScriptAuditLog", "AuthorScriptRun"];
    for (const view of views)
      expect(await worker.prisma.$queryRawUnsafe(`select * from scripts."${view}"`)).toEqual([]);
    await expect(worker.prisma.$executeRawUnsafe(`delete from scripts."AuthorScript"`)).rejects.toThrow(
      /permission denied/,
    );
  });
});
