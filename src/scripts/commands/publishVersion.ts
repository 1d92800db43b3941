import { z } from "zod";
import type { Json } from "../../kernel/canonicalJson.ts";
import type { CommandDefinition } from "../command.ts";
import { toKeyed } from "../document/document.ts";
import { findProblems } from "../findProblems.ts";
import { findSealed } from "./findSealed.ts";
import { ACCEPTED, refuse } from "./refuse.ts";

const payload = z.strictObject({ version: z.int().positive() });

/** Makes a sealed version the one that runs use. An archived script refuses this as it refuses all edits. */
export const publishVersion: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.PublishVersion",
  version: 1,
  payload,
  decide(state, { version }, context) {
    const found = findSealed(state, version, context);
    if ("kind" in found) return found;
    const errors = findProblems(toKeyed(found)).filter(({ severity }) => severity === "error");
    if (errors.length === 0) return ACCEPTED;
    const message = `Version ${version} has ${errors.length} errors. Correct the draft, commit it, and publish that version.`;
    const findings = errors.map((finding): Json => ({ ...finding }));
    return refuse("version_not_publishable", "/version", message, { findings });
  },
  evolve(draft, { version }) {
    draft.activeVersion = version;
    draft.status = "PUBLISHED";
  },
};
