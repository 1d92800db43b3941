import { addEdge, addNode } from "../drafts.ts";
import { first, lastPlace, nodeOf, type TrapContext, type Traps } from "./trapContext.ts";

const prompted = (prompt: string) => (context: TrapContext) => {
  const node = nodeOf(context.script(), "MESSAGE");
  node.prompt = prompt;
  node.title = prompt;
  context.moves("ScriptNode", node.id);
};
const nodeKeyed = (key: string) => (context: TrapContext) => {
  const node = nodeOf(context.script(), "MESSAGE");
  node.key = key;
  context.found("ScriptNode", node.id, "node_key_renamed");
};
const configured = (config: string) => (context: TrapContext) => {
  const node = nodeOf(context.script(), "MESSAGE");
  node.config = config;
  context.found("ScriptNode", node.id, "json_repaired");
};
/** Of nodes and of whole graphs. */
export const nodeTraps: Traps = {
  node_orphan: (context) => {
    const row = {
      ...nodeOf(context.script(), "MESSAGE"),
      id: context.dice.id(),
      scriptVersionId: context.dice.id(),
    };
    context.stray({ table: "ScriptNode", row });
    context.quarantined("ScriptNode", row.id, "node_orphan");
  },
  node_key_proto: nodeKeyed("__proto__"),
  node_key_control: nodeKeyed("line\nbreak"),
  node_key_empty: nodeKeyed(""),
  node_key_emoji: (context) => {
    const node = nodeOf(context.script(), "MESSAGE");
    node.key = "👩‍👩‍👧 schritt/1~2";
    context.moves("ScriptNode", node.id);
  },
  node_key_constructor: (context) => {
    const node = nodeOf(context.script(), "MESSAGE");
    node.key = "constructor";
    context.moves("ScriptNode", node.id);
  },
  text_emoji: prompted("Hello 👋🏽 👩‍🚀"),
  text_mojibake: prompted("GrÃ¼ÃŸe, â€œMÃ¼llerâ€\u009d"),
  text_right_to_left: prompted("\u202Eשלום, מה שלומך?\u202C"),
  json_nul: configured('{"a":"x\\u0000y","b":1}'),
  json_half_surrogate: configured('{"a":["\\ud83d"]}'),
  json_proto: configured('{"__proto__":{"polluted":true},"a":1}'),
  config_too_deep: (context) => {
    const node = nodeOf(context.script({ runs: 0 }), "MESSAGE");
    node.config = `${'{"a":'.repeat(40)}1${"}".repeat(40)}`;
    context.quarantined("ScriptNode", node.id, "node_data_too_deep");
  },
  order_tied: (context) => {
    const version = first(context.script());
    version.nodes[2]!.orderIndex = version.nodes[1]!.orderIndex;
    context.found("ScriptVersion", version.row.id, "order_tied");
  },
  node_unreachable: (context) => {
    const { dice } = context;
    const script = context.script();
    const node = addNode(dice, first(script), "island", "MESSAGE", 1_000);
    addEdge(dice, first(script), lastPlace(script), lastPlace(script) - 1, null);
    context.moves("ScriptNode", node.id);
  },
  dead_end: (context) => {
    const { dice } = context;
    const script = context.script();
    addNode(dice, first(script), "dead", "MESSAGE", 1_000);
    addEdge(dice, first(script), 1, lastPlace(script), { "==": [{ var: "name" }, "x"] });
    context.found("ScriptVersion", first(script).row.id, "end_added");
  },
  no_end: (context) => {
    const { dice } = context;
    const version = first(context.script({ runs: 0 }));
    const end = version.nodes.findIndex(({ type }) => type === "END");
    version.nodes[end]!.type = "QUESTION";
    version.nodes[end]!.config = null;
    addEdge(dice, version, end, 1, null);
    context.found("ScriptVersion", version.row.id, "end_added");
  },
  entry_missing: (context) => {
    const { row } = first(context.script());
    row.entryNodeId = null;
    context.found("ScriptVersion", row.id, "entry_missing");
  },
  entry_dangling: (context) => {
    const { row } = first(context.script());
    row.entryNodeId = context.dice.id();
    context.found("ScriptVersion", row.id, "entry_dangling");
  },
  choice_without_options: (context) => {
    const node = nodeOf(context.script({ runs: 0 }), "CHOICE");
    node.config = null;
    context.found("ScriptNode", node.id, "choice_without_options");
  },
  condition_without_conditions: (context) => {
    const version = first(context.script());
    const node = version.nodes.find(({ type }) => type === "CONDITION")!;
    const kept = version.edges.filter((edge) => edge.fromNodeId !== node.id || edge.condition === null);
    version.edges.splice(0, version.edges.length, ...kept);
    context.found("ScriptVersion", version.row.id, "condition_without_conditions");
  },
  graph_huge: (context) => {
    const script = context.script({ nodes: context.hugeNodes, runs: 0 });
    context.moves("ScriptVersion", first(script).row.id);
  },
  graph_too_large: (context) => {
    const script = context.script({ nodes: 5_001, runs: 0 });
    context.quarantined("ScriptVersion", first(script).row.id, "graph_too_large");
  },
};
