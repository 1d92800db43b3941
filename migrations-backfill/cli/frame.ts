import { InvalidArgumentError, type Command } from "commander";
import type { ExitCode } from "../../src/ops/frame/exitCode.ts";
import { OpsError } from "../../src/ops/frame/opsError.ts";
import { table } from "../../src/ops/frame/output.ts";
import type { Session } from "../../src/ops/frame/session.ts";
import type { Verb, VerbOptions } from "../../src/ops/frame/verb.ts";
import type { ControlDeps, Order, Refused } from "../core/decide.ts";
import type { BackfillDefinition, Loss } from "../core/definition.ts";
import { whatNext } from "../core/phases.ts";
import { findDefinition, inBackfillSession, type BackfillSession } from "./session.ts";

type Work = (
  deps: BackfillSession,
  definition: BackfillDefinition,
  options: VerbOptions,
) => Promise<ExitCode>;

/** A verb below "backfill" that changes something of one move, and has no dry run. */
export function verbOf(
  name: string,
  summary: string,
  work: Work,
  addOptions?: (command: Command) => void,
): Verb {
  const changing: Work = (deps, definition, options) => {
    refuseDryRun(deps.session);
    return work(deps, definition, options);
  };
  return lookOf(name, summary, changing, addOptions);
}

/** A change that was asked for on trial must not happen. */
export function refuseDryRun({ global }: Session): void {
  if (global.dryRun)
    throw new OpsError(
      'Nothing was done: this has no --dry-run. "backfill plan" and "backfill status" say what would happen.',
    );
}

/** A verb below "backfill" that looks at one move. */
export function lookOf(
  name: string,
  summary: string,
  work: Work,
  addOptions?: (command: Command) => void,
): Verb {
  return {
    name: `backfill ${name} [move]`,
    summary,
    addOptions: (command) => {
      command.option("--operator <name>", "who gives the order, for the ledger (default: your login)");
      addOptions?.(command);
    },
    run: (session, [move], options) =>
      inBackfillSession(session, options, (deps) => work(deps, findDefinition(move), options)),
  };
}

/** A verb that is one order. */
export function orderOf(
  name: string,
  summary: string,
  give: (deps: ControlDeps, definition: BackfillDefinition) => Promise<Order>,
): Verb {
  return verbOf(name, summary, async (deps, definition) => tellOrder(deps, await give(deps, definition)));
}

export function tellOrder(deps: { readonly session: Session }, given: Order): ExitCode {
  if (given.kind === "refused") return tellRefusal(deps, given);
  deps.session.output.result(given, () => `Done. Phase ${given.phase}. ${whatNext(given)}`);
  return 0;
}

export function tellRefusal({ session }: { readonly session: Session }, { reasons }: Refused): ExitCode {
  session.output.result({ kind: "refused", reasons }, () =>
    ["Refused:", ...reasons.map((one) => `- ${one}`)].join("\n"),
  );
  return 1;
}

/** Examples of a loss on a terminal; the ledger has more of them. */
const SHOWN = 3;

/** An order that may lose something, with what. */
export function tellLossy(
  deps: { readonly session: Session },
  given: Order & { readonly losses?: readonly Loss[] },
): ExitCode {
  const losses = (given.losses ?? []).filter(({ count }) => count > 0);
  const rows = losses.map(({ what, count, examples }) => ({
    what,
    count,
    examples: [...examples.slice(0, SHOWN).map(String), ...(count > SHOWN ? ["…"] : [])].join(", "),
  }));
  if (rows.length > 0) deps.session.output.note(table(rows));
  return tellOrder(deps, given);
}

// Handed to commander, which names the option in front of these messages.

export function parseWhole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("Give a whole number from 0.");
  return value;
}

export function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("Give a share from 0 to 1, such as 0.1.");
  return value;
}

export function parseSide(text: string): "LEGACY" | "CANONICAL" {
  if (text === "legacy") return "LEGACY";
  if (text === "canonical") return "CANONICAL";
  throw new InvalidArgumentError("Give legacy or canonical.");
}
