import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { ACCEPTED, refuse } from "./refuse.ts";

const payload = z.strictObject({
  version: z
    .int()
    .positive()
    .exactOptional()
    .meta({ description: "Default: the version that is published." }),
});

/** Takes the published version back: no version is active, the script is a draft. */
export const unpublishVersion: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.UnpublishVersion",
  version: 1,
  payload,
  decide({ activeVersion }, { version }) {
    if (activeVersion === null) {
      return refuse("nothing_published", version === undefined ? "" : "/version", "No version is published.");
    }
    if (version === undefined || version === activeVersion) return ACCEPTED;
    const message = `Version ${version} is not published, version ${activeVersion} is. Name that one, or none.`;
    return refuse("version_not_published", "/version", message);
  },
  evolve(draft) {
    draft.activeVersion = null;
    draft.status = "DRAFT";
  },
};
