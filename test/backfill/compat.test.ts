import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import type { LegacyScriptAnswer } from "../../src/guidance/legacyShapes.ts";
import type { HttpClient } from "../support/httpClient.ts";
import type { TestApp } from "../support/startApp.ts";
import { freeze, moveAll, openCompatApp, serveFrom } from "./support/compatApp.ts";
import { openMove, type TestMove } from "./support/openMove.ts";

interface Recorded {
  readonly id: string;
  readonly tenantId: string;
  readonly key: string;
  readonly status: number;
  /** The body, byte for byte. */
  readonly text: string;
}

const PATIENCE = { timeout: 20_000 };
const DATA = { scripts: 4, runs: 3 };

let move: TestMove;
let before: Recorded[];
let after: Recorded[];

/** The answers for all scripts that a client can ask for. */
async function record(app: TestApp): Promise<Recorded[]> {
  const { rows } = await move.owner.query<Pick<Recorded, "id" | "tenantId" | "key">>(
    `select "id", "tenantId", "key" from guidance."Script"
     where "tenantId" ~ '^[A-Za-z0-9][A-Za-z0-9_-]*$' and "key" <> '' order by "id"`,
  );
  const recorded: Recorded[] = [];
  for (const row of rows) {
    const response = await fetch(`${app.url}/guidance/scripts/${encodeURIComponent(row.key)}`, {
      headers: { authorization: "Bearer dev-token", "x-tenant-id": row.tenantId },
    });
    recorded.push({ ...row, status: response.status, text: await response.text() });
  }
  return recorded;
}

async function recordAfter(options: Parameters<typeof openCompatApp>[1] = {}): Promise<Recorded[]> {
  const app = await openCompatApp(move, options);
  const recorded = await record(app);
  await app.stop();
  return recorded;
}

/** Scripts that stay behind as a whole: somebody reads in quarantine why, and signs it before the cutover. */
async function leftBehind(): Promise<Map<string, string>> {
  const { rows } = await move.owner.query<{ id: string; codes: string }>(
    `select script."id", string_agg(distinct held."code", ' ') as codes
     from guidance."Script" as script
     join backfill."BackfillQuarantine" as held on held."unit" = 'scripts' and held."unitKey" ->> 0 = script."id"
     where not exists (
       select from backfill."BackfillIdMap" where "kind" = 'script' and "legacyId" = script."id")
     group by 1`,
  );
  return new Map(rows.map(({ id, codes }) => [id, codes]));
}

beforeAll(async () => {
  move = await openMove({ data: DATA });
  before = await recordAfter();
  await freeze(move);
  await moveAll(move);
  await serveFrom(move, { reads: "CANONICAL" });
  after = await recordAfter();
}, 120_000);

afterAll(async () => {
  await move?.stop();
});

describe("answers that were recorded before the move", () => {
  it("are the same bytes after it, but for scripts that stay behind and whose quarantine says why", async () => {
    const held = await leftBehind();
    const differing = before.flatMap((one, place) => {
      const { status, text } = after[place]!;
      if (status === one.status && text === one.text) return [];
      return [{ id: one.id, key: one.key, was: one.status, is: status, why: held.get(one.id) }];
    });
    expect(before.filter(({ status }) => status === 200).length).toBeGreaterThan(70);
    expect(differing.map(({ was, is }) => [was, is])).toEqual(differing.map(() => [200, 404]));
    expect(new Set(differing.map(({ why }) => why))).toEqual(
      new Set(["graph_too_large", "node_data_too_deep", "version_gap_too_large", "version_number_invalid"]),
    );
  });
});

describe("the views under guidance_compat", () => {
  it("show what the legacy routes answer", async () => {
    for (const { id, tenantId, status, text } of after) {
      if (status !== 200) continue;
      const answer = JSON.parse(text) as LegacyScriptAnswer;
      const { rows } = await move.owner.query<{ shown: unknown }>(SHOWN, [tenantId, answer.key]);
      expect({ id, shown: rows.map(({ shown }) => shown) }).toEqual({ id, shown: [shownOf(answer)] });
    }
  });

  it("have the rows of every table that were moved, and no others", async () => {
    const { rows } = await move.owner.query<{ legacy: string[]; shown: string[] }>(COUNTED);
    for (const { legacy, shown } of rows) expect(shown).toEqual(legacy);
    expect(rows).toHaveLength(4);
  });

  it("show another tenant nothing", async () => {
    const api: Database = await openDatabase({
      url: move.database.apiUrl,
      role: "script_api",
      poolSize: 1,
      applicationName: "test-compat",
    });
    const views = [
      "Script",
      "ScriptVersion",
      "ScriptNode",
      "ScriptEdge",
      "ScriptVariable",
      "ScriptRun",
      "ScriptAnswer",
    ];
    const count = (tenantId: string) =>
      api.prisma.$transaction(async (tx) => {
        await tx.$queryRawUnsafe("select set_config('app.tenant_id', $1, true)", tenantId);
        const counts: number[] = [];
        for (const view of views) {
          const rows = await tx.$queryRawUnsafe<{ count: number }[]>(
            `select count(*)::int as count from guidance_compat."${view}"`,
          );
          counts.push(rows[0]!.count);
        }
        return counts;
      });
    expect(await count("somebody-else")).toEqual(views.map(() => 0));
    expect((await count("tenant-1")).every((rows) => rows > 0)).toBe(true);
    await api.close();
  });
});

describe("runs that were begun before the move", () => {
  /** Answers and advances a run until it has ended or is refused. Times of now are left out. */
  async function walkOn(client: HttpClient, id: string, cursor: string | null): Promise<unknown[]> {
    const steps: unknown[] = [];
    let nodeKey = cursor ?? "nowhere";
    for (let step = 0; step < 12; step++) {
      const value = step % 2 === 0 ? "yes" : "no";
      const answered = await client.post(`/guidance/runs/${id}/answer`, { nodeKey, value });
      const { id: _, answeredAt: __, ...answer } = answered.body;
      const moved = await client.post(`/guidance/runs/${id}/advance`);
      steps.push([answered.status, answer, moved.status, moved.body]);
      if (moved.status !== 200 || moved.body.completed) break;
      nodeKey = moved.body.node.key;
    }
    return JSON.parse(
      JSON.stringify(steps).replaceAll(/"completedAt":"[^"]*"/gu, '"completedAt":"now"'),
    ) as unknown[];
  }

  async function walkAll(one: TestMove): Promise<Map<string, unknown[]>> {
    const app = await openCompatApp(one);
    const { rows } = await one.owner.query<{ id: string; tenantId: string; cursor: string | null }>(
      `select run."id", script."tenantId", run."state" ->> 'cursor' as cursor
       from guidance."ScriptRun" as run join guidance."Script" as script on script."id" = run."scriptId"
       where script."tenantId" ~ '^[A-Za-z0-9][A-Za-z0-9_-]*$' order by run."id"`,
    );
    const walks = new Map<string, unknown[]>();
    for (const { id, tenantId, cursor } of rows)
      walks.set(id, await walkOn(app.client.as({ "x-tenant-id": tenantId }), id, cursor));
    await app.stop();
    return walks;
  }

  it("go the same way on both sides", async () => {
    // The same rows once more: there they go on in the legacy tables.
    const other = await openMove({ data: DATA, worker: false });
    const legacy = await walkAll(other);
    await other.stop();
    const canonical = await walkAll(move);
    const { rows: held } = await move.owner.query<{ id: string }>(
      `select "legacyId" as id from backfill."BackfillQuarantine" where "legacyTable" = 'ScriptRun'`,
    );
    const isHeld = new Set(held.map(({ id }) => id));
    for (const [id, steps] of legacy)
      if (isHeld.has(id))
        expect(canonical.get(id)).toMatchObject([[404, {}, 404, { code: "run_not_found" }]]);
      else {
        expect(canonical.get(id)).toEqual(steps);
        expect(JSON.stringify(canonical.get(id))).toBe(JSON.stringify(steps));
      }
    expect([...legacy.values()].filter((steps) => steps.length > 2).length).toBeGreaterThan(4);
  });
});

describe("reads that both sides answer", () => {
  const differences = () =>
    move.deps.prisma.backfillDifference.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] });

  const servedOnBoth = () =>
    before.filter(({ status }, place) => status === 200 && after[place]!.status === 200);

  it("do not differ, whichever side the client gets", async () => {
    const held = await leftBehind();
    for (const reads of ["LEGACY", "CANONICAL"]) {
      await serveFrom(move, { reads, dualShare: 1 });
      const recorded = await recordAfter({ guidance: { differences: "throw" } });
      expect(
        recorded
          .filter(({ status }) => status === 500)
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(
        [...held.keys()].filter((id) => before.some((one) => one.id === id && one.status === 200)).toSorted(),
      );
    }
    expect(await differences()).toEqual([]);
  });

  it("are kept where they differ, with what differs; the client is not told", async () => {
    await serveFrom(move, { reads: "LEGACY", dualShare: 1 });
    const planted = servedOnBoth()[0]!;
    await move.owner.query(
      `set session_replication_role = replica; alter table guidance."Script" disable trigger "frozen"`,
    );
    await move.owner.query(
      `update guidance."Script" set "title" = 'Planted', "tags" = '{a}' where "id" = $1`,
      [planted.id],
    );
    const app = await openCompatApp(move);
    const client = app.client.as({ "x-tenant-id": planted.tenantId });
    const answered = await client.get(`/guidance/scripts/${encodeURIComponent(planted.key)}`);
    expect(answered).toMatchObject({ status: 200, body: { title: "Planted" } });
    await vi.waitFor(async () => expect(await differences()).toHaveLength(1), PATIENCE);
    const [found] = await differences();
    expect(found).toMatchObject({
      backfill: "guidance",
      tenantId: planted.tenantId,
      operation: "getGuidanceScript",
      subject: planted.key,
      isIgnored: false,
    });
    expect((found!.diffJson as { path: string }[]).map(({ path }) => path)).toContain("/title");
    expect((await client.get("/metrics")).body).toContain(
      'scripts_guidance_dual_reads_total{outcome="different"} 1',
    );
    await app.stop();
  });

  it("are a share of all, and never make the client wait", async () => {
    await serveFrom(move, { reads: "CANONICAL", dualShare: 0.25 });
    const { key, tenantId } = servedOnBoth().at(-1)!;
    const read = (app: TestApp) =>
      app.client.as({ "x-tenant-id": tenantId }).get(`/guidance/scripts/${encodeURIComponent(key)}`);
    const compared = async (app: TestApp) =>
      /dual_reads_total\{outcome="same"\} (\d+)/u.exec(
        (await app.client.get("/metrics")).body as string,
      )?.[1];
    const dice = [0.25, 0.24];
    const app = await openCompatApp(move, { guidance: { random: () => dice.shift()! } });
    await move.owner.query(`begin; lock table guidance."Script" in access exclusive mode`);
    expect((await read(app)).status).toBe(200);
    expect((await read(app)).status).toBe(200);
    expect(await compared(app)).toBeUndefined();
    await move.owner.query("rollback");
    await vi.waitFor(async () => expect(await compared(app)).toBe("1"), PATIENCE);
    await app.stop();
  });

  it("count as expected while a dated rule says so", async () => {
    await serveFrom(move, { reads: "LEGACY", dualShare: 1 });
    const planted = (await differences())[0]!;
    const rule = { operation: "getGuidanceScript", path: /^\/(?:title|tags)/u, reason: "planted" };
    for (const [until, isIgnored] of [
      [new Date("2999-01-01"), true],
      [new Date("2020-01-01"), false],
    ] as const) {
      const count = (await differences()).length;
      const app = await openCompatApp(move, { guidance: { ignored: [{ ...rule, until }] } });
      await app.client.as({ "x-tenant-id": planted.tenantId }).get(`/guidance/scripts/${planted.subject}`);
      await vi.waitFor(async () => expect(await differences()).toHaveLength(count + 1), PATIENCE);
      expect((await differences()).at(-1)).toMatchObject({ isIgnored });
      await app.stop();
    }
  });

  it("differ when the other side fails, and the client has its answer all the same", async () => {
    await move.owner.query(`alter table guidance."Script" rename column "title" to "heading"`);
    await serveFrom(move, { reads: "CANONICAL", dualShare: 1 });
    const count = (await differences()).length;
    const planted = (await differences())[0]!;
    const app = await openCompatApp(move);
    const client = app.client.as({ "x-tenant-id": planted.tenantId });
    expect((await client.get(`/guidance/scripts/${planted.subject}`)).status).toBe(200);
    await vi.waitFor(async () => expect(await differences()).toHaveLength(count + 1), PATIENCE);
    expect((await differences()).at(-1)!.diffJson).toMatchObject({ failed: "LEGACY" });
    await move.owner.query(`alter table guidance."Script" rename column "heading" to "title"`);
    await app.stop();
  });
});

/** Of an answer what SHOWN asks the views for. */
function shownOf({ version, ...script }: LegacyScriptAnswer): unknown {
  return {
    script: [script.id, script.key, script.title, script.description, script.tags, script.latestVersion],
    version: [
      version.id,
      version.scriptId,
      version.version,
      version.status,
      version.entryNodeId,
      version.notes,
    ],
    nodes: version.nodes
      .map(({ id, key, type, title, prompt, orderIndex }) => [id, key, type, title, prompt, orderIndex])
      .toSorted(byFirst),
    edges: version.edges.map(({ id, fromNodeId, toNodeId }) => [id, fromNodeId, toNodeId]).toSorted(byFirst),
    variables: version.variables
      .map(({ id, key, type, enumValues, defaultVal, required }) => [
        id,
        key,
        type,
        enumValues,
        defaultVal,
        required,
      ])
      .toSorted(byFirst),
  };
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

/** What the views show of a tenant's script and its ACTIVE version. Ids are sorted as bytes. */
const SHOWN = `
  select json_build_object(
    'script', json_build_array(script."id", script."key", script."title", script."description", script."tags", script."latestVersion"),
    'version', json_build_array(version."id", version."scriptId", version."version", version."status", version."entryNodeId", version."notes"),
    'nodes', (
      select coalesce(json_agg(json_build_array("id", "key", "type", "title", "prompt", "orderIndex") order by "id" collate "C"), '[]')
      from guidance_compat."ScriptNode" where "scriptVersionId" = version."id"),
    'edges', (
      select coalesce(json_agg(json_build_array("id", "fromNodeId", "toNodeId") order by "id" collate "C"), '[]')
      from guidance_compat."ScriptEdge" where "scriptVersionId" = version."id"),
    'variables', (
      select coalesce(json_agg(json_build_array("id", "key", "type", "enumValues", "defaultVal", "required") order by "id" collate "C"), '[]')
      from guidance_compat."ScriptVariable" where "scriptVersionId" = version."id")
  ) as shown
  from guidance_compat."Script" as script
  join guidance_compat."ScriptVersion" as version on version."scriptId" = script."id" and version."status" = 'ACTIVE'
  where script."tenantId" = $1 and script."key" = $2`;

/** Ids of the moved legacy rows and of the views' rows, table by table. */
const COUNTED = ["Script", "ScriptVersion", "ScriptRun", "ScriptAnswer"]
  .map(
    (table) => `
    select
      (select array_agg("legacyId" order by "legacyId" collate "C") from backfill."BackfillIdMap"
       where "legacyTable" = '${table}' and "kind" <> 'slug') as legacy,
      (select array_agg("id" order by "id" collate "C") from guidance_compat."${table}") as shown`,
  )
  .join(" union all ");
