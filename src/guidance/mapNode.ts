import type { Json } from "../kernel/canonicalJson.ts";
import { idOf, isObject, optionNames } from "../scripts/document/handles.ts";
import { templateVariables } from "../scripts/document/templates.ts";
import type { VariableDef } from "../scripts/storedCommand.ts";
import { parseLegacyJson } from "./legacyJson.ts";
import type { LegacyNodeRow } from "./legacyRows.ts";
import type { NameMap } from "./nameMap.ts";
import { nodeIdOf } from "./names.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

type Data = { [key: string]: Json };

/** A node before it has a place on the canvas. */
export interface MappedNode {
  readonly id: string;
  type: string;
  readonly data: Data;
}

/** What a version declares, for its nodes. */
export interface Declarations {
  readonly names: NameMap;
  readonly definitions: readonly VariableDef[];
  /** The new key of each declared variable by its legacy one. */
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Maps a node. title, prompt, uiSchema, config and orderIndex are members of data; what is null is absent.
 * config.options and config.variable move up into data, where the runner reads them, when they have its form;
 * toLegacyNode puts them back.
 */
export function mapNode(problems: Problems, row: LegacyNodeRow, declarations: Declarations): MappedNode {
  const id = nodeIdOf(row.key);
  if (id !== row.key) find(problems, "node_key_renamed", "ScriptNode", row.id, `Its id is "${id}" now.`);
  const data: Data = { orderIndex: row.orderIndex };
  for (const name of ["title", "prompt"] as const) {
    const text = row[name];
    if (text !== null) data[name] = renameInTexts(text, declarations.keys);
  }
  for (const name of ["uiSchema", "config"] as const) {
    const value = readJson(problems, row, name);
    if (value !== null) data[name] = renameInTexts(value, declarations.keys);
  }
  const type = row.type.toLowerCase();
  if (type === "question" || type === "choice") bind(problems, row, data, declarations);
  declareTemplates(problems, row, data, declarations.names);
  return { id, type: repairType(problems, row, type, data), data };
}

function readJson(problems: Problems, row: LegacyNodeRow, name: "uiSchema" | "config"): Json {
  const text = row[name];
  if (text === null) return null;
  const { value, repaired } = parseLegacyJson(text);
  if (repaired) find(problems, "json_repaired", "ScriptNode", row.id, `In ${name}.`);
  return value;
}

/** Moves what the answer of a question is about to where the runner reads it. */
function bind(problems: Problems, row: LegacyNodeRow, data: Data, declarations: Declarations): void {
  const config = data["config"];
  if (!isObject(config)) return;
  const { options, variable, ...rest } = config;
  const kept: { [key: string]: Json } = { ...rest };
  if (options !== undefined) {
    if (areOptions(options)) data["options"] = options;
    else {
      kept["options"] = options;
      find(problems, "options_not_bound", "ScriptNode", row.id);
    }
  }
  if (variable !== undefined) {
    const key = typeof variable === "string" ? declarations.keys.get(variable) : undefined;
    const definition = declarations.definitions.find((candidate) => candidate.key === key);
    if (definition && fitsOptions(definition, data["options"])) data["variable"] = definition.key;
    else {
      kept["variable"] = variable;
      find(problems, "variable_not_bound", "ScriptNode", row.id);
    }
  }
  data["config"] = kept;
}

/** Whether every option has a name of its own: an edge or an answer could not tell them apart else. */
function areOptions(options: Json): options is readonly Json[] {
  if (!Array.isArray(options)) return false;
  const names = (options as readonly Json[]).map((option) => [...new Set(optionNames(option))]);
  const all = names.flat();
  return names.every((own) => own.length > 0) && new Set(all).size === all.length;
}

function fitsOptions(definition: VariableDef, options: Json | undefined): boolean {
  if (definition.type !== "enum" || !Array.isArray(options)) return true;
  const values = definition.enumValues ?? [];
  return (options as readonly Json[]).every((option) => values.includes(optionNames(option).at(-1)!));
}

function repairType(problems: Problems, row: LegacyNodeRow, type: string, data: Data): string {
  const { options } = data;
  if (type !== "choice" || (Array.isArray(options) && options.flatMap(idOf).length > 0)) return type;
  find(problems, "choice_without_options", "ScriptNode", row.id);
  return "question";
}

/** A text that names a variable nobody declared would keep the version from being published. */
function declareTemplates(problems: Problems, row: LegacyNodeRow, data: Data, names: NameMap): void {
  visitTexts(data, (text) => {
    for (const key of templateVariables(text))
      names.use(key, () =>
        find(problems, "variable_declared", "ScriptNode", row.id, `A text names "${key}".`),
      );
  });
}

function visitTexts(value: Json, visit: (text: string) => void): void {
  if (typeof value === "string") visit(value);
  else if (Array.isArray(value)) for (const member of value as readonly Json[]) visitTexts(member, visit);
  else if (isObject(value)) for (const member of Object.values(value)) visitTexts(member, visit);
}

const TEMPLATE = /\{\{(\s{0,20})([^{}\s]{1,200})(\s{0,20})\}\}/g;

/** The value with {{key}} and {{key.member}} in its texts as the variables are called now. */
function renameInTexts(value: Json, keys: ReadonlyMap<string, string>): Json {
  const renamed = [...keys].filter(([legacyKey, key]) => legacyKey !== key);
  if (renamed.length === 0) return value;
  const renameText = (text: string): string =>
    text.replaceAll(TEMPLATE, (whole, before: string, name: string, after: string) => {
      const found = renamed.find(([legacyKey]) => name === legacyKey || name.startsWith(`${legacyKey}.`));
      return found ? `{{${before}${found[1]}${name.slice(found[0].length)}${after}}}` : whole;
    });
  const rename = (member: Json): Json => {
    if (typeof member === "string") return renameText(member);
    if (Array.isArray(member)) return (member as readonly Json[]).map(rename);
    if (!isObject(member)) return member;
    return Object.fromEntries(Object.entries(member).map(([key, inner]) => [key, rename(inner)]));
  };
  return rename(value);
}
