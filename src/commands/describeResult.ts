import { findProblems } from "../scripts/findProblems.ts";
import { stateDiff } from "../scripts/stateDiff.ts";
import type { AcceptedBatch } from "./submitCommands.ts";
import type { SubmitResult } from "./submission.ts";

/**
 * Findings listed in an answer, errors first. A large graph whose edges are still to come has one for every
 * node; POST /scripts/validate lists them all.
 */
export const MAX_FINDINGS = 200;

/** Tells the caller what a batch did. */
export function describeResult(accepted: AcceptedBatch): SubmitResult {
  const { named, before, batch, decided } = accepted;
  return {
    scriptId: named.scriptId,
    batchId: named.batchId,
    commands: batch.request.commands.map((row) => ({
      commandId: row.commandId,
      command: `${row.type}.v${row.typeVersion}`,
      sequence: row.sequence,
    })),
    headSequence: batch.tip.sequence,
    diff: stateDiff(before.state, batch.tip.state, decided.patch),
    findings: findProblems(batch.tip.state).slice(0, MAX_FINDINGS),
    rebased: accepted.rebased,
    alreadyApplied: false,
    dryRun: named.dryRun,
  };
}
