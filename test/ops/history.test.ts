import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { updateNode } from "../support/openWriter.ts";
import { command, openOps, writeStory, type WrittenOps } from "./support/openOps.ts";

const folder = mkdtempSync(join(tmpdir(), "script-ops-"));
afterAll(() => rmSync(folder, { recursive: true }));

let ops: WrittenOps;
beforeAll(async () => {
  ops = await openOps();
  await writeStory(ops, "s1");
});
afterAll(() => ops.close());

describe("replay", () => {
  test("makes the document of a version from the log, hash for hash", async () => {
    const file = join(folder, "document.json");
    const { rows } = await ops.owner.query<{ stateHash: string; graphJson: unknown; toSequence: number }>(
      `select "stateHash", "graphJson", "toSequence" from scripts."ScriptVersion" where version = 2`,
    );
    const { code, json } = await ops.run("replay", "s1", "--at", "v2", "--out", file);
    expect(json).toMatchObject({ matches: true, version: 2, stateHash: rows[0]!.stateHash });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ graphJson: rows[0]!.graphJson });
    expect(code).toBe(0);
    const bySequence = await ops.run("replay", "s1", "--at", String(rows[0]!.toSequence));
    expect(bySequence.json).toMatchObject({ matches: true });
  });

  test("shows the draft of a moment between two versions", async () => {
    const { json } = await ops.run("replay", "s1", "--at", "@6");
    expect(json).toMatchObject({
      sequence: 6,
      version: null,
      matches: null,
      graphJson: { nodes: [{ id: "a", data: { title: "First" } }, { id: "b" }] },
    });
  });

  test.each([
    ["@900", /There is no command @900: the log goes from @1 to @/],
    ["v9", /has no version 9; its highest is 3/],
    ["soon", /"soon" names no place in the log/],
    ["2001-01-01T00:00:00Z", /had no commands yet/],
  ])("says what is wrong with %s", async (at, says) => {
    const { code, err } = await ops.run("replay", "s1", "--at", at);
    expect(err).toMatch(says);
    expect(code).toBe(1);
  });
});

describe("diff", () => {
  test("tells two versions apart, field by field", async () => {
    const human = await ops.run("diff", "s1", "1", "2", "--no-json");
    expect(human.out).toContain("version 1 (@7) -> version 2 (@10)\n");
    expect(human.out).toContain('    data.title: (none) -> "Second"');
    expect(human.code).toBe(2);
    const { json } = await ops.run("diff", "s1", "v1", "v2");
    expect(json).toMatchObject({ added: [], removed: [], updated: ["nodes/b"] });
  });

  test("finds no difference between a point and itself", async () => {
    const { code, json } = await ops.run("diff", "s1", "@6", "@6");
    expect(json).toMatchObject({ patch: [], details: [] });
    expect(code).toBe(0);
  });
});

describe("blame", () => {
  test("names the command that gave a field its value, not one that wrote it again", async () => {
    await ops.append("s1", updateNode("a", { title: "Fourth", extra: 1 }));
    const { json } = await ops.run("blame", "s1", "a");
    const { fields } = json as {
      fields: { field: string; sequence: number; value: unknown; actor: string }[];
    };
    const title = fields.find(({ field }) => field === "nodes/a/data/title")!;
    const extra = fields.find(({ field }) => field === "nodes/a/data/extra")!;
    expect(title).toMatchObject({ value: "Fourth", actor: "USER u1" });
    expect(extra.sequence).toBeGreaterThan(title.sequence);
  });

  test("tells who removed a node", async () => {
    await ops.append("s1", command("RemoveNode", { nodeId: "c/d~e" }));
    const { json, code } = await ops.run("blame", "s1", "c/d~e");
    const { fields } = json as { fields: { command: string; value?: unknown }[] };
    expect(fields.length).toBeGreaterThan(0);
    expect(
      fields.every((field) => field.command === "Scripts.RemoveNode.v1" && field.value === undefined),
    ).toBe(true);
    expect(code).toBe(0);
  });

  test("refuses what the script never had", async () => {
    const { code, err } = await ops.run("blame", "s1", "nobody");
    expect(err).toContain('The script never had a node, edge or variable "nobody"');
    expect(code).toBe(1);
  });
});

describe("log", () => {
  test("streams rows as lines of JSON, and as text for persons", async () => {
    const { out } = await ops.run("log", "s1", "--from", "2", "--to", "4");
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { sequence: number });
    expect(rows.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    const human = await ops.run("log", "s1", "--to", "1", "--no-json");
    expect(human.out).toMatch(/^ {6}1 {2}\d{4}-.* {2}USER u1 .*Scripts\.CreateScript\.v1 /);
  });
});

describe("a script", () => {
  test("is found by its slug, and asked for again when two tenants have it", async () => {
    await ops.damage(
      `insert into scripts."Script" ("tenantId", id, name, slug, "createdById", "updatedById", "createdAt", "updatedAt")
       values ('t2', 's1', 'Other', 'other', 'u', 'u', now(), now())`,
    );
    const { err, code } = await ops.run("log", "s1");
    expect(err).toMatch(/"s1" is a script of several tenants: t1, t2\. Say which with --tenant/);
    expect(code).toBe(1);
    expect(await ops.run("log", "s1", "--tenant", "t1", "--to", "1")).toMatchObject({ code: 0 });
    expect((await ops.run("log", "nothing")).err).toContain('There is no script with id or slug "nothing"');
  });
});
