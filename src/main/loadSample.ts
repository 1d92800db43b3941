import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import type { InTenant } from "../db/inTenant.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { sampleCommands } from "./sampleScript.ts";

/** Whose the sample script is; the README's examples use both. */
export const SAMPLE: ScriptKey = { tenantId: "demo", scriptId: "sample" };

/**
 * Builds the sample script when its tenant has no scripts: one batch of edit commands that ends with a commit
 * and a publish, so it is there as a whole or not at all. Says whether the sample is there.
 */
export async function loadSample(deps: {
  readonly inTenant: InTenant;
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
}): Promise<boolean> {
  const { tenantId, scriptId } = SAMPLE;
  const ids = await deps.inTenant(tenantId, (tx) =>
    tx.script.findMany({ where: { tenantId }, select: { id: true } }),
  );
  if (ids.length > 0) return ids.some(({ id }) => id === scriptId);
  const outcome = await deps.submit({
    ...SAMPLE,
    actor: { type: "SYSTEM", id: "sample" },
    role: "operator",
    correlationId: "sample",
    commands: [
      ...sampleCommands(),
      { command: "Scripts.CommitVersion.v1", payload: { changelog: "The sample as it comes." } },
      { command: "Scripts.PublishVersion.v1", payload: { version: 1 } },
    ],
    onConflict: "reject",
    dryRun: false,
    note: "The sample script of an empty database.",
  });
  if (outcome.kind !== "accepted") throw new Error(`The sample was not accepted: ${JSON.stringify(outcome)}`);
  return true;
}
