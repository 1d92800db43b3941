import type { Json } from "../kernel/canonicalJson.ts";
import { checkCondition } from "../scripts/document/conditions.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import { jsonBytes } from "../scripts/document/checkJson.ts";
import { walkCondition } from "../scripts/document/walkCondition.ts";
import { cloneJson } from "../scripts/cloneJson.ts";
import { toTokens } from "../scripts/pointer.ts";
import { parseLegacyJson } from "./legacyJson.ts";
import type { LegacyEdgeRow } from "./legacyRows.ts";
import type { NameMap } from "./nameMap.ts";
import { find, quarantine } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

/** Texts in texts that are looked into: what was encoded more often was not encoded by mistake. */
const MAX_DECODINGS = 3;
/** Room in an edge's data beside its condition. */
const REST_BYTES = 1_000;

/** The condition of an edge in the form that the runner evaluates; undefined when the edge cannot be moved. */
export function mapCondition(
  problems: Problems,
  row: LegacyEdgeRow,
  names: NameMap,
): { readonly condition: Json } | undefined {
  if (row.condition === null) return { condition: null };
  const decoded = decode(row.condition);
  if (decoded === undefined) {
    quarantine(problems, "condition_not_json", "ScriptEdge", row.id, "Correct it, or empty it.");
    return undefined;
  }
  const value = typeof decoded.value === "number" ? decoded.value !== 0 : decoded.value;
  const [refusal] = checkCondition(value, () => true);
  const isTooLarge = jsonBytes(value) > LIMITS.edgeDataBytes - REST_BYTES;
  if (refusal || isTooLarge) {
    const code =
      isTooLarge || refusal?.code === "condition_too_large" ? "condition_too_large" : "condition_invalid";
    quarantine(problems, code, "ScriptEdge", row.id, refusal?.message ?? "");
    return undefined;
  }
  if (value !== decoded.value) find(problems, "condition_literal", "ScriptEdge", row.id);
  if (decoded.decodings > 0) find(problems, "condition_decoded", "ScriptEdge", row.id);
  if (decoded.repaired) find(problems, "json_repaired", "ScriptEdge", row.id);
  return { condition: renameInCondition(problems, value, row, names) };
}

function decode(
  text: string,
): { readonly value: Json; readonly repaired: boolean; readonly decodings: number } | undefined {
  let { value, repaired } = parseLegacyJson(text);
  let decodings = 0;
  for (; typeof value === "string"; decodings++) {
    if (decodings === MAX_DECODINGS) return undefined;
    try {
      const inner = parseLegacyJson(value);
      value = inner.value;
      repaired ||= inner.repaired;
    } catch {
      return undefined;
    }
  }
  return { value, repaired, decodings };
}

/** The condition with every name as it is called now. A variable that nobody declared is declared by this. */
function renameInCondition(problems: Problems, condition: Json, row: LegacyEdgeRow, names: NameMap): Json {
  let renamed = condition;
  for (const { name, path, inLoop } of walkCondition(condition).names) {
    if (inLoop) continue;
    const now = names.rename(name, () =>
      find(problems, "variable_declared", "ScriptEdge", row.id, `It names "${name.slice(0, 100)}".`),
    );
    if (now === name) continue;
    if (renamed === condition) renamed = cloneJson(condition);
    renamed = replaceAt(renamed, toTokens(path), now);
  }
  return renamed;
}

/** Puts a text at a pointer's tokens, in place where it can. */
function replaceAt(root: Json, tokens: readonly string[], text: string): Json {
  const last = tokens.at(-1);
  if (last === undefined) return text;
  let at = root as { [key: string]: Json };
  for (const token of tokens.slice(0, -1)) at = at[token] as { [key: string]: Json };
  at[last] = text;
  return root;
}
