import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import type { CheckName } from "../../src/ops/verify/checks.ts";
import { runVerify, type VerifyReport } from "../../src/ops/verify/runVerify.ts";
import { addNode, createScript, updateNode } from "../support/openWriter.ts";
import { DAMAGE } from "./support/damage.ts";
import { openOps, writeStory, type OpsResult, type WrittenOps } from "./support/openOps.ts";

const folder = mkdtempSync(join(tmpdir(), "script-ops-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("sound data", () => {
  let ops: WrittenOps;
  beforeAll(async () => {
    ops = await openOps();
    await writeStory(ops, "s1");
    await writeStory(ops, "s2");
    await ops.write("s1", { command: "Scripts.UpdateDetails.v1", payload: { name: "Later" } });
  });
  afterAll(() => ops.close());

  test("passes every check", async () => {
    const { code, json, err } = await ops.run("verify");
    expect(err).toBe("");
    expect(json).toMatchObject({ ok: true, complete: true, violations: 0, scripts: 2 });
    const { checks, commands } = json as VerifyReport;
    expect(checks.find(({ check }) => check === "patches")).toMatchObject({ looked: commands });
    expect(checks.filter(({ looked }) => looked === 0).map(({ check }) => check)).toEqual([
      "outbox-not-stuck",
      "idempotency-outcomes",
      "runs-pinned-to-sealed",
    ]);
    expect(code).toBe(0);
  });

  test("is looked at script by script, by time and by chance", async () => {
    const scriptsOf = async (...options: string[]): Promise<number> =>
      ((await ops.run("verify", ...options)).json as VerifyReport).scripts;
    expect(await scriptsOf("--script", "s2")).toBe(1);
    expect(await scriptsOf("--tenant", "nobody")).toBe(0);
    const none = await ops.run("verify", "--tenant", "nobody", "--no-json");
    expect(none).toMatchObject({
      code: 0,
      out: expect.stringContaining("No script was looked at") as string,
    });
    expect(await scriptsOf("--sample", "1")).toBe(1);
    expect(await scriptsOf("--sample", "100%")).toBe(2);
    expect(await scriptsOf("--since", "1d")).toBe(2);
    expect(await scriptsOf("--since", new Date(Date.now() + 60_000).toISOString())).toBe(0);
  });

  test("is not looked at again where a checkpoint says that it was", async () => {
    const file = join(folder, "checkpoint.json");
    const first = await ops.run("verify", "--checkpoint", file, "--parallel", "1");
    const checkpoint = JSON.parse(readFileSync(file, "utf8")) as { after: unknown; commands: number };
    expect(checkpoint.after).toEqual({ tenantId: "t1", scriptId: "s2" });
    const again = await ops.run("verify", "--resume", file);
    expect(again.json).toEqual({ ...(first.json as VerifyReport), ms: expect.any(Number) as number });
    const other = await ops.run("verify", "--resume", file, "--check", "patches");
    expect(other).toMatchObject({ code: 1 });
    expect(other.err).toContain("belongs to a verify with other options");
  });
});

test("a long script is left in the middle when it is stopped, and begun anew when it goes on", async () => {
  const ops = await openOps();
  await ops.append("s0", createScript("s0"));
  await ops.append("s1", createScript("s1"), addNode("a"));
  // More than a page of the log.
  for (let batch = 0; batch < 11; batch++)
    await ops.append(
      "s1",
      ...Array.from({ length: 100 }, (_, at) => updateNode("a", { title: `${batch} ${at}` })),
    );
  const operator = await openOperator(ops.urls.operatorUrl);
  const stopped = new AbortController();
  const input = {
    checks: new Set<CheckName>(["hash-chain"]),
    selection: { tenantId: null, scriptId: null, since: null, sample: null, seed: "" },
    parallel: 1,
    maxExamples: 1,
    stuckAfterMs: 1,
    checkpoint: join(folder, "stopped.json"),
  };
  const deps = { prisma: operator.prisma, now: () => new Date(), stopping: stopped.signal };
  const onCommands = (count: number): void => void (count > 1 && stopped.abort());
  const half = await runVerify({ ...deps, onCommands }, input);
  expect(half).toMatchObject({ complete: false, scripts: 1, commands: 1 });
  const going = { ...deps, stopping: new AbortController().signal, onCommands: () => undefined };
  expect(await runVerify(going, input)).toMatchObject({
    ok: true,
    complete: true,
    scripts: 2,
    commands: 1_103,
  });
  await operator.close();
  await ops.close();
});

async function openOperator(url: string): Promise<Database> {
  return openDatabase({ url, role: "script_operator", poolSize: 2, applicationName: "test" });
}

describe("damage is found", () => {
  let ops: WrittenOps;
  let frozen: Awaited<ReturnType<WrittenOps["freeze"]>>;
  beforeAll(async () => {
    ops = await openOps();
    await writeStory(ops, "s1");
    frozen = await ops.freeze();
  });
  afterAll(() => ops.close());

  test.each(DAMAGE)("$check: $name", async ({ check, plant, says }) => {
    const copy = await frozen.copy();
    try {
      expect(await copy.run("verify", "--check", check)).toMatchObject({ code: 0 });
      await copy.damage(...plant);
      const found = await copy.run("verify", "--check", check);
      expect(examplesOf(found)).toContainEqual(expect.stringMatching(says));
      expect(found.code).toBe(2);
      const human = await copy.run("verify", "--check", check, "--no-json");
      expect(human.out).toMatch(says);
      expect(human.out).toContain("FAILED");
    } finally {
      await copy.close();
    }
  });

  test("but not where a kept answer only says what would be appended", async () => {
    const copy = await frozen.copy();
    try {
      const { plant } = DAMAGE.find(({ name }) => name === "an acknowledged command that is not in the log")!;
      await copy.damage(...plant.map((sql) => sql.replace('"batchId":"b"', '"batchId":"b","dryRun":true')));
      expect(await copy.run("verify", "--check", "idempotency-outcomes")).toMatchObject({ code: 0 });
    } finally {
      await copy.close();
    }
  });

  test("and counted as a whole while a few examples are shown", async () => {
    const copy = await frozen.copy();
    try {
      await copy.damage(`update scripts."ScriptCommand" set note = 'forged' where "scriptId" = 's1'`);
      const { json } = await copy.run("verify", "--check", "hash-chain", "--examples", "2");
      const [result] = (json as VerifyReport).checks;
      expect(result!.violations).toBeGreaterThan(5);
      expect(result!.examples).toHaveLength(2);
    } finally {
      await copy.close();
    }
  });
});

function examplesOf({ json }: OpsResult): string[] {
  return (json as VerifyReport).checks.flatMap(({ examples }) => examples.map(({ message }) => message));
}
