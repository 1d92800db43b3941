import { z } from "zod";
import type { CommandDefinition, Decision } from "../command.ts";
import type { ScriptStatus } from "../state.ts";
import { ACCEPTED, refuse } from "./refuse.ts";

const payload = z.strictObject({
  status: z.enum(["DRAFT", "PUBLISHED", "ARCHIVED"]).meta({
    description:
      "ARCHIVED archives. DRAFT restores an archived script: to PUBLISHED when a version is active.",
  }),
});

/**
 * Archives a script, or restores an archived one. Publishing goes by versions and not by this command.
 *
 *     DRAFT, PUBLISHED --ARCHIVED--> ARCHIVED --DRAFT--> PUBLISHED when a version is active, else DRAFT
 */
export const changeStatus: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.ChangeStatus",
  version: 1,
  payload,
  decide(state, { status }) {
    if (status === "PUBLISHED")
      return illegal("A script is published by a version. Send Scripts.PublishVersion.v1.");
    if (status === "ARCHIVED") {
      return state.status === "ARCHIVED"
        ? illegal("The script is archived already. Nothing is left to do.")
        : ACCEPTED;
    }
    return state.status === "ARCHIVED" ? ACCEPTED : illegal(wayToDraft(state.status));
  },
  evolve(draft, { status }) {
    const restored = draft.activeVersion === null ? "DRAFT" : "PUBLISHED";
    draft.status = status === "ARCHIVED" ? "ARCHIVED" : restored;
  },
};

function wayToDraft(status: ScriptStatus): string {
  return status === "PUBLISHED"
    ? "A published script goes back to draft with Scripts.UnpublishVersion.v1."
    : "The script is a draft already. Nothing is left to do.";
}

function illegal(message: string): Decision {
  return refuse("illegal_status_change", "/status", message);
}
