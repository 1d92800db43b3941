import type { FindingReason, QuarantineReason } from "../../../src/guidance/reasons.ts";
import { addEdge, addNode, type ScriptDraft } from "../drafts.ts";
import { first, lastPlace, type TrapContext, type Traps } from "./trapContext.ts";

/** Adds an edge beside the one that leaves the version's first question. */
const extraEdge = (context: TrapContext, script: ScriptDraft, condition: unknown) => {
  const version = first(script);
  const place = version.nodes.findIndex(({ type }) => type === "QUESTION");
  return addEdge(context.dice, version, place, lastPlace(script), condition);
};
const conditioned =
  (condition: unknown, expect: "quarantined" | "found" | "moves", code?: string) =>
  (context: TrapContext) => {
    const edge = extraEdge(context, context.script(), condition);
    if (expect === "quarantined") context.quarantined("ScriptEdge", edge.id, code as QuarantineReason);
    else if (expect === "found") context.found("ScriptEdge", edge.id, code as FindingReason);
    else context.moves("ScriptEdge", edge.id);
  };
/** Of edges, their conditions, and the circles that they close. */
export const edgeTraps: Traps = {
  edge_dangling: (context) => {
    const edge = extraEdge(context, context.script(), null);
    edge.toNodeId = context.dice.id();
    edge.toVersionId = null;
    context.quarantined("ScriptEdge", edge.id, "edge_dangling");
  },
  edge_crosses_versions: (context) => {
    const script = context.script({ versions: 2 });
    const other = script.versions[1]!.nodes.at(-1)!;
    const edge = extraEdge(context, script, null);
    edge.toNodeId = other.id;
    edge.toVersionId = other.scriptVersionId;
    context.quarantined("ScriptEdge", edge.id, "edge_crosses_versions");
  },
  edge_orphan: (context) => {
    const row = {
      ...first(context.script()).edges[0]!,
      id: context.dice.id(),
      scriptVersionId: context.dice.id(),
    };
    context.stray({ table: "ScriptEdge", row });
    context.quarantined("ScriptEdge", row.id, "edge_orphan");
  },
  edge_twice: (context) => {
    const edge = extraEdge(context, context.script(), { "==": [{ var: "name" }, "x"] });
    context.moves("ScriptEdge", edge.id);
  },
  cycle_of_messages: (context) => {
    const { dice } = context;
    const script = context.script();
    addNode(dice, first(script), "round", "MESSAGE", 1_000);
    addEdge(dice, first(script), 1, lastPlace(script), { "==": [{ var: "name" }, "x"] });
    addEdge(dice, first(script), lastPlace(script), 1, null);
    context.found("ScriptVersion", first(script).row.id, "endless_loop_kept");
  },
  cycle_of_questions: (context) => {
    const { dice } = context;
    const script = context.script();
    const node = addNode(dice, first(script), "again", "QUESTION", 1_000);
    addEdge(dice, first(script), 2, lastPlace(script), { "==": [{ var: "name" }, "x"] });
    addEdge(dice, first(script), lastPlace(script), 2, null);
    context.moves("ScriptNode", node.id);
  },
  self_loop: (context) => {
    const version = first(context.script());
    const place = version.nodes.findIndex(({ type }) => type === "QUESTION");
    const edge = addEdge(context.dice, version, place, place, { "==": [{ var: "name" }, ""] });
    context.moves("ScriptEdge", edge.id);
  },
  self_loop_of_message: (context) => {
    const version = first(context.script());
    const place = version.nodes.findIndex(({ type }) => type === "MESSAGE");
    addEdge(context.dice, version, place, place, { "==": [{ var: "name" }, "x"] });
    context.found("ScriptVersion", version.row.id, "endless_loop_kept");
  },
  condition_text: conditioned("age > 18", "quarantined", "condition_not_json"),
  condition_unknown_operator: conditioned({ frobnicate: [1, 2] }, "quarantined", "condition_invalid"),
  condition_empty_object: conditioned({}, "quarantined", "condition_invalid"),
  condition_two_operators: conditioned({ "==": [1, 1], "!=": [1, 2] }, "quarantined", "condition_invalid"),
  condition_too_large: conditioned(
    { or: Array.from({ length: 600 }, (_, value) => ({ "==": [{ var: "age" }, value] })) },
    "quarantined",
    "condition_too_large",
  ),
  condition_double_encoded: conditioned(
    JSON.stringify({ ">": [{ var: "age" }, 18] }),
    "found",
    "condition_decoded",
  ),
  condition_number: conditioned(1, "found", "condition_literal"),
  condition_false: conditioned(false, "moves"),
  condition_undeclared: conditioned({ "==": [{ var: "mood.today" }, "good"] }, "found", "variable_declared"),
  condition_proto: conditioned(
    { "==": [{ var: "age" }, { ["__proto__"]: 1 }] },
    "quarantined",
    "condition_invalid",
  ),
};
