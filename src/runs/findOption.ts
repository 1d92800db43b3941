import type { Json } from "../kernel/canonicalJson.ts";
import { isObject, optionNames } from "../scripts/document/handles.ts";
import { sameJson } from "../scripts/sameJson.ts";
import type { GraphNode, VariableDef } from "../scripts/storedCommand.ts";

/** An option of a question or choice. */
export interface Option {
  /** What it can be called by, and the handles by which the node is left: its id and value, as text. */
  readonly names: readonly string[];
  readonly label: string;
  /** What is stored when it is chosen: its value; its id when it has none. */
  readonly value: Json;
}

/** The options that a node offers; empty when its answer is free. An option without a name cannot be chosen. */
export function optionsOf({ data }: Pick<GraphNode, "data">): Option[] {
  const { options } = data;
  if (!Array.isArray(options)) return [];
  return (options as readonly Json[]).flatMap((option) => {
    const names = optionNames(option);
    if (names[0] === undefined) return [];
    const { label = null, value = null } = isObject(option) ? option : { value: option };
    return [{ names, label: typeof label === "string" ? label : names[0], value: value ?? names[0] }];
  });
}

/** The option that an answer names by id or value, or repeats; the first of several. */
export function findOption(options: readonly Option[], answer: Json): Option | undefined {
  const name = typeof answer === "object" ? undefined : String(answer);
  return options.find(
    (option) => (name !== undefined && option.names.includes(name)) || sameJson(option.value, answer),
  );
}

/**
 * The value of an option, in the type of the variable that it fills. Ids and handles are texts, so an option
 * "2" may fill a number, and an option 2 an enum; where it reads as nothing of that type it stays as it is.
 */
export function optionValue({ value }: Option, variable: Pick<VariableDef, "type"> | undefined): Json {
  switch (variable?.type) {
    case "number":
      return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
        ? Number(value)
        : value;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    case "string":
    case "enum":
      return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    default:
      return value;
  }
}
