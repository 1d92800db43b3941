import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { sampleCommands } from "./sampleScript.ts";

/** Whose the sample script is; the README's examples use both. */
export const SAMPLE: ScriptKey = { tenantId: "demo", scriptId: "sample" };

/**
 * Builds the sample script in a database without scripts: one batch of edit commands that ends with a commit
 * and a publish, so it is there as a whole or not at all. Says whether the sample is there.
 */
export async function loadSample(deps: {
  readonly prisma: Pick<PrismaClient, "script">;
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
}): Promise<boolean> {
  const sample = await deps.prisma.script.findUnique({
    where: { tenantId_id: { tenantId: SAMPLE.tenantId, id: SAMPLE.scriptId } },
    select: { id: true },
  });
  if (sample) return true;
  if (await deps.prisma.script.findFirst({ select: { id: true } })) return false;
  const outcome = await deps.submit({
    ...SAMPLE,
    actor: { type: "SYSTEM", id: "sample" },
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
