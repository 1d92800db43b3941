import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { checkVariable } from "../document/checkVariable.ts";
import { variableInputSchema } from "../document/schemas.ts";
import { addEntity } from "./editDraft.ts";
import { refuseFull, refuseProblems, refuseTaken } from "./refuse.ts";

const payload = z.strictObject({ variable: variableInputSchema });

/** Declares a variable behind all others. */
export const defineVariable: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.DefineVariable",
  version: 1,
  payload,
  decide(state, { variable }) {
    if (Object.hasOwn(state.variables, variable.key))
      return refuseTaken("variable", "/variable/key", variable.key);
    return (
      refuseFull(state, "variables", "/variable") ?? refuseProblems(checkVariable(variable), "/variable")
    );
  },
  evolve(draft, { variable }) {
    addEntity(draft, "variables", variable.key, variable);
  },
};
