import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openOps, writeStory, type WrittenOps } from "./support/openOps.ts";

const folder = mkdtempSync(join(tmpdir(), "script-ops-"));
const file = join(folder, "s1.ndjson");

let here: WrittenOps;
let there: WrittenOps;
let stateHash: string;
beforeAll(async () => {
  [here, there] = await Promise.all([openOps(), openOps()]);
  await writeStory(here, "s1");
  const { json } = await here.run("export", "s1", "--out", file);
  ({ stateHash } = json as { stateHash: string });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await here.close();
  await there.close();
});

test("the same log makes the same bytes, on the terminal and in a file", async () => {
  const { out } = await here.run("export", "s1");
  expect(out).toBe(readFileSync(file, "utf8"));
  expect(out.split("\n")[0]).toBe(
    '{"format":"script-log","formatVersion":1,"scriptId":"s1","tenantId":"t1"}',
  );
});

test("a log goes into another database as it is, and out again byte for byte", async () => {
  const { json, code } = await there.run("import", file);
  expect(json).toMatchObject({ tenantId: "t1", scriptId: "s1", stateHash });
  expect(code).toBe(0);
  expect((await there.run("export", "s1")).out).toBe(readFileSync(file, "utf8"));
  expect((await there.run("import", file)).err).toContain("Tenant t1 has a script s1 already");
});

test("a log goes into another tenant under another id: same state, a chain of its own, sound when materialized", async () => {
  const map = join(folder, "ids.ndjson");
  const would = await here.run("import", file, "--tenant", "t2", "--as-id", "copy", "--dry-run");
  expect(would.json).toMatchObject({ dryRun: true, tenantId: "t2", scriptId: "copy" });
  const { json, err } = await here.run("import", file, "--tenant", "t2", "--as-id", "copy", "--id-map", map);
  expect(err).toBe("");
  expect(json).toMatchObject({ tenantId: "t2", scriptId: "copy", stateHash });
  await here.materialize("copy", "t2");
  const replayed = await here.run("replay", "copy", "--tenant", "t2");
  expect(replayed.json).toMatchObject({ stateHash, matches: true });
  expect((await here.run("verify")).json).toMatchObject({ ok: true, scripts: 2 });
  const mapped = readFileSync(map, "utf8").trimEnd().split("\n");
  const { rows } = await here.owner.query<{ from: string; to: string }>(
    `select old.id as from, new.id as to from scripts."ScriptCommand" old
     join scripts."ScriptCommand" new on new.sequence = old.sequence and new."tenantId" = 't2'
     where old."tenantId" = 't1' order by old.sequence`,
  );
  expect(mapped.filter((line) => line.includes('"command"'))).toEqual(
    rows.map((row) => JSON.stringify({ kind: "command", ...row })),
  );
});

describe("a file is refused", () => {
  const spoil = (name: string, change: (lines: string[]) => string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${change(readFileSync(file, "utf8").trimEnd().split("\n")).join("\n")}\n`);
    return path;
  };

  test.each([
    ["when it was cut short", (lines: string[]) => lines.slice(0, -1), /was cut short/],
    [
      "when a command was changed",
      (lines: string[]) => lines.map((line) => line.replace('"First"', '"Forged"')),
      /does not continue the chain of hashes/,
    ],
    ["when a command is missing", (lines: string[]) => lines.toSpliced(3, 1), /does not continue the chain/],
    ["when it is something else", () => ["{}"], /is no log of a script/],
    [
      "when its format is newer",
      (lines: string[]) => [lines[0]!.replace('"formatVersion":1', '"formatVersion":2'), ...lines.slice(1)],
      /has format version 2; this release reads up to 1/,
    ],
  ])("%s", async (name, change, says) => {
    const { code, err } = await there.run("import", spoil(name, change), "--tenant", "t3");
    expect(err).toMatch(says);
    expect(code).toBe(1);
  });

  test("when it is not there, or its slug is taken, and nothing is left behind", async () => {
    expect((await there.run("import", join(folder, "none"))).err).toMatch(/Cannot read .*ENOENT/);
    const { err } = await there.run("import", file, "--as-id", "twin");
    expect(err).toContain("Tenant t1 has a script with this slug already");
    const { rows } = await there.owner.query(`select id from scripts."Script" where id = 'twin'`);
    expect(rows).toEqual([]);
  });
});
