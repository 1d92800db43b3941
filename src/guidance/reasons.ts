import type { LegacyTable } from "./legacyRows.ts";

/**
 * Why a row cannot be moved. Those in SCRIPT_REASONS hold back the whole script; an edge, a run, an answer or a
 * row that hangs on nothing stays behind alone, because nothing else changes its meaning without it.
 */
export const QUARANTINE_REASONS = {
  tenant_missing: "The script belongs to no tenant, and none was named for such scripts.",
  tenant_invalid: "The tenant's id has a form that the service does not take.",
  version_number_invalid: "A version's number is below 1.",
  version_gap_too_large: "More version numbers are missing than can be filled.",
  graph_too_large: "A version has more nodes, edges, variables or bytes than a script may have.",
  node_data_too_deep: "A node's config or uiSchema is nested too deeply.",
  node_data_too_large: "A node's config and uiSchema take too many bytes.",
  refused_by_rules:
    "The canonical service refuses the mapped version for another reason; the message says which.",
  edge_dangling: "The edge's node does not exist, so nobody could ever take it.",
  edge_crosses_versions: "The edge leads to a node of another version, so nobody could ever take it.",
  condition_not_json: "The condition is a text that is no JSON.",
  condition_invalid: "The condition is no JSON-logic that can be evaluated.",
  condition_too_large: "The condition is larger than one may be.",
  version_orphan: "The version's script does not exist.",
  node_orphan: "The node's version does not exist.",
  edge_orphan: "The edge's version does not exist.",
  variable_orphan: "The variable's version does not exist.",
  run_script_missing: "The run's script does not exist.",
  run_script_not_moved: "The run's script is in quarantine itself.",
  run_version_missing: "The run's script has no such version.",
  run_tenant_mismatch: "The run belongs to another tenant than its script.",
  answer_orphan: "The answer's run does not exist.",
  answer_too_large: "The answer is larger or nested deeper than a value may be.",
} as const;

/** What was moved in another form, and how. */
export const FINDING_REASONS = {
  tenant_assigned: "The script belonged to no tenant and was given the one named for such scripts.",
  id_replaced: "The row's id has a form that the service does not take; it has a new one.",
  slug_made: "The key is no slug, or is not unique; the slug is made of it and of the script's id.",
  title_repaired: "The title was empty, too long or had white space around it.",
  description_cut: "The description was too long.",
  tags_repaired: "Tags were empty, too long, repeated or too many.",
  notes_cut: "The version's notes were too long.",
  latest_version_differs: "latestVersion is not the highest version that there is.",
  several_active: "Several versions are ACTIVE; the highest is published.",
  not_publishable: "The ACTIVE version has errors that no repair removes; it is not published.",
  version_gap: "Version numbers before this one are missing; unchanged versions stand in their place.",
  time_not_finite: "The time is infinite; the nearest one before it is taken.",
  time_out_of_range: "The time is before 1970 or after the move began; the nearest one before it is taken.",
  time_went_back: "The time is before that of the version or row before it, which is taken.",
  order_tied: "Nodes share an orderIndex; among them the key decides.",
  node_key_renamed: "The node's key cannot be an id.",
  entry_missing: "The version names no entry; its start node, or else its first node, is taken.",
  entry_dangling: "The entry names no node of the version; its start node, or else its first node, is taken.",
  end_added: "A conversation could stop without coming to an end node; one was added, and edges to it.",
  choice_without_options: "A choice without options takes any answer, as a question does.",
  condition_without_conditions: "A condition node whose edges have no conditions is passed like a message.",
  endless_loop_kept:
    "Nodes lead round in a circle; one of them has a type of its own, at which a walk pauses.",
  json_repaired: "JSON held U+0000, half a surrogate pair or the key __proto__.",
  condition_decoded: "The condition was JSON inside of a text.",
  condition_literal: "The condition was a number; it is true or false now.",
  variable_declared: "A condition or a text names a variable that was not declared; it is now, as json.",
  variable_key_renamed: "The variable's key cannot be one.",
  variable_type_changed: "The variable's type is not known, or its enumValues do not make an enum.",
  enum_values_repaired: "enumValues were repeated, or stood at a variable that is no enum.",
  default_dropped: "The default does not fit the variable's type.",
  variable_not_bound: "The node's config names a variable that is not declared or does not fit its options.",
  options_not_bound: "The node's config has options without names, or of the same name.",
  run_tenant_taken: "The run belonged to no tenant; it has its script's.",
  run_state_unreadable: "The run's state is no object of the form that the service wrote.",
  run_cursor_unknown: "The run stands at a node that its version does not have; it stands at the entry now.",
  value_not_typed: "A value does not fit its variable's type; it is kept as JSON.",
  answer_node_unknown: "The answer is to a node that the version does not have; it is kept as JSON.",
  answer_repeated: "The node was answered several times; the last answer counts, all are in the run's log.",
} as const;

export type QuarantineReason = keyof typeof QUARANTINE_REASONS;
export type FindingReason = keyof typeof FINDING_REASONS;

/** What is wrong with one legacy row. */
export interface RowProblem<Code extends string = string> {
  readonly legacyTable: LegacyTable;
  readonly legacyId: string;
  readonly code: Code;
  /** What is wrong and the way out, for a person. */
  readonly message: string;
}

export type QuarantinedRow = RowProblem<QuarantineReason>;
export type RowFinding = RowProblem<FindingReason>;

/** What is found while rows are mapped. Only ever added to. */
export interface Problems {
  readonly quarantined: QuarantinedRow[];
  readonly findings: RowFinding[];
}

export function quarantine(
  problems: Problems,
  code: QuarantineReason,
  legacyTable: LegacyTable,
  legacyId: string,
  detail = "",
): void {
  const message = detail === "" ? QUARANTINE_REASONS[code] : `${QUARANTINE_REASONS[code]} ${detail}`;
  problems.quarantined.push({ legacyTable, legacyId, code, message });
}

/** Notes a repair; the same one of the same row once. */
export function find(
  problems: Problems,
  code: FindingReason,
  legacyTable: LegacyTable,
  legacyId: string,
  detail = "",
): void {
  const { findings } = problems;
  const isSame = (other: RowFinding): boolean => other.code === code && other.legacyId === legacyId;
  if (findings.some(isSame)) return;
  const message = detail === "" ? FINDING_REASONS[code] : `${FINDING_REASONS[code]} ${detail}`;
  findings.push({ legacyTable, legacyId, code, message });
}

/** Both lists in an order that the order of the rows has no say in. */
export function sortProblems({ quarantined, findings }: Problems): Problems {
  return { quarantined: quarantined.toSorted(compareRows), findings: findings.toSorted(compareRows) };
}

function compareRows(a: RowProblem, b: RowProblem): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

function nameOf({ legacyTable, legacyId, code }: RowProblem): string {
  return `${legacyTable}/${legacyId}/${code}`;
}
