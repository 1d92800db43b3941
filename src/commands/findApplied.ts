import type { PrismaClient } from "../db/generated/client.ts";
import { canonicalJson } from "../kernel/canonicalJson.ts";
import type { LoadTipDeps } from "../log/loadTip.ts";
import { stateAt } from "../log/loadState.ts";
import type { LogRow } from "../log/logRow.ts";
import { toLogRow } from "../log/readCommands.ts";
import { parseCommand } from "../scripts/parseCommand.ts";
import { replay } from "../scripts/replay.ts";
import { findCommandIds } from "./findCommandIds.sql.ts";
import { describeResult } from "./describeResult.ts";
import type { NamedSubmission, SubmitOutcome, SubmitResult, SubmittedCommand } from "./submission.ts";

type Deps = LoadTipDeps & { readonly prisma: Pick<PrismaClient, "scriptCommand" | "$queryRaw"> };

/**
 * Looks for the batch in the log by its command ids. The same batch again gets its first answer again; an id
 * that stands for something else is refused. Undefined: none of the ids is known.
 */
export async function findApplied(deps: Deps, named: NamedSubmission): Promise<SubmitOutcome | undefined> {
  const commandIds = named.commands.map((command) => command.commandId);
  const sequences = await findCommandIds(deps.prisma, named, commandIds);
  if (sequences.length === 0) return undefined;
  const rows = await deps.prisma.scriptCommand.findMany({
    where: { tenantId: named.tenantId, scriptId: named.scriptId, sequence: { in: sequences } },
    orderBy: { sequence: "asc" },
  });
  const found = rows.map(toLogRow);
  if (isSameBatch(named, found))
    return { kind: "accepted", result: await describeApplied(deps, named, found) };
  const first = found[0]!;
  const index = named.commands.findIndex((command) => command.commandId === first.commandId);
  return { kind: "command_id_reused", index, commandId: first.commandId, sequence: first.sequence };
}

function isSameBatch(named: NamedSubmission, rows: readonly LogRow[]): boolean {
  return (
    rows.length === named.commands.length &&
    named.commands.every((command, index) => {
      const row = rows[index]!;
      return (
        row.commandId === command.commandId &&
        row.batchId === rows[0]!.batchId &&
        hasSameContent(command, row)
      );
    })
  );
}

function hasSameContent(command: SubmittedCommand, row: LogRow): boolean {
  const parsed = parseCommand(command);
  return (
    parsed.kind === "parsed" &&
    parsed.type === row.type &&
    parsed.typeVersion === row.typeVersion &&
    canonicalJson(parsed.payload) === canonicalJson(row.payload)
  );
}

/** The first answer, worked out again from the log. Only whether it was rebased is not in the log. */
async function describeApplied(
  deps: Deps,
  named: NamedSubmission,
  rows: readonly LogRow[],
): Promise<SubmitResult> {
  const before = await stateAt(deps, named, rows[0]!.sequence - 1);
  return describeResult({
    rows,
    before,
    after: replay(before, rows),
    rebased: false,
    // Found by its own batch id: this very submission got there before its connection broke.
    alreadyApplied: rows[0]!.batchId !== named.batchId,
    dryRun: named.dryRun,
  });
}
