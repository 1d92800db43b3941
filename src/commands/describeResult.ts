import type { LogRow } from "../log/logRow.ts";
import { findProblems } from "../scripts/findProblems.ts";
import type { ScriptState } from "../scripts/state.ts";
import { stateDiff } from "../scripts/stateDiff.ts";
import type { SubmitResult } from "./submission.ts";

/**
 * Findings listed in an answer, errors first. A large graph whose edges are still to come has one for every
 * node; POST /scripts/validate lists them all.
 */
const MAX_FINDINGS = 200;

/** A batch as it is in the log, or as it would be, and the states around it. */
export interface DescribedBatch extends Pick<SubmitResult, "rebased" | "alreadyApplied" | "dryRun"> {
  /** Not empty. */
  readonly rows: readonly LogRow[];
  readonly before: ScriptState;
  readonly after: ScriptState;
}

/** Tells the caller what a batch did. */
export function describeResult({ rows, before, after, ...flags }: DescribedBatch): SubmitResult {
  const { scriptId, batchId } = rows[0]!;
  return {
    scriptId,
    batchId,
    commands: rows.map((row) => ({
      commandId: row.commandId,
      command: `${row.type}.v${row.typeVersion}`,
      sequence: row.sequence,
    })),
    headSequence: rows.at(-1)!.sequence,
    diff: stateDiff(
      before,
      after,
      rows.flatMap((row) => row.patch),
    ),
    findings: findProblems(after).slice(0, MAX_FINDINGS),
    ...flags,
  };
}
