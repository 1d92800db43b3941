import type {
  LegacyAnswerRow,
  LegacyEdgeRow,
  LegacyNodeRow,
  LegacyTable,
  LegacyVariableRow,
  LegacyVersionRow,
} from "../../src/guidance/legacyRows.ts";
import type { FindingReason, QuarantineReason } from "../../src/guidance/reasons.ts";
import type { Dice } from "./dice.ts";
import { addEdge, addNode, draftRun } from "./drafts.ts";
import type { DraftSize, ScriptDraft } from "./drafts.ts";

/** A row that hangs on nothing. */
export type Stray =
  | { readonly table: "ScriptVersion"; readonly row: LegacyVersionRow }
  | { readonly table: "ScriptNode"; readonly row: LegacyNodeRow }
  | { readonly table: "ScriptEdge"; readonly row: LegacyEdgeRow }
  | { readonly table: "ScriptVariable"; readonly row: LegacyVariableRow }
  | { readonly table: "ScriptAnswer"; readonly row: LegacyAnswerRow };

/** What was planted where, and what must come of it. */
export type Planted = {
  readonly trap: string;
  readonly table: LegacyTable;
  readonly id: string;
} & (
  | { readonly expect: "quarantine"; readonly code: QuarantineReason }
  | { readonly expect: "finding"; readonly code: FindingReason }
  /** It looks dangerous and moves as it is. */
  | { readonly expect: "moves" }
);

/** Where a trap is planted. */
export interface TrapContext {
  readonly dice: Dice;
  readonly hugeNodes: number;
  /** A script of its own, with nothing wrong. Number and tenant come from the generator. */
  script(size?: Partial<DraftSize>): ScriptDraft;
  stray(stray: Stray): void;
  quarantined(table: LegacyTable, id: string, code: QuarantineReason): void;
  found(table: LegacyTable, id: string, code: FindingReason): void;
  moves(table: LegacyTable, id: string): void;
}

const first = (script: ScriptDraft) => script.versions[0]!;
const nodeOf = (script: ScriptDraft, type: LegacyNodeRow["type"]) =>
  first(script).nodes.find((node) => node.type === type)!;
const lastPlace = (script: ScriptDraft) => first(script).nodes.length - 1;
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
const keyed = (key: (script: ScriptDraft) => string, isMade: boolean) => (context: TrapContext) => {
  const { row } = context.script();
  row.key = key({ row, versions: [], runs: [] });
  if (isMade) context.found("Script", row.id, "slug_made");
  else context.moves("Script", row.id);
};
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
const declared =
  (
    change: { key?: string; type?: string; defaultVal?: string; enumValues?: string[] },
    code: FindingReason,
  ) =>
  (context: TrapContext) => {
    const { dice } = context;
    const version = first(context.script());
    const row: LegacyVariableRow = {
      id: dice.id(),
      scriptVersionId: version.row.id,
      key: "extra",
      type: "string",
      enumValues: [],
      defaultVal: null,
      required: false,
      ...change,
    };
    version.variables.push(row);
    context.found("ScriptVariable", row.id, code);
  };
const versionTimed =
  (createdAt: string, code: FindingReason) =>
  (context: TrapContext): void => {
    const version = context.script({ versions: 3 }).versions[2]!;
    version.row.createdAt = createdAt;
    version.row.publishedAt = null;
    context.found("ScriptVersion", version.row.id, code);
  };

/** Every trap by its name. Each is planted in rows of its own, so that one cannot hide another. */
export const TRAPS: { readonly [trap: string]: (context: TrapContext) => void } = {
  // Scripts
  key_near_duplicate: (context) => {
    const [made, plain] = [context.script(), context.script()];
    made.row.key = plain.row.key.replaceAll("-", " ").toUpperCase();
    made.row.tenantId = plain.row.tenantId;
    for (const { row } of made.runs) row.tenantId = plain.row.tenantId;
    context.found("Script", made.row.id, "slug_made");
    context.moves("Script", plain.row.id);
  },
  key_emoji: keyed(({ row }) => `📞 ${row.key}`, true),
  key_right_to_left: keyed(({ row }) => `שיחה ${row.key.replaceAll(/[a-z]/g, "")}`, true),
  key_very_long: keyed(({ row }) => `${row.key}-${"long-".repeat(60)}end`, true),
  key_duplicate: (context) => {
    const twins = [context.script({ runs: 0 }), context.script({ runs: 0 })];
    for (const { row } of twins) {
      row.tenantId = null;
      row.key = "twin";
      context.quarantined("Script", row.id, "tenant_missing");
    }
  },
  tenant_null: (context) => {
    const script = context.script({ runs: 1 });
    script.row.tenantId = null;
    context.quarantined("Script", script.row.id, "tenant_missing");
    script.runs[0]!.row.tenantId = null;
    context.quarantined("ScriptRun", script.runs[0]!.row.id, "run_script_not_moved");
  },
  tenant_invalid: (context) => {
    const { row } = context.script({ runs: 0 });
    row.tenantId = "no such / tenant";
    context.quarantined("Script", row.id, "tenant_invalid");
  },
  title_empty: (context) => {
    const { row } = context.script();
    row.title = "  ";
    context.found("Script", row.id, "title_repaired");
  },
  tags_repeated: (context) => {
    const { row } = context.script();
    row.tags = ["a", "b", "a", ""];
    context.found("Script", row.id, "tags_repaired");
  },
  latest_version_differs: (context) => {
    const { row } = context.script();
    row.latestVersion = 7;
    context.found("Script", row.id, "latest_version_differs");
  },
  no_versions: (context) => {
    const script = context.script({ runs: 0 });
    script.versions.length = 0;
    script.row.latestVersion = 1;
    context.moves("Script", script.row.id);
  },

  // Versions
  several_active: (context) => {
    const script = context.script({ versions: 3, runs: 0 });
    script.versions[0]!.row.status = "ACTIVE";
    context.found("ScriptVersion", script.versions[0]!.row.id, "several_active");
  },
  none_active: (context) => {
    const script = context.script({ versions: 2, runs: 0 });
    for (const { row } of script.versions) row.status = "DRAFT";
    context.moves("Script", script.row.id);
  },
  version_gap: (context) => {
    const script = context.script({ versions: 3 });
    script.versions[2]!.row.version = 6;
    script.row.latestVersion = 6;
    context.found("ScriptVersion", script.versions[2]!.row.id, "version_gap");
  },
  version_gap_too_large: (context) => {
    const script = context.script({ versions: 2, runs: 0 });
    script.versions[1]!.row.version = 2_000_000;
    context.quarantined("ScriptVersion", script.versions[1]!.row.id, "version_gap_too_large");
  },
  version_number_invalid: (context) => {
    const script = context.script({ versions: 2, runs: 0 });
    script.versions[0]!.row.version = 0;
    context.quarantined("ScriptVersion", script.versions[0]!.row.id, "version_number_invalid");
    // What was version 2 is the first one now, and follows a gap.
    context.found("ScriptVersion", script.versions[1]!.row.id, "version_gap");
  },
  version_orphan: (context) => {
    const script = context.script({ versions: 1 });
    const row = { ...first(script).row, id: context.dice.id(), scriptId: context.dice.id() };
    context.stray({ table: "ScriptVersion", row });
    context.quarantined("ScriptVersion", row.id, "version_orphan");
  },
  notes_long: (context) => {
    const { row } = first(context.script());
    row.notes = "long ".repeat(2_000);
    context.found("ScriptVersion", row.id, "notes_cut");
  },
  time_infinite: versionTimed("infinity", "time_not_finite"),
  time_minus_infinite: versionTimed("-infinity", "time_not_finite"),
  // 4000 BC, and the year 9000.
  time_far_past: versionTimed("-188395200000000", "time_out_of_range"),
  time_far_future: versionTimed("221845392000000", "time_out_of_range"),
  time_goes_back: (context) => {
    const script = context.script({ versions: 3 });
    const { row } = script.versions[2]!;
    row.createdAt = String(Number(script.versions[0]!.row.createdAt) - 1_000);
    row.publishedAt = null;
    context.found("ScriptVersion", row.id, "time_went_back");
  },

  // Nodes
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

  // Edges
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

  // Variables
  variable_orphan: (context) => {
    const version = first(context.script());
    const row = { ...version.variables[0]!, id: context.dice.id(), scriptVersionId: context.dice.id() };
    context.stray({ table: "ScriptVariable", row });
    context.quarantined("ScriptVariable", row.id, "variable_orphan");
  },
  variable_key_proto: declared({ key: "__proto__" }, "variable_key_renamed"),
  variable_key_dashed: declared({ key: "customer-name.first" }, "variable_key_renamed"),
  variable_type_unknown: declared({ type: "money" }, "variable_type_changed"),
  enum_without_values: declared({ type: "enum" }, "variable_type_changed"),
  enum_values_repeated: declared({ type: "enum", enumValues: ["a", "a", "b"] }, "enum_values_repaired"),
  default_no_number: declared({ type: "number", defaultVal: "many" }, "default_dropped"),
  default_no_date: declared({ type: "date", defaultVal: "2023-02-30" }, "default_dropped"),
  default_not_in_enum: declared({ type: "enum", enumValues: ["a"], defaultVal: "z" }, "default_dropped"),
  default_no_json: declared({ type: "json", defaultVal: "{a: 1" }, "default_dropped"),

  // Runs and answers
  run_version_missing: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.scriptVersion = 99;
    context.quarantined("ScriptRun", row.id, "run_version_missing");
  },
  run_version_filled: (context) => {
    const script = context.script({ versions: 2, runs: 1 });
    script.versions[1]!.row.version = 4;
    script.row.latestVersion = 4;
    script.runs[0]!.row.scriptVersion = 3;
    context.found("ScriptVersion", script.versions[1]!.row.id, "version_gap");
    context.quarantined("ScriptRun", script.runs[0]!.row.id, "run_version_missing");
  },
  run_script_missing: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.scriptId = context.dice.id();
    context.quarantined("ScriptRun", row.id, "run_script_missing");
  },
  run_tenant_mismatch: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.tenantId = "somebody-else";
    context.quarantined("ScriptRun", row.id, "run_tenant_mismatch");
  },
  run_tenant_null: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.tenantId = null;
    context.found("ScriptRun", row.id, "run_tenant_taken");
  },
  run_cursor_unknown: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.state = JSON.stringify({ cursor: "nowhere", vars: {} });
    context.found("ScriptRun", row.id, "run_cursor_unknown");
  },
  run_state_unreadable: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.state = JSON.stringify(["n1"]);
    context.found("ScriptRun", row.id, "run_state_unreadable");
  },
  run_value_untyped: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.state = JSON.stringify({ cursor: null, vars: { age: "old", __proto: 1 } });
    context.found("ScriptRun", row.id, "value_not_typed");
  },
  run_time_infinite: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.completedAt = "infinity";
    context.found("ScriptRun", row.id, "time_not_finite");
  },
  answer_orphan: (context) => {
    const row = answerOf(context, { runId: context.dice.id(), nodeKey: "n2" });
    context.stray({ table: "ScriptAnswer", row });
    context.quarantined("ScriptAnswer", row.id, "answer_orphan");
  },
  answer_node_unknown: (context) => {
    const run = context.script({ runs: 1 }).runs[0]!;
    const row = answerOf(context, { runId: run.row.id, nodeKey: "never-was", at: run.row.startedAt });
    run.answers.push(row);
    context.found("ScriptAnswer", row.id, "answer_node_unknown");
  },
  answer_repeated: (context) => {
    const run = draftRunWithAnswer(context);
    const [before] = run.answers;
    const again = {
      ...before!,
      id: context.dice.id(),
      answeredAt: String(Number(before!.answeredAt) + 1_000),
    };
    run.answers.push(again);
    context.found("ScriptAnswer", again.id, "answer_repeated");
  },
  answer_nul: (context) => {
    const answer = draftRunWithAnswer(context).answers[0]!;
    answer.value = '"x\\u0000y"';
    context.found("ScriptAnswer", answer.id, "json_repaired");
  },
  answer_too_large: (context) => {
    const run = draftRunWithAnswer(context);
    const row = answerOf(context, { runId: run.row.id, nodeKey: "n1", at: run.row.startedAt });
    row.value = JSON.stringify("x".repeat(70_000));
    run.answers.push(row);
    context.quarantined("ScriptAnswer", row.id, "answer_too_large");
  },
};

function draftRunWithAnswer(context: TrapContext): ScriptDraft["runs"][number] {
  const script = context.script({ runs: 0 });
  const run = draftRun(context.dice, script);
  script.runs.push(run);
  return run;
}

function answerOf(
  { dice }: TrapContext,
  { runId, nodeKey, at = "1704100000000" }: { runId: string; nodeKey: string; at?: string },
): ScriptDraft["runs"][number]["answers"][number] {
  return { id: dice.id(), runId, nodeKey, value: '"late"', answeredAt: at };
}
