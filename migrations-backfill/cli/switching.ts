import type { Command } from "commander";
import { complete as completeMove, finalize as finalizeMove } from "../core/complete.ts";
import { reverse as reverseMove } from "../core/reverse.ts";
import { EVERYBODY, switchReads as toReads, switchWrites as toWrites } from "../core/switchSides.ts";
import { orderOf, parseShare, parseSide, tellLossy, tellOrder, verbOf } from "./frame.ts";

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
      }),
    ),
  (command) => {
    command
      .option("--to <side>", "legacy (the default) or canonical", parseSide, "LEGACY")
      .option("--share <share>", "share of reads answered by both sides, from 0 to 1", parseShare, 0);
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

export const finalize = orderOf(
  "finalize",
  "check everything once more and begin the time of watching",
  finalizeMove,
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
  "drop the legacy tables; there is no way back",
  async (deps, definition, options) =>
    tellLossy(deps, await completeMove(deps, definition, { acceptLoss: options["acceptLoss"] === true })),
  addAcceptLoss,
);

function addAcceptLoss(command: Command): void {
  command.option("--accept-loss", "go on although what is listed would be lost", false);
}
