import { afterAll, beforeAll, expect, test } from "vitest";
import { BACKFILL_VERBS } from "../../migrations-backfill/cli/verbs.ts";
import { openOpsStore } from "../../src/main/openOpsStore.ts";
import { runOps } from "../../src/ops/runOps.ts";
import { runProgram } from "../ops/support/runProgram.ts";
import { openMove, type TestMove } from "./support/openMove.ts";

let move: TestMove;

beforeAll(async () => {
  move = await openMove({ data: { scripts: 2, traps: ["edge_dangling", "tenant_null", "version_gap"] } });
});
afterAll(async () => {
  await move.stop();
});

/** The real program, as an operator starts it, with its result as JSON. */
async function program(
  ...argv: readonly string[]
): Promise<{ code: number | null; json: unknown; err: string }> {
  const { code, out, err } = await runProgram(["backfill", ...argv], {
    DATABASE_URL: move.database.ownerUrl,
  });
  return { code, err, json: out === "" ? null : (JSON.parse(out) as unknown) };
}

/** The same command line in this process, which saves a second each time. */
async function ops(...argv: readonly string[]): Promise<{ code: number; json: unknown; err: string }> {
  const { code, out, err } = await runInProcess(["backfill", ...argv]);
  return { code, err, json: out === "" ? null : (JSON.parse(out) as unknown) };
}

async function runInProcess(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runOps(
    {
      terminal: {
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        isPerson: false,
        showsProgress: false,
      },
      openStore: () =>
        openOpsStore({ log: () => undefined }, { DATABASE_URL: move.database.ownerUrl, DATA_DIR: ".none" }),
      settings: () => ({}),
      now: () => new Date(),
      stopping: new AbortController().signal,
      isDebugging: false,
    },
    BACKFILL_VERBS,
    argv,
  );
  return { code, out, err };
}

async function person(...argv: readonly string[]): Promise<string> {
  return (await runInProcess(["--no-json", "backfill", ...argv])).out;
}

// One story: each step stands on those before it.
test("leads an operator from a plan to the end", { timeout: 120_000 }, async () => {
  expect(await program("list")).toMatchObject({
    code: 0,
    json: [{ move: "guidance", phase: "not started" }],
  });
  expect(await ops("status")).toMatchObject({
    code: 0,
    json: { phase: null, next: expect.stringContaining('"plan"') as string },
  });
  expect(await ops("nonsense")).toMatchObject({
    code: 1,
    err: expect.stringContaining("unknown command") as string,
  });
  expect(await ops("status", "nonsense")).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no move "nonsense". There are: guidance.') as string,
  });
  expect(await ops("verify")).toMatchObject({
    code: 1,
    json: { kind: "refused", reasons: ['"guidance" has not begun: "expand" first.'] },
  });
  expect(await ops("expand")).toMatchObject({ code: 0, json: { phase: "EXPAND" } });
  expect(await program("plan")).toMatchObject({
    code: 0,
    json: {
      units: [{ unit: "scripts", rows: 5, movable: 4 }, { unit: "runs" }],
      quarantined: expect.arrayContaining([{ code: "edge_dangling", rows: 1 }]) as unknown,
    },
  });
  expect(await ops("start", "--quarantine-budget", "many")).toMatchObject({
    code: 1,
    err: expect.stringContaining("Give a whole number from 0") as string,
  });
  expect(await ops("start")).toMatchObject({
    code: 1,
    json: { kind: "refused", reasons: [expect.stringContaining('then "freeze"') as string] },
  });
  for (const verb of [["freeze"], ["verify"], ["complete", "--accept-loss"], ["quarantine", "--waive", "x"]])
    expect(await ops("--dry-run", ...verb)).toMatchObject({
      code: 1,
      err: expect.stringContaining("Nothing was done: this has no --dry-run") as string,
    });
  expect(await ops("--dry-run", "status")).toMatchObject({ code: 0, json: { phase: "EXPAND" } });
  expect(await ops("freeze", "--operator", "ann")).toMatchObject({ code: 0, json: { phase: "FREEZE" } });
  expect(await program("start", "--operator", "ann", "--batch-size", "3")).toMatchObject({
    code: 0,
    json: { phase: "BACKFILL", status: "IDLE", next: 'Next: "verify".' },
  });
  const verified = await program("verify");
  expect(verified).toMatchObject({ code: 2, json: { isClean: false } });
  expect(await person("quarantine", "--code", "edge_dangling")).toMatch(
    /ScriptEdge +\S+ +edge_dangling +OPEN +The edge's node/,
  );
  expect(await ops("quarantine", "--waive", "all of it")).toMatchObject({
    code: 1,
    err: expect.stringContaining("--code, --id, or --all") as string,
  });
  expect(
    await ops("quarantine", "--code", "edge_dangling", "--waive", "never taken", "--operator", "ann"),
  ).toMatchObject({
    code: 0,
    json: { waived: 1 },
  });
  // A tenant is named for those without one: they move now.
  expect(await ops("start", "--tenant-for-null", "tenant-1")).toMatchObject({ code: 0 });
  expect(await ops("verify")).toMatchObject({ code: 0, json: { isClean: true, failures: [] } });
  expect(await ops("switch-reads", "--to", "canonical")).toMatchObject({
    code: 1,
    json: { kind: "refused", reasons: [expect.stringContaining("switch-reads --share 0.1") as string] },
  });
  expect(await program("switch-reads", "--share", "2")).toMatchObject({
    code: 1,
    err: expect.stringContaining("Give a share from 0 to 1") as string,
  });
  expect(await ops("switch-reads", "--share", "0.5")).toMatchObject({
    code: 0,
    json: { phase: "DUAL_READ" },
  });
  expect(await person("status")).toMatch(
    /Tenant \*: reads legacy, .*50 % asked twice; since \S+ 0 read\(s\) of 0 thing\(s\) compared, 100 wanted, 0 differed/,
  );
  expect(await ops("switch-reads", "--to", "canonical")).toMatchObject({
    code: 1,
    json: { kind: "refused", reasons: [expect.stringContaining("100 are wanted") as string] },
  });
  expect(await ops("switch-reads", "--to", "canonical", "--waive", "no clients")).toMatchObject({
    code: 0,
    json: { phase: "CUTOVER" },
  });
  expect(await ops("finalize")).toMatchObject({ code: 1, json: { kind: "refused" } });
  expect(await ops("switch-writes", "--to", "canonical")).toMatchObject({ code: 0 });
  expect(await person("status")).toMatch(
    /phase CUTOVER, IDLE\..*\n(.*\n)*Tenant \*: reads canonical, writes canonical/,
  );
  expect(await ops("finalize")).toMatchObject({ code: 0, json: { phase: "SOAK" } });
  expect(await program("complete")).toMatchObject({
    code: 1,
    json: { kind: "refused", reasons: [expect.stringContaining("--accept-loss") as string] },
    err: expect.stringContaining("ScriptEdge (edge_dangling)") as string,
  });
  expect(await ops("complete", "--accept-loss")).toMatchObject({ code: 0, json: { phase: "CONTRACT" } });
  const { json } = await ops("log");
  const ledger = json as { verb: string; operator: string }[];
  expect(ledger.map(({ verb }) => verb).join(" ")).toBe(
    [
      "expand expanded freeze frozen start verify verified waive",
      "start verify verified",
      "switch-reads switch-reads switch-writes finalize complete completed",
    ].join(" "),
  );
  expect(ledger[2]).toMatchObject({ operator: "ann" });
  expect(await person("status")).toContain("The move is over; there is no way back.");
  expect(await ops("start")).toMatchObject({ code: 1, json: { kind: "refused" } });
});
