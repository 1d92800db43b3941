import type { ReadCommandsDeps } from "../log/readCommands.ts";
import { readCommandPages, readCommands } from "../log/readCommands.ts";
import type { LogRow } from "../log/logRow.ts";
import type { decideBatch } from "../scripts/decideBatch.ts";
import { touchedIds } from "../scripts/touchedIds.ts";
import type { MissedCommand, NamedSubmission, SubmitOutcome } from "./submission.ts";

type Conflict = Extract<SubmitOutcome, { kind: "conflict" }>;

/** Missed commands listed in an answer; the caller reads the rest from the log. */
const MAX_LISTED = 500;

/** Tells a caller whose expected sequence is not the head what it has missed. */
export async function explainConflict(
  deps: ReadCommandsDeps,
  named: NamedSubmission,
  headSequence: number,
  more: Pick<Conflict, "overlap" | "refusals"> = { overlap: [], refusals: [] },
): Promise<Conflict> {
  const expectedSequence = named.expectedSequence ?? 0;
  const missed = await readCommands(deps, {
    tenantId: named.tenantId,
    scriptId: named.scriptId,
    after: expectedSequence,
    upTo: headSequence,
    limit: MAX_LISTED,
  });
  return {
    kind: "conflict",
    expectedSequence,
    headSequence,
    missed: missed.map(toMissedCommand),
    touched: [...(await touchedSince(deps, named, headSequence))].toSorted(),
    ...more,
  };
}

/**
 * Whether a batch that was decided anew on the head may stand, although its author had not seen the latest
 * commands: it may when both sides touched different things. Undefined: it may.
 */
export async function rebase(
  deps: ReadCommandsDeps,
  named: NamedSubmission,
  headSequence: number,
  decided: ReturnType<typeof decideBatch>,
): Promise<Conflict | undefined> {
  if (decided.kind === "refused")
    return explainConflict(deps, named, headSequence, { overlap: [], refusals: decided.refusals });
  const touched = await touchedSince(deps, named, headSequence);
  const overlap = touchedIds(decided.patch).filter((id) => touched.has(id));
  if (overlap.length === 0) return undefined;
  return explainConflict(deps, named, headSequence, { overlap, refusals: [] });
}

async function touchedSince(
  deps: ReadCommandsDeps,
  named: NamedSubmission,
  headSequence: number,
): Promise<Set<string>> {
  const touched = new Set<string>();
  const range = { after: named.expectedSequence ?? 0, upTo: headSequence };
  for await (const page of readCommandPages(deps, { ...named, ...range }))
    for (const row of page) for (const id of touchedIds(row.patch)) touched.add(id);
  return touched;
}

function toMissedCommand(row: LogRow): MissedCommand {
  return {
    sequence: row.sequence,
    commandId: row.commandId,
    command: `${row.type}.v${row.typeVersion}`,
    payload: row.payload,
    actor: {
      type: row.actorType,
      id: row.actorId,
      ...(row.onBehalfOf === null ? {} : { onBehalfOf: row.onBehalfOf }),
    },
    createdAt: row.createdAt.toISOString(),
    touched: touchedIds(row.patch),
  };
}
