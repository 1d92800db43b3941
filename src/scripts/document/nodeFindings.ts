import type { Json } from "../../kernel/canonicalJson.ts";
import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { NodeState, ScriptState } from "../state.ts";
import { checkConditions } from "./checkConditions.ts";
import { own } from "./document.ts";
import type { Finding } from "./finding.ts";
import { error, warning } from "./finding.ts";
import { idOf, optionNames } from "./handles.ts";
import { nodeConditions } from "./references.ts";
import type { Reference } from "./references.ts";

type Variables = ScriptState["variables"];

const SPEAKING = new Set(["message", "question", "choice"]);

/** Findings that one node and the declared variables decide alone. */
export function nodeFindings(
  node: NodeState,
  references: readonly Reference[],
  variables: Variables,
): Finding[] {
  const at = `/nodes/${escapePointer(node.id)}`;
  const conditions = checkConditions({ variables }, nodeConditions(node));
  return [
    ...conditions.map(({ code, path, message }) => error(code, at + path, message)),
    ...undeclaredFindings(at, references, variables),
    ...promptFindings(at, node),
    ...optionFindings(at, node),
    ...enumFindings(at, node, variables),
    ...branchFindings(at, node),
  ];
}

/** An error for each template and each data.variable that names a variable that is not declared. */
export function undeclaredFindings(
  at: string,
  references: readonly Reference[],
  variables: Variables,
): Finding[] {
  return references.flatMap(({ kind, name, path }) => {
    if ((kind !== "template" && kind !== "variable") || Object.hasOwn(variables, name)) return [];
    const code = kind === "template" ? "template_unknown_variable" : "variable_not_declared";
    return [
      error(code, at + path, `The variable "${name}" is not declared. Declare it, or name another one.`),
    ];
  });
}

function promptFindings(at: string, { type, data }: NodeState): Finding[] {
  if (!SPEAKING.has(type)) return [];
  const { prompt } = data;
  if (typeof prompt === "string" && prompt.trim() !== "") return [];
  return [
    warning("prompt_empty", `${at}/data/prompt`, `This ${type} has nothing to say. Write its data.prompt.`),
  ];
}

function optionFindings(at: string, { type, data }: NodeState): Finding[] {
  const { options } = data;
  if (type !== "question" && type !== "choice") return [];
  const path = `${at}/data/options`;
  if (options === undefined || (Array.isArray(options) && options.length === 0)) {
    if (type === "question") return [];
    return [
      error("options_missing", path, "A choice needs options to choose from. List them in data.options."),
    ];
  }
  if (!Array.isArray(options)) {
    return [
      error("options_invalid", path, "data.options must be a list of texts or of { id, label, value }."),
    ];
  }
  return nameFindings(path, options, optionNames, "option");
}

function branchFindings(at: string, { type, data }: NodeState): Finding[] {
  const { branches } = data;
  if (type !== "condition" || branches === undefined) return [];
  const path = `${at}/data/branches`;
  if (!Array.isArray(branches)) {
    return [error("branches_invalid", path, "data.branches must be a list of { id, condition }.")];
  }
  return nameFindings(path, branches, idOf, "branch");
}

/** Errors for options or branches that no edge could name, or that an edge could not tell apart. */
function nameFindings(
  path: string,
  entries: readonly Json[],
  namesOf: (entry: Json) => string[],
  what: "option" | "branch",
): Finding[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const names = [...new Set(namesOf(entry))];
    const repeated = names.find((name) => seen.has(name));
    for (const name of names) seen.add(name);
    const at = `${path}/${index}`;
    if (names.length === 0) {
      const plural = what === "option" ? "options" : "branches";
      return [error(`${plural}_invalid`, at, `This ${what} has no id. Give it one of its own.`)];
    }
    if (repeated === undefined) return [];
    return [
      error(`${what}_duplicate`, at, `Another ${what} is called "${repeated}" too. Give each its own id.`),
    ];
  });
}

function enumFindings(at: string, { data }: NodeState, variables: Variables): Finding[] {
  const { options } = data;
  const variable = typeof data["variable"] === "string" ? own(variables, data["variable"]) : undefined;
  if (variable?.type !== "enum" || !Array.isArray(options)) return [];
  const path = `${at}/data/options`;
  const values = variable.enumValues ?? [];
  // The value is what is stored in the variable; an option without one stands for its id.
  const offered = options.map((option: Json) => optionNames(option).at(-1));
  const findings: Finding[] = [];
  offered.forEach((value, index) => {
    if (value === undefined || values.includes(value)) return;
    const message = `"${value}" is not a value of the enum "${variable.key}". Add it there, or correct the option.`;
    findings.push(error("option_not_in_enum", `${path}/${index}`, message));
  });
  const missing = values.filter((value) => !offered.includes(value));
  if (missing.length > 0) {
    const message = `Values of the enum "${variable.key}" that no option offers: ${missing.slice(0, 20).join(", ")}.`;
    findings.push(warning("enum_value_not_offered", path, message));
  }
  return findings;
}
