import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { detailsShape } from "./detailsSchema.ts";
import { stateBefore, writeChanges } from "./editDraft.ts";
import { ACCEPTED } from "./refuse.ts";

const payload = z.strictObject({
  name: detailsShape.name,
  slug: detailsShape.slug,
  description: detailsShape.description.default(null),
  labels: detailsShape.labels.default([]),
  intents: detailsShape.intents.default([]),
  languageCodes: detailsShape.languageCodes.default([]),
  embeddingKey: detailsShape.embeddingKey.default(null),
});

/** Makes a script with an empty graph. Legal at sequence 1 and nowhere else; decideBatch holds that. */
export const createScript: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.CreateScript",
  version: 1,
  payload,
  decide: () => ACCEPTED,
  evolve(draft, details) {
    writeChanges(() => draft.details, { ...stateBefore(draft).details }, details);
  },
};
