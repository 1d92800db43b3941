import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { findSealed } from "./findSealed.ts";
import { replaceDocument } from "./replaceDocument.ts";

const payload = z.strictObject({ version: z.int().positive() });

/**
 * Makes the draft what a sealed version was; no version and no command is taken back. The document goes into
 * the log: a replay has no other version's rows at hand.
 */
export const rollbackToVersion: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.RollbackToVersion",
  version: 1,
  payload,
  decide(state, { version }, context) {
    const found = findSealed(state, version, context);
    return "kind" in found ? found : { kind: "accepted", facts: { document: found } };
  },
  evolve(draft, _, { document }) {
    replaceDocument(draft, document!);
  },
};
