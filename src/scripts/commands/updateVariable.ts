import { z } from "zod";
import type { Json } from "../../kernel/canonicalJson.ts";
import type { CommandDefinition } from "../command.ts";
import { checkVariable } from "../document/checkVariable.ts";
import { own } from "../document/document.ts";
import { LIMITS } from "../document/limits.ts";
import { labelSchema, variableKeySchema } from "../document/schemas.ts";
import { editEntity, stateBefore } from "./editDraft.ts";
import { refuseMissing, refuseProblems } from "./refuse.ts";
import { withMembers } from "./withMembers.ts";

const payload = z.strictObject({
  key: variableKeySchema,
  type: z.enum(["string", "number", "boolean", "enum", "date", "json"]).exactOptional(),
  required: z.boolean().exactOptional(),
  enumValues: z.array(labelSchema).max(LIMITS.enumValues).nullable().exactOptional(),
  defaultVal: z
    .custom<Json>((value) => value !== undefined)
    .exactOptional()
    .meta({
      type: ["string", "number", "boolean", "object", "array", "null"],
      description: "A JSON value that fits the type; null takes the default away.",
    }),
  label: labelSchema.nullable().exactOptional(),
  description: z.string().max(LIMITS.descriptionLength).nullable().exactOptional(),
});

/** Changes a variable's declaration; what is not named stays, null takes a member away. */
export const updateVariable: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.UpdateVariable",
  version: 1,
  payload,
  decide(state, { key, ...members }) {
    const variable = own(state.variables, key);
    if (!variable) return refuseMissing("variable", "/key", key);
    return refuseProblems(checkVariable(withMembers(variable, members)));
  },
  evolve(draft, { key, ...members }) {
    const variable = stateBefore(draft).variables[key]!;
    editEntity(draft, "variables", key, variable, withMembers(variable, members));
  },
};
