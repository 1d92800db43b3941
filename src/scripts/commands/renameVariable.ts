import { z } from "zod";
import { cloneJson } from "../cloneJson.ts";
import type { CommandDefinition } from "../command.ts";
import { own } from "../document/document.ts";
import { renameVariableReferences } from "../document/references.ts";
import { variableKeySchema } from "../document/schemas.ts";
import { checkDocument, keyedDocument } from "./checkDocument.ts";
import type { ScriptDraft } from "./editDraft.ts";
import { putEntity, removeEntity, stateBefore } from "./editDraft.ts";
import { ACCEPTED, refuse, refuseMissing, refuseTaken } from "./refuse.ts";

const payload = z.strictObject({ key: variableKeySchema, newKey: variableKeySchema });
type Payload = z.infer<typeof payload>;

/** Renames a variable and every naming of it in conditions, templates and node data. */
export const renameVariable: CommandDefinition<Payload> = {
  type: "Scripts.RenameVariable",
  version: 1,
  payload,
  decide(state, { key, newKey }) {
    if (!own(state.variables, key)) return refuseMissing("variable", "/key", key);
    if (key === newKey) return ACCEPTED;
    if (own(state.variables, newKey)) return refuseTaken("variable", "/newKey", newKey);
    // A longer name may push a label or a condition over its limit. Tried on a copy: renames are rare.
    const renamed = cloneJson(state) as ScriptDraft;
    rename(renamed, { key, newKey });
    const [problem] = checkDocument(keyedDocument(renamed));
    return problem ? refuse(problem.code, "/newKey", problem.message, { at: problem.path }) : ACCEPTED;
  },
  evolve(draft, names) {
    if (names.key !== names.newKey) rename(draft, names);
  },
};

function rename(draft: ScriptDraft, { key, newKey }: Payload): void {
  const variable = stateBefore(draft).variables[key]!;
  removeEntity(draft, "variables", key);
  putEntity(draft, "variables", newKey, { ...variable, key: newKey });
  renameVariableReferences(draft, key, newKey);
}
