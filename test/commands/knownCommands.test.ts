import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SubmittedCommand } from "../../src/commands/submission.ts";
import { addNode, updateNode } from "../support/openWriter.ts";
import { accepted, COMMIT, openSubmitPath, type SubmitPath } from "./support/submitPath.ts";

let path: SubmitPath;
beforeAll(async () => {
  path = await openSubmitPath();
});
afterAll(() => path.close());

describe("command ids that are in the log", () => {
  const ids = (scriptId: string, ...names: string[]): SubmittedCommand[] =>
    names.map((name) => ({ ...addNode(name), commandId: `${scriptId}-${name}` }));
  const reused = (scriptId: string, index: number, name: string, sequence: number) => ({
    kind: "command_id_reused",
    index,
    commandId: `${scriptId}-${name}`,
    sequence,
  });

  it("are found by a process that has not seen them", async () => {
    const scriptId = await path.givenScript();
    const batch = ids(scriptId, "x", "y");
    const first = accepted(await path.writer.submit(scriptId, batch, { note: "Once" }));
    expect(accepted(await path.other.submit(scriptId, batch))).toEqual({ ...first, alreadyApplied: true });
    expect(await path.logOf(scriptId)).toHaveLength(5);
  });

  it("answer a dry run with what became of them", async () => {
    const scriptId = await path.givenScript();
    const first = accepted(await path.writer.submit(scriptId, ids(scriptId, "x")));
    const again = accepted(await path.writer.submit(scriptId, ids(scriptId, "x"), { dryRun: true }));
    expect(again).toEqual({ ...first, alreadyApplied: true, dryRun: true });
  });

  it.each([
    ["in another order", ["y", "x"]],
    ["after a new one", ["z", "x", "y"]],
  ])("are not the same batch %s", async (_, names) => {
    const scriptId = await path.givenScript();
    accepted(await path.writer.submit(scriptId, ids(scriptId, "x", "y")));
    expect(await path.writer.submit(scriptId, ids(scriptId, ...names))).toEqual(reused(scriptId, 1, "x", 4));
    expect(await path.logOf(scriptId)).toHaveLength(5);
  });

  it("of a part of a batch tell of that part: it is in the log as it was sent", async () => {
    const scriptId = await path.givenScript();
    accepted(await path.writer.submit(scriptId, ids(scriptId, "x", "y")));
    const result = accepted(await path.writer.submit(scriptId, ids(scriptId, "y")));
    expect(result).toMatchObject({
      commands: [{ commandId: `${scriptId}-y`, sequence: 5 }],
      diff: { added: ["nodes/y"] },
      alreadyApplied: true,
    });
    expect(await path.logOf(scriptId)).toHaveLength(5);
  });

  it("of two batches are not one batch", async () => {
    const scriptId = await path.givenScript();
    accepted(await path.writer.submit(scriptId, ids(scriptId, "x")));
    accepted(await path.writer.submit(scriptId, ids(scriptId, "y")));
    expect(await path.writer.submit(scriptId, ids(scriptId, "x", "y"))).toEqual(reused(scriptId, 0, "x", 4));
  });

  it("are not the same batch when two that look alike change places", async () => {
    const scriptId = await path.givenScript();
    const same = (...names: string[]) =>
      names.map((name) => ({ ...updateNode("n1", { a: 1 }), commandId: `${scriptId}-${name}` }));
    accepted(await path.writer.submit(scriptId, same("x", "y")));
    expect(await path.writer.submit(scriptId, same("y", "x"))).toEqual(reused(scriptId, 1, "x", 4));
  });

  it("do not stand for a command of another type, were its payload the same", async () => {
    const scriptId = await path.givenScript();
    const commandId = `${scriptId}-x`;
    const on = (name: string) => ({ command: `Scripts.${name}.v1`, payload: { version: 1 }, commandId });
    accepted(await path.writer.submit(scriptId, [COMMIT]));
    accepted(await path.writer.submit(scriptId, [on("RollbackToVersion")]));
    expect(await path.writer.submit(scriptId, [on("PublishVersion")])).toEqual(reused(scriptId, 0, "x", 5));
  });

  it.each([
    ["of another type", { command: "Scripts.UpdateNode.v1", payload: { nodeId: "n1", data: {} } }],
    ["of a version that nobody knows", { command: "Scripts.AddNode.v99", payload: addNode("x").payload }],
    ["that cannot be read", { command: "Scripts.AddNode.v1", payload: null }],
  ])("do not stand for a command %s", async (_, command) => {
    const scriptId = await path.givenScript();
    accepted(await path.writer.submit(scriptId, ids(scriptId, "x")));
    expect(await path.writer.submit(scriptId, [{ ...command, commandId: `${scriptId}-x` }])).toEqual(
      reused(scriptId, 0, "x", 4),
    );
  });
});
