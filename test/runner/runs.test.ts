import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { valueOfVariable } from "../../src/reads/runRow.ts";
import { advanceRun } from "../../src/runner/advanceRun.ts";
import { SealedDocuments } from "../../src/runner/sealedDocuments.ts";
import { insertRow, versionRow } from "../support/rows.ts";
import { connect } from "../support/sqlRefusal.ts";
import { MOVER, openRunner, type TestRunner } from "./support/openRunner.ts";

let runner: TestRunner;
beforeAll(async () => {
  runner = await openRunner();
});
afterAll(async () => {
  await runner.close();
});

/** The reasons of a refusal; the kind of any other outcome. */
const said = (outcome: { readonly kind: string }) =>
  "problems" in outcome ? (outcome.problems as { code: string }[]).map(({ code }) => code) : outcome.kind;

describe("a run", () => {
  test("tells what happens to it, in the order in which it happens", async () => {
    const runId = newId();
    await runner.start({ runId, correlationId: "call-1", variables: { name: "Ada" } });
    await runner.advance(runId);
    await runner.answer(runId, "n_type", "theft");
    await runner.set(runId, "insured", true);
    await runner.finish(runId);
    const about = { runId, scriptId: "s1", version: 1 };
    const asks = { kind: "answer", nodeId: "n_type" };
    expect((await runner.read(runId)).events).toEqual([
      {
        type: "Runs.Started.v1",
        payload: { success: true, payload: { ...about, startedById: "u1", to: "n_start" } },
      },
      {
        type: "Runs.Advanced.v1",
        payload: {
          success: true,
          payload: {
            ...about,
            from: "n_start",
            to: "n_type",
            settled: null,
            steps: [
              { from: "n_start", to: "n_type", event: "moved" },
              { from: "n_type", to: null, event: "waits_for_answer" },
            ],
            status: "RUNNING",
            waitingFor: asks,
          },
        },
      },
      { type: "Runs.VariablesSet.v1", payload: { success: true, payload: { ...about, keys: ["incident"] } } },
      {
        type: "Runs.Advanced.v1",
        payload: {
          success: true,
          payload: {
            ...about,
            from: "n_type",
            to: "n_type",
            settled: "n_type",
            steps: [],
            status: "RUNNING",
            waitingFor: null,
          },
        },
      },
      { type: "Runs.VariablesSet.v1", payload: { success: true, payload: { ...about, keys: ["insured"] } } },
      {
        type: "Runs.Finished.v1",
        payload: {
          success: true,
          payload: { ...about, status: "CANCELLED", outcome: null, failure: null },
        },
      },
    ]);
    const { rows } = await runner.owner.query(
      `select distinct "correlationId", "tenantId", "scriptId" from scripts."DomainEvent" where "runId" = $1`,
      [runId],
    );
    expect(rows).toEqual([{ correlationId: "call-1", tenantId: "t1", scriptId: "s1" }]);
  });

  test("sends its actions in the name of who moved it, under its correlation id", async () => {
    const runId = newId();
    const sent = await runner.waiting(runId);
    expect(sent).toMatchObject({
      tenantId: "t1",
      command: "policies.lookup",
      correlationId: "c1",
      payloadJson: { incident: "theft" },
      contextJson: { scriptId: "s1", version: 1, runId, nodeId: "n_lookup" },
      actorJson: { userId: "u1" },
      actorType: "USER",
      actorId: "u1",
      onBehalfOf: "u2",
      actorRole: "editor",
      runId,
      runNodeId: "n_lookup",
      runDispatch: 1,
      status: "PENDING",
    });
    const { jobs, run, log } = await runner.read(runId);
    expect([jobs, run.status, run.state.waitingFor?.kind]).toEqual([1, "RUNNING", "action"]);
    expect(log.at(-1)!.requestId).toBe((sent as unknown as { causationId: string }).causationId);
  });

  test("does nothing for a request that it has had, even when it is finished since", async () => {
    const runId = newId();
    await runner.start({ runId });
    const requestId = newId();
    const first = await runner.advance(runId, requestId);
    await runner.finish(runId);
    const before = await runner.read(runId);
    const again = await runner.advance(runId, requestId);
    expect(again).toMatchObject({ kind: "moved", repeated: true, view: { run: { status: "CANCELLED" } } });
    expect([again.kind === "moved" && again.log]).toEqual([first.kind === "moved" && first.log]);
    expect(await runner.read(runId)).toEqual(before);
    expect(said(await runner.advance(runId))).toEqual(["run_finished"]);
  });

  test("keeps the id of a variable's row while its value changes", async () => {
    const runId = newId();
    await runner.start({ runId });
    const idOf = async () =>
      (
        await runner.owner.query<{ id: string }>(
          `select id from scripts."RunVariable" where "runId" = $1 and key = 'damage'`,
          [runId],
        )
      ).rows[0]?.id;
    await runner.set(runId, "damage", 1);
    const id = await idOf();
    expect(id).toBeDefined();
    await runner.set(runId, "damage", 2);
    expect(await idOf()).toBe(id);
    await runner.set(runId, "damage", null);
    expect(await idOf()).toBeUndefined();
  });

  test("keeps every number to its last digit", async () => {
    await runner.seal(2, { nodes: [], edges: [], entryNodeId: null }, []);
    const numbers = [
      0.1 + 0.2,
      0.1,
      1.0000000948186421e86,
      123_456_789.12345679,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.MIN_VALUE,
      2.2250738585072014e-308,
      Number.MAX_SAFE_INTEGER,
      2 ** 64,
      1e22,
      -0.5,
    ];
    const variables = Object.fromEntries(numbers.map((number, index) => [`n${index}`, number]));
    const runId = newId();
    const outcome = await runner.start({ runId, version: 2, variables });
    expect(outcome).toMatchObject({ kind: "started", view: { state: { variables } } });
    const stored = await runner.read(runId);
    expect([stored.variables, stored.run.state.variables]).toEqual([variables, variables]);
    expect(
      outcome.kind === "started" && outcome.view.run.variables.map(valueOfVariable).toSorted(byValue),
    ).toEqual(numbers.toSorted(byValue));
  });

  test("that was brought in from elsewhere goes on where it stands, with the variables that it has", async () => {
    const at = "2026-01-02T03:04:05.678Z";
    await insertRow(runner.owner, "ScriptRun", {
      tenantId: "t1",
      id: "imported",
      scriptId: "s1",
      version: 1,
      correlationId: "c9",
      currentNodeId: "n_route",
      startedAt: at,
      updatedAt: at,
    });
    await insertRow(runner.owner, "RunVariable", {
      tenantId: "t1",
      id: newId(),
      runId: "imported",
      key: "damage",
      numVal: 7,
      updatedAt: at,
    });
    const outcome = await runner.advance("imported");
    expect(outcome).toMatchObject({ kind: "moved", view: { run: { status: "SUCCEEDED" } } });
    const { sent, variables } = await runner.read("imported");
    expect([sent[0], variables]).toMatchObject([{ payloadJson: { text: "Small: 7" } }, { damage: 7 }]);
  });

  test("of another tenant is not there", async () => {
    const runId = newId();
    await runner.start({ runId });
    const input = { tenantId: "t2", runId, requestId: newId(), mover: MOVER };
    expect(await advanceRun(runner.deps, input)).toEqual({ kind: "run_not_found" });
  });
});

const byValue = (a: unknown, b: unknown) => Number(a) - Number(b);

describe("documents of sealed versions", () => {
  test("are read once, and per tenant", async () => {
    const documents = new SealedDocuments(1_000_000);
    const load = (tenantId: string) =>
      runner.deps.inTenant(tenantId, (tx) => documents.load(tx, { tenantId, scriptId: "s1", version: 1 }));
    const first = await load("t1");
    expect(first?.graphJson.entryNodeId).toBe("n_start");
    expect(await load("t1")).toBe(first);
    expect(await load("t2")).toBeUndefined();
  });

  test("are forgotten past the bound, the one that was used longest ago first", async () => {
    await runner.seal(3, { nodes: [], edges: [], entryNodeId: null }, [{ key: "a", type: "string" }]);
    const size = 220;
    const documents = new SealedDocuments(size);
    const load = (version: number) =>
      runner.deps.inTenant("t1", (tx) => documents.load(tx, { tenantId: "t1", scriptId: "s1", version }));
    const second = await load(2);
    expect(JSON.stringify(second).length).toBeLessThan(size);
    expect(await load(2)).toBe(second);
    const third = await load(3);
    expect(await load(3)).toBe(third);
    expect(await load(2)).not.toBe(second);
    // Larger than the bound: handed out, never kept.
    expect(await load(1)).not.toBe(await load(1));
  });

  test("are not taken from a version that still moves", async () => {
    const { owner, database } = runner;
    const session = await connect(database.workerUrl);
    await insertRow(
      session,
      "ScriptVersion",
      versionRow({ version: 4, fromSequence: 4, toSequence: 5, sealedAt: null }),
    );
    await session.end();
    const documents = new SealedDocuments(1_000_000);
    const load = () =>
      runner.deps.inTenant("t1", (tx) => documents.load(tx, { tenantId: "t1", scriptId: "s1", version: 4 }));
    expect(await load()).toBeUndefined();
    expect(said(await runner.start({ version: 4 }))).toBe("version_not_sealed");
    expect((await owner.query(`select 1 from scripts."ScriptRun" where version = 4`)).rowCount).toBe(0);
  });
});
