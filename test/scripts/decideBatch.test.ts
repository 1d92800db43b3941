import { describe, expect, test } from "vitest";
import { decideBatch } from "../../src/scripts/decideBatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { commandNames, parseCommandName } from "../../src/scripts/registry.ts";
import { node } from "./document/documentOf.ts";
import { decide, given, reasons } from "./support/given.ts";

const context = { sealedDocument: () => undefined };
const send = (command: string, payload: unknown = {}) =>
  decideBatch(given(), [{ command, payload }], context);

describe("decideBatch", () => {
  test("numbers the commands from the head on and hands back the state and the whole patch", () => {
    const decision = decideBatch(
      { state: EMPTY_STATE, sequence: 0 },
      [
        { command: "Scripts.CreateScript.v1", payload: { name: "Call", slug: "call" } },
        { command: "Scripts.AddNode.v1", payload: { node: { ...node("a", "x"), selected: true } } },
      ],
      context,
    );
    if (decision.kind === "refused") throw new Error("refused");
    expect(decision.commands).toMatchObject([
      { sequence: 1, type: "Scripts.CreateScript", typeVersion: 1, payload: { labels: [] }, facts: {} },
      { sequence: 2, type: "Scripts.AddNode", typeVersion: 1, payload: { node: node("a", "x") } },
    ]);
    expect(decision.patch).toEqual(decision.commands.flatMap(({ patch }) => patch));
    expect(Object.keys(decision.state.nodes)).toEqual(["a"]);
  });

  test("accepts an empty batch as it stands", () => {
    const { state, sequence } = given();
    expect(decideBatch({ state, sequence }, [], context)).toEqual({
      kind: "accepted",
      commands: [],
      state,
      patch: [],
    });
  });

  test("stops at the first refused command and names its place", () => {
    const remove = ["RemoveNode", { nodeId: "nobody" }] as const;
    const decision = decide(given(), ["AddNode", { node: node("a", "x") }], remove, remove);
    expect(decision).toMatchObject({
      kind: "refused",
      refusals: [{ index: 1, code: "node_not_found", path: "/nodeId" }],
    });
  });

  test("shares nothing with the payload that it was handed", () => {
    const sent = { node: { ...node("a", "x"), data: { list: [{ title: "A" }] } } };
    const decision = send("Scripts.AddNode.v1", sent);
    const before = JSON.stringify(decision);
    sent.node.data.list[0]!.title = "B";
    expect(JSON.stringify(decision)).toBe(before);
  });

  test("leaves out members that are undefined, as JSON does", () => {
    const payload = { nodeId: "a", width: undefined, data: { title: undefined, hint: "h" } };
    const decision = decide(given(["AddNode", { node: node("a", "x") }]), ["UpdateNode", payload]);
    expect(decision).toMatchObject({ kind: "accepted" });
    expect(decision.kind === "accepted" && decision.commands[0]!.payload).toEqual({
      nodeId: "a",
      data: { hint: "h" },
    });
  });

  test("lists names that are near to one that it does not know", () => {
    expect(send("Scripts.Addnodes.v1")).toMatchObject({
      kind: "refused",
      refusals: [
        {
          index: 0,
          code: "unknown_command",
          path: "",
          details: { near: ["Scripts.AddNode.v1", "Scripts.MoveNodes.v1", "Scripts.AddEdge.v1"] },
        },
      ],
    });
    expect(send("AddNode")).toMatchObject({ refusals: [{ code: "unknown_command" }] });
    expect(send("x".repeat(100_000))).toMatchObject({ refusals: [{ code: "unknown_command" }] });
  });

  test("refuses a command in a version that is older or newer than its own", () => {
    const details = { current: "Scripts.MoveNodes.v1" };
    const refusals = [{ code: "unsupported_command_version", path: "", details }];
    const payload = { nodeId: "a", position: { x: 1, y: 1 } };
    expect(send("Scripts.MoveNodes.v0", payload)).toMatchObject({ refusals });
    expect(send("Scripts.MoveNodes.v2", payload)).toMatchObject({ refusals });
  });

  test("refuses what comes too early or too late, and says what to send", () => {
    const create = { command: "Scripts.CreateScript.v1", payload: { name: "Call", slug: "call" } };
    const add = { command: "Scripts.AddNode.v1", payload: { node: node("a", "x") } };
    const refusal = (code: string, message: string) => ({
      kind: "refused",
      refusals: [{ index: 0, code, path: "", message }],
    });
    expect(decideBatch({ state: EMPTY_STATE, sequence: 0 }, [add], context)).toEqual(
      refusal("script_not_created", "The script does not exist yet. Send Scripts.CreateScript.v1 first."),
    );
    expect(decideBatch(given(), [create], context)).toEqual(
      refusal("script_exists", "The script exists already. Send Scripts.UpdateDetails.v1 to change it."),
    );
    expect(decideBatch(given(["ChangeStatus", { status: "ARCHIVED" }]), [add], context)).toEqual(
      refusal(
        "script_archived",
        'The script is archived. Restore it first: Scripts.ChangeStatus.v1 with status "DRAFT".',
      ),
    );
  });

  test("lists at most 20 reasons against one payload", () => {
    const nodes = Array.from({ length: 1_000 }, () => ({ id: "" }));
    expect(reasons(given(), ["ReplaceGraph", { graphJson: { nodes, edges: [] } }])).toHaveLength(20);
  });
});

describe("command names", () => {
  test("are taken apart into type and version", () => {
    expect(parseCommandName("Scripts.AddNode.v1")).toEqual({ type: "Scripts.AddNode", version: 1 });
    expect(parseCommandName("Scripts.AddNode.v12")).toEqual({ type: "Scripts.AddNode", version: 12 });
    const malformed = [
      "",
      "AddNode.v1",
      "Scripts.AddNode",
      "Scripts.AddNode.v01",
      "Scripts.AddNode.v1 ",
      "Scripts..v1",
    ];
    expect(malformed.map(parseCommandName)).toEqual(malformed.map(() => undefined));
  });

  test("are all of version 1", () => {
    expect(commandNames).toHaveLength(23);
    expect(commandNames.every((name) => parseCommandName(name)?.version === 1)).toBe(true);
  });
});
