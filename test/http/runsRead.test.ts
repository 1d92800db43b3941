import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callGraph } from "../runner/support/callGraph.ts";
import { connect } from "../support/sqlRefusal.ts";
import { openRuns, said, type TestRuns } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

describe("GET /runs/:id/trace", () => {
  interface TraceEntry {
    readonly ordinal: number;
    readonly actorId: string;
    readonly entry: { readonly kind: string; readonly nodeId?: string };
  }

  /** All entries, read in pages. */
  async function traceOf(runId: string, limit: number): Promise<TraceEntry[]> {
    const entries: TraceEntry[] = [];
    for (let query = ""; ;) {
      const { body } = await runs.client.get(`/runs/${runId}/trace?limit=${limit}${query}`);
      expect(body.entries.length).toBeLessThanOrEqual(limit);
      entries.push(...(body.entries as TraceEntry[]));
      if (body.nextCursor === null) return entries;
      query = `&cursor=${body.nextCursor}`;
    }
  }

  test("explains each step: what was tried, with which values, and what held", async () => {
    const runId = await runs.start({ variables: { name: "Ada" } });
    await runs.move(runId, "advance");
    await runs.move(runId, "answer", { nodeId: "n_type", value: "theft" });
    await runs.move(runId, "advance");
    await runs.move(runId, "answer", { nodeId: "n_damage", value: 40 });
    await runs.move(runId, "advance");
    const entries = await traceOf(runId, 2);
    expect(entries.map(({ ordinal }) => ordinal)).toEqual(entries.map((_, index) => index + 1));
    expect(entries[0]).toMatchObject({
      actorId: "u1",
      entry: { kind: "started", nodeId: "n_start", variables: { name: "Ada" } },
    });
    expect(entries.find(({ entry }) => entry.nodeId === "n_route")?.entry).toMatchObject({
      kind: "step",
      event: "moved",
      edgeId: "n_route-n_note",
      tried: [
        { what: "edge", id: "n_route-n_lookup", verdict: "fails", values: { damage: 40 } },
        { what: "edge", id: "n_route-n_note", verdict: "holds", path: null },
      ],
    });
  });

  test("explains why it is stuck: what failed, what could not be evaluated, and what no edge fits", async () => {
    const node = (id: string, type: string, data = {}) => ({ id, type, position: { x: 0, y: 0 }, data });
    const costly = { some: [{ var: "details" }, { "==": [{ var: "" }, 1] }] };
    const branches = [
      { id: "large", condition: { ">": [{ var: "damage" }, 1_000] } },
      { id: "listed", condition: costly },
    ];
    await runs.createScript("scr_stuck");
    await runs.seal("scr_stuck", {
      nodes: [node("n", "condition", { branches }), node("e", "end")],
      edges: [{ id: "only", source: "n", target: "e", sourceHandle: "large", data: {} }],
      entryNodeId: "n",
    });
    const details = Array.from({ length: 5_000 }, () => 0);
    const runId = await runs.start({
      scriptId: "scr_stuck",
      version: 1,
      variables: { damage: 40, details },
    });
    await runs.move(runId, "advance");
    const [, { entry }] = (await traceOf(runId, 50)) as [TraceEntry, TraceEntry];
    expect(entry).toMatchObject({
      event: "failed",
      tried: [
        { what: "branch", id: "large", verdict: "fails", values: { damage: 40 } },
        { what: "branch", id: "listed", verdict: "error", code: "condition_too_expensive" },
      ],
      failure: {
        code: "dead_end",
        message: 'The conversation is stuck at node "n": no edge leaves it without a handle.',
      },
    });
  });
});

describe("GET /runs", () => {
  test("lists by script, status and time, the last first, page by page", async () => {
    await runs.createScript("scr_list");
    await runs.seal("scr_list", callGraph);
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await runs.start({ scriptId: "scr_list", version: 1 }));
    await runs.move(ids[1]!, "finish", { status: "CANCELLED" });
    const list = async (query: string) => {
      const { body } = await runs.client.get(`/runs?scriptId=scr_list${query}`);
      return body as { entries: { runId: string; startedAt: string }[]; nextCursor: string | null };
    };
    const idsOf = ({ entries }: { entries: { runId: string }[] }) => entries.map(({ runId }) => runId);
    const all = await list("");
    expect(idsOf(all)).toEqual(ids.toReversed());
    const paged: string[] = [];
    let page = await list("&limit=2");
    for (;;) {
      paged.push(...idsOf(page));
      if (page.nextCursor === null) break;
      page = await list(`&limit=2&cursor=${page.nextCursor}`);
    }
    expect(paged).toEqual(idsOf(all));
    expect(idsOf(await list("&status=CANCELLED"))).toEqual([ids[1]]);
    expect(idsOf(await list("&status=RUNNING"))).toHaveLength(4);
    const { startedAt } = all.entries.at(-1)!;
    expect(idsOf(await list(`&to=${startedAt}`))).toEqual([]);
    expect(idsOf(await list(`&from=${startedAt}&tenantId=t1`))).toHaveLength(5);
    expect(idsOf(await list(`&from=2100-01-01T00:00:00%2B01:00`))).toEqual([]);
  });

  test("goes on from a cursor as if no run had been started or finished meanwhile", async () => {
    await runs.createScript("scr_busy");
    await runs.seal("scr_busy", callGraph);
    const startOne = () => runs.start({ scriptId: "scr_busy", version: 1 });
    const ids: string[] = [];
    for (let count = 0; count < 6; count++) ids.unshift(await startOne());
    const page = async (query: string) => {
      const { body } = await runs.client.get(`/runs?scriptId=scr_busy&status=RUNNING&limit=2${query}`);
      return body as { entries: { runId: string }[]; nextCursor: string | null };
    };
    const first = await page("");
    await Promise.all([startOne(), startOne(), startOne()]);
    await runs.move(ids[0]!, "finish", { status: "SUCCEEDED" });
    await runs.move(ids[3]!, "finish", { status: "SUCCEEDED" });
    const second = await page(`&cursor=${first.nextCursor}`);
    const third = await page(`&cursor=${second.nextCursor}`);
    const seen = [first, second, third].map(({ entries }) => entries.map(({ runId }) => runId));
    expect(seen).toEqual([[ids[0], ids[1]], [ids[2], ids[4]], [ids[5]]]);
    expect(third.nextCursor).toBeNull();
  });

  test("reads the runs that started at the very same time, page by page, each once", async () => {
    await runs.createScript("scr_same");
    await runs.seal("scr_same", callGraph);
    const ids = await Promise.all(
      Array.from({ length: 5 }, () => runs.start({ scriptId: "scr_same", version: 1 })),
    );
    const owner = await connect(runs.app.database.ownerUrl);
    await owner.query('alter table scripts."ScriptRun" disable trigger user');
    await owner.query(
      `update scripts."ScriptRun" set "startedAt" = '2026-01-02T03:04:05.678Z' where "scriptId" = 'scr_same'`,
    );
    await owner.query('alter table scripts."ScriptRun" enable trigger user');
    await owner.end();
    const seen: string[] = [];
    for (let query = ""; ;) {
      const { body } = await runs.client.get(`/runs?scriptId=scr_same&limit=1${query}`);
      seen.push(...(body.entries as { runId: string }[]).map(({ runId }) => runId));
      if (body.nextCursor === null) break;
      query = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(ids.toSorted().toReversed());
  });

  test.each([
    ["status=DONE", [400, "invalid_query"]],
    ["from=yesterday", [400, "invalid_query"]],
    ["from=0000-01-01T00:00:00Z", [400, "invalid_query"]],
    ["limit=0", [400, "invalid_query"]],
    ["cursor=abc", [400, "invalid_cursor"]],
    ["tenantId=t2", [403, "tenant_mismatch"]],
  ])("refuses %s", async (query, expected) => {
    expect(said(await runs.client.get(`/runs?${query}`))).toEqual(expected);
  });

  test("refuses the cursor of a trace", async () => {
    const runId = await runs.start();
    await runs.move(runId, "advance");
    const { body } = await runs.client.get(`/runs/${runId}/trace?limit=1`);
    expect(body.nextCursor).not.toBeNull();
    expect(said(await runs.client.get(`/runs?cursor=${body.nextCursor}`))).toEqual([400, "invalid_cursor"]);
  });
});

describe("a run that is not there, or is another tenant's", () => {
  test.each([
    ["vars", [{ key: "a", strVal: "b" }]],
    ["answer", { nodeId: "n", value: 1 }],
    ["advance", undefined],
    ["finish", { status: "FAILED" }],
  ])("is not found by %s", async (verb, body) => {
    expect(said(await runs.move("none", verb, body))).toEqual([404, "run_not_found"]);
    const runId = await runs.start();
    const other = runs.client.as({ "x-tenant-id": "t2" });
    expect(said(await other.post(`/runs/${runId}/${verb}`, body))).toEqual([404, "run_not_found"]);
  });

  test("is not found by reads", async () => {
    const runId = await runs.start();
    const other = runs.client.as({ "x-tenant-id": "t2" });
    for (const path of [`/runs/${runId}`, `/runs/${runId}/trace`])
      expect(said(await other.get(path))).toEqual([404, "run_not_found"]);
    expect((await other.get("/runs")).body).toEqual({ entries: [], nextCursor: null });
    expect(said(await runs.client.get("/runs/no%20id"))).toEqual([400, "invalid_path"]);
  });
});
