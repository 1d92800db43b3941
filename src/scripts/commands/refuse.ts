import type { Json } from "../../kernel/canonicalJson.ts";
import type { Decision } from "../command.ts";
import { LIMITS } from "../document/limits.ts";
import type { StructureProblem } from "../document/structureProblem.ts";
import type { ScriptState } from "../state.ts";

/** Yes, without facts. A command that changes nothing is accepted too: its patch is empty. */
export const ACCEPTED: Decision = { kind: "accepted" };

/** No, for one reason. path is a pointer into the payload. */
export function refuse(code: string, path: string, message: string, details?: Json): Decision {
  return {
    kind: "refused",
    refusals: [{ code, path, message, ...(details === undefined ? {} : { details }) }],
  };
}

/** No, when there are problems, else yes. `at` is the place of the checked entity in the payload. */
export function refuseProblems(problems: readonly StructureProblem[], at = ""): Decision {
  if (problems.length === 0) return ACCEPTED;
  return {
    kind: "refused",
    refusals: problems.map(({ code, path, message }) => ({ code, path: at + path, message })),
  };
}

/** No: the id names nothing. Codes node_not_found, edge_not_found, variable_not_found. */
export function refuseMissing(kind: "node" | "edge" | "variable", path: string, id: string): Decision {
  return refuse(
    `${kind}_not_found`,
    path,
    `There is no ${kind} "${id}". Read the script for those it has now.`,
  );
}

/** No: the id is in use. Codes node_exists, edge_exists, variable_exists. */
export function refuseTaken(kind: "node" | "edge" | "variable", path: string, id: string): Decision {
  return refuse(
    `${kind}_exists`,
    path,
    `There is a ${kind} "${id}" already. Update it, or choose another name.`,
  );
}

/** No, when one entity more would be too many; undefined when there is room. */
export function refuseFull(
  state: ScriptState,
  part: "nodes" | "edges" | "variables",
  path: string,
): Decision | undefined {
  if (Object.keys(state[part]).length < LIMITS[part]) return undefined;
  const message = `A script has at most ${LIMITS[part]} ${part}. Split it into several scripts.`;
  return refuse("graph_too_large", path, message);
}
