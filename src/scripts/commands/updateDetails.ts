import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { detailsShape } from "./detailsSchema.ts";
import { stateBefore, writeChanges } from "./editDraft.ts";
import { ACCEPTED } from "./refuse.ts";

const payload = z.strictObject({
  name: detailsShape.name.exactOptional(),
  slug: detailsShape.slug.exactOptional(),
  description: detailsShape.description.exactOptional(),
  labels: detailsShape.labels.exactOptional(),
  intents: detailsShape.intents.exactOptional(),
  languageCodes: detailsShape.languageCodes.exactOptional(),
  embeddingKey: detailsShape.embeddingKey.exactOptional(),
});

/** Changes the details that it names; description and embeddingKey may be null, lists are replaced whole. */
export const updateDetails: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.UpdateDetails",
  version: 1,
  payload,
  decide: () => ACCEPTED,
  evolve(draft, changes) {
    const before = { ...stateBefore(draft).details };
    writeChanges(() => draft.details, before, { ...before, ...changes });
  },
};
