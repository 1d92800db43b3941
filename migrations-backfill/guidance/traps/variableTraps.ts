import type { LegacyVariableRow } from "../../../src/guidance/legacyRows.ts";
import type { FindingReason } from "../../../src/guidance/reasons.ts";
import { first, type TrapContext, type Traps } from "./trapContext.ts";

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
/** Of declared variables. */
export const variableTraps: Traps = {
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
};
