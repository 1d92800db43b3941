import { describe, expect, test } from "vitest";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { evolve } from "../../src/scripts/evolve.ts";
import { replay } from "../../src/scripts/replay.ts";
import { ReplayError } from "../../src/scripts/replayError.ts";
import type { StoredCommand } from "../../src/scripts/storedCommand.ts";
import { node } from "./document/documentOf.ts";
import { deepFreeze } from "./support/deepFreeze.ts";
import { accepted, given } from "./support/given.ts";

const stream = given(["AddNode", { node: node("a", "x") }]);
const command = (
  type: string,
  payload: StoredCommand["payload"],
  more: Partial<StoredCommand> = {},
): StoredCommand =>
  deepFreeze({ sequence: 3, type: `Scripts.${type}`, typeVersion: 1, payload, facts: {}, ...more });

function failure(...commands: StoredCommand[]): unknown {
  try {
    replay(stream.state, commands);
    return undefined;
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    return [error.sequence, error.code];
  }
}

describe("replay", () => {
  test("changes neither the state that it starts from nor the commands", () => {
    const after = replay(stream.state, [
      command("AddNode", { node: node("b", "x", { data: { deep: { list: [1] } } }) as never }),
      command("UpdateNode", { nodeId: "b", data: { deep: { list: [2], more: 1 } } }, { sequence: 4 }),
      command("MoveNodes", { moves: [{ nodeId: "b", position: { x: 5, y: 5 } }] }, { sequence: 5 }),
      command("MoveNodes", { moves: [{ nodeId: "b", position: { x: 6, y: 5 } }] }, { sequence: 6 }),
    ]);
    expect(after.nodes["b"]).toMatchObject({
      position: { x: 6, y: 5 },
      data: { deep: { list: [2], more: 1 } },
    });
    expect(Object.keys(stream.state.nodes)).toEqual(["a"]);
  });

  test("keeps its hands off a graph that it took over from a command", () => {
    const graph = (data: object) => ({
      nodes: [node("a", "x", { data: { prompt: "Hi", ...data } })],
      edges: [],
    });
    const taken = (graphJson: object) => ({
      graphJson: { ...graphJson, viewport: stream.state.viewport, entryNodeId: null },
    });
    const after = replay(stream.state, [
      command("ReplaceGraph", taken(graph({ config: { deep: { x: 1 } } }))),
      command("UpdateNode", { nodeId: "a", data: { config: { deep: { x: 2 } } } }, { sequence: 4 }),
    ]);
    expect(after.nodes["a"]!.data).toEqual({ prompt: "Hi", config: { deep: { x: 2 } } });
  });

  test("does not parse payloads again: what the rules refuse today was accepted once", () => {
    const after = replay(stream.state, [command("UpdateNode", { nodeId: "a", width: -1 })]);
    expect(after.nodes["a"]!.width).toBe(-1);
  });

  test("stops at a type or version that it does not know", () => {
    expect(failure(command("Undo", {}))).toEqual([3, "unknown_command_type"]);
    expect(failure(command("AddNode", {}, { typeVersion: 2 }))).toEqual([3, "newer_command_version"]);
    expect(failure(command("AddNode", {}, { typeVersion: 0 }))).toEqual([3, "unknown_command_version"]);
    expect(failure(command("MoveNodes", {}, { typeVersion: -1 }))).toEqual([3, "unknown_command_version"]);
  });

  test("says what it does not know, and what to do about it", () => {
    const unknown = (type: string, typeVersion: number) => () =>
      replay(stream.state, [command(type, {}, { typeVersion })]);
    expect(unknown("Undo", 1)).toThrow("The type Scripts.Undo is not known here.");
    expect(unknown("AddNode", 2)).toThrow(
      "Scripts.AddNode.v2 is newer than Scripts.AddNode.v1, the newest known here. Run a release that knows it.",
    );
    expect(unknown("AddNode", 0)).toThrow("There is no upcaster for Scripts.AddNode.v0.");
  });

  test("stops at a command that cannot be applied and keeps the cause", () => {
    const broken = command("UpdateNode", { nodeId: "nobody", data: { x: 1 } });
    expect(failure(broken)).toEqual([3, "evolve_failed"]);
    expect(() => replay(stream.state, [broken])).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("Command 3: Scripts.UpdateNode cannot be applied") as string,
        cause: expect.any(TypeError) as TypeError,
      }) as ReplayError,
    );
  });

  test("stops at a gap", () => {
    const empty = command("UpdateDetails", {});
    expect(failure(empty, { ...empty, sequence: 5 })).toEqual([5, "sequence_gap"]);
    expect(failure(empty, empty)).toEqual([3, "sequence_gap"]);
    expect(() => replay(stream.state, [empty, empty])).toThrow(
      "It follows command 3. Read the log in order and whole.",
    );
  });
});

// Freezing takes longer than the edit, and what is frozen is slower to copy again.
test("evolve does not freeze the state that it hands back", () => {
  const { state } = evolve(EMPTY_STATE, command("AddNode", { node: node("b", "x") as never }));
  expect([state, state.nodes, state.nodes["b"]].map((part) => Object.isFrozen(part))).toEqual([
    false,
    false,
    false,
  ]);
});

describe("a stored command of an older version", () => {
  const old = command("MoveNodes", { nodeId: "a", position: { x: 4, y: 2 } }, { typeVersion: 0 });

  test("is brought up to date at read, and its row stays as it is", () => {
    const before = JSON.stringify(old);
    expect(replay(stream.state, [old]).nodes["a"]!.position).toEqual({ x: 4, y: 2 });
    expect(JSON.stringify(old)).toBe(before);
  });

  test("leads where the current version leads", () => {
    const moves = [{ nodeId: "a", position: { x: 4, y: 2 } }];
    const now = accepted(stream, ["MoveNodes", { moves }]);
    expect(evolve(stream.state, old)).toEqual({
      state: now.state,
      patch: now.log.at(-1)!.patch,
      inversePatch: now.log.at(-1)!.inversePatch,
    });
  });
});
