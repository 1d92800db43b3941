import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { variableReferences } from "../document/references.ts";
import { variableKeySchema } from "../document/schemas.ts";
import { removeEntity } from "./editDraft.ts";
import { ACCEPTED, refuse, refuseMissing } from "./refuse.ts";

const payload = z.strictObject({ key: variableKeySchema });

/** Takes a variable's declaration away, when nothing names it. */
export const removeVariable: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.RemoveVariable",
  version: 1,
  payload,
  decide(state, { key }) {
    if (!Object.hasOwn(state.variables, key)) return refuseMissing("variable", "/key", key);
    const references = variableReferences(state, key);
    if (references.length === 0) return ACCEPTED;
    const message = `The variable "${key}" is named at ${references.length} places. Change them first.`;
    return refuse("variable_in_use", "/key", message, { references });
  },
  evolve(draft, { key }) {
    removeEntity(draft, "variables", key);
  },
};
