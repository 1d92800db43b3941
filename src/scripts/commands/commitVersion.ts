import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { refuse } from "./refuse.ts";

const payload = z.strictObject({
  changelog: z.string().max(5_000, "A changelog has at most 5,000 characters.").exactOptional(),
  allowUnchanged: z.boolean().exactOptional().meta({
    description: "Seal a version even when nothing changed since the latest one.",
  }),
});

/** Seals the draft as the next version; the materializer writes its row. */
export const commitVersion: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.CommitVersion",
  version: 1,
  payload,
  decide(state, { allowUnchanged }) {
    if (state.draftChanged || allowUnchanged) return { kind: "accepted" };
    const since = state.latestVersion === 0 ? "the script was created" : `version ${state.latestVersion}`;
    const message = `Nothing changed since ${since}. Edit the script first, or send allowUnchanged.`;
    return refuse("nothing_to_commit", "", message);
  },
  evolve(draft, _, __, { sequence }) {
    const version = draft.latestVersion + 1;
    draft.versions[version] = { version, toSequence: sequence };
    draft.latestVersion = version;
    draft.draftChanged = false;
  },
};
