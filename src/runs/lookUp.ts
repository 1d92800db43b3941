import type { Json } from "../kernel/canonicalJson.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import type { RunState } from "./runState.ts";

/** What conditions and templates can name. */
export type RunData = Pick<RunState, "variables" | "answers">;

const ANSWERS = "answers.";

/**
 * The value that a name stands for: a variable (age), a member of it (customer.age), a node's answer
 * (answers.n_1) or a member of that. undefined when there is none.
 *
 * A node id may hold dots: of several nodes that a name could mean, the one with the longest id counts.
 */
export function lookUp({ variables, answers }: RunData, name: string): Json | undefined {
  if (!name.startsWith(ANSWERS)) return lookUpMember(variables, name);
  const path = name.slice(ANSWERS.length);
  // No id is longer: without this cut a name of 500 characters takes as many look-ups as it has dots.
  const longest = path.length <= LIMITS.idLength ? path.length : path.lastIndexOf(".", LIMITS.idLength);
  for (let end = longest; end > 0; end = path.lastIndexOf(".", end - 1)) {
    const nodeId = path.slice(0, end);
    if (!Object.hasOwn(answers, nodeId)) continue;
    const { value } = answers[nodeId]!;
    return end === path.length ? value : lookUpMember(value, path.slice(end + 1));
  }
  return undefined;
}

/**
 * The member at a dotted path. Only own members are seen, so nothing leads to a prototype; texts and lists have
 * their length and their members by number, from 0.
 */
export function lookUpMember(value: Json, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const key of path.split(".")) {
    if (found === null || found === undefined || !Object.hasOwn(found as object, key)) return undefined;
    found = (found as { readonly [key: string]: Json })[key];
  }
  return found;
}
