import type { Command } from "commander";
import { parseCount } from "../../src/ops/frame/parseOption.ts";
import { EVERYBODY } from "../core/comparedReads.ts";
import { complete as completeMove, finalize as finalizeMove } from "../core/complete.ts";
import type { BackfillDefinition } from "../core/definition.ts";
import { reverse as reverseMove } from "../core/reverse.ts";
import { switchReads as toReads, switchWrites as toWrites } from "../core/switchSides.ts";
import type { VerifyStep } from "../core/verify.ts";
import { countRows } from "./countRows.ts";
import { parseShare, parseSide, tellLossy, tellOrder, verbOf } from "./frame.ts";
import type { BackfillSession } from "./session.ts";

export const switchReads = verbOf(
  "switch-reads",
  "from where reads of the legacy routes are answered, and which share is compared; --tenant for one tenant",
  async (deps, definition, options) =>
    tellOrder(
      deps,
      await toReads(deps, definition, {
        tenantId: deps.session.global.tenant ?? EVERYBODY,
        to: options["to"] as ReturnType<typeof parseSide>,
        dualShare: options["share"] as number,
        ...(options["minCompared"] === undefined ? {} : { minCompared: options["minCompared"] as number }),
        ...(options["waive"] === undefined
          ? {}
          : { waiver: { by: deps.operator, note: options["waive"] as string } }),
      }),
    ),
  (command) => {
    command
      .option("--to <side>", "legacy (the default) or canonical", parseSide, "LEGACY")
      .option("--share <share>", "share of reads answered by both sides, from 0 to 1", parseShare, 0)
      .option("--min-compared <n>", "reads to compare before the cutover (default: 100)", parseCount)
      .option("--waive <reason>", "sign that the reads that were compared are enough, for this reason");
  },
);

export const switchWrites = verbOf(
  "switch-writes",
  "where writes of the legacy routes go; --tenant for one tenant",
  async (deps, definition, options) =>
    tellOrder(
      deps,
      await toWrites(deps, definition, {
        tenantId: deps.session.global.tenant ?? EVERYBODY,
        to: options["to"] as ReturnType<typeof parseSide>,
      }),
    ),
  (command) => command.requiredOption("--to <side>", "legacy or canonical", parseSide),
);

export const finalize = verbOf(
  "finalize",
  "compare everything once more and begin the time of watching",
  async (deps, definition) =>
    tellOrder(deps, await showing(deps, definition, (onStep) => finalizeMove(deps, definition, onStep))),
);

export const reverse = verbOf(
  "reverse",
  "lead back to the legacy side",
  async (deps, definition, options) =>
    tellLossy(deps, await reverseMove(deps, definition, { acceptLoss: options["acceptLoss"] === true })),
  addAcceptLoss,
);

export const complete = verbOf(
  "complete",
  "compare everything once more and drop the legacy tables; there is no way back",
  async (deps, definition, options) => {
    const input = { acceptLoss: options["acceptLoss"] === true };
    return tellLossy(
      deps,
      await showing(deps, definition, (onStep) => completeMove(deps, definition, input, onStep)),
    );
  },
  addAcceptLoss,
);

function addAcceptLoss(command: Command): void {
  command.option("--accept-loss", "go on although what is listed would be lost", false);
}

/** Shows how far the verification is that an order begins with. */
async function showing<T>(
  deps: BackfillSession,
  definition: BackfillDefinition,
  order: (onStep: (step: VerifyStep) => void) => Promise<T>,
): Promise<T> {
  const progress = deps.session.output.progress("verify", await countRows(deps, definition));
  const given = await order((step) => {
    if (step.kind === "compared") progress.add(step.rows);
  });
  progress.end();
  return given;
}
