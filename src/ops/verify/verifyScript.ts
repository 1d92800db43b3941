import type { PrismaClient } from "../../db/generated/client.ts";
import type { LogRow, ScriptKey } from "../../log/logRow.ts";
import { readLogPages } from "../log/readLogPages.ts";
import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { evolve } from "../../scripts/evolve.ts";
import { ReplayError } from "../../scripts/replayError.ts";
import type { ScriptState } from "../../scripts/state.ts";
import { followBatches } from "./checkAudit.ts";
import { followChain } from "./checkChain.ts";
import { checkListing, checkPointersByLog, checkSealedByLog } from "./checkListing.ts";
import { followPatches } from "./checkPatches.ts";
import { checkRows } from "./checkRows.ts";
import { checkDraft, checkSnapshot } from "./checkSnapshots.ts";
import type { Findings } from "./findings.ts";
import { report, type PassContext } from "./passContext.ts";
import { readScript, type VersionFacts } from "./readScript.ts";

export interface VerifyScriptDeps {
  readonly prisma: PrismaClient;
  readonly findings: Findings;
  /** Told after each page of the log. */
  readonly onCommands: (count: number) => void;
}

/** Holds everything about one script against its log, in one pass over it, a page in memory at a time. */
export async function verifyScript(deps: VerifyScriptDeps, key: ScriptKey): Promise<void> {
  const facts = await readScript(deps, key);
  if (!facts) return;
  const context: PassContext = { ...deps, key, facts };
  checkRows(context);
  const chain = followChain(context);
  const batches = followBatches(context);
  const states = followStates(context);
  for await (const page of readLogPages(deps, { ...key, after: 0, upTo: facts.stream.headSequence })) {
    for (const row of page) {
      chain.next(row);
      await batches.next(row);
      await states.next(row);
    }
    states.endPage();
    deps.onCommands(page.length);
  }
  chain.end();
  await batches.end();
  states.end();
}

const STATE_CHECKS = [
  "patches",
  "snapshots-equal-replay",
  "one-open-version",
  "published-pointer",
  "listing-equals-log",
] as const;

/** Replays the log beside the pass, and looks at the rows that are made from its states when it comes to them. */
function followStates(context: PassContext): {
  next(row: LogRow): Promise<void>;
  endPage(): void;
  end(): void;
} {
  const { findings, facts } = context;
  const patches = followPatches(context);
  const apply: Apply = findings.wants("patches")
    ? (before, row) => patches.step(before, row)
    : (before, row) => evolve(before, row).state;
  const ends = new Map<number, VersionFacts[]>();
  for (const version of facts.versions)
    ends.set(version.toSequence, [...(ends.get(version.toSequence) ?? []), version]);
  const open = facts.versions.find(({ sealedAt }) => sealedAt === null);
  const { materializedSequence } = facts.stream;
  let first: LogRow | undefined;
  let last: LogRow | undefined;
  let state: ScriptState | undefined = STATE_CHECKS.some((check) => findings.wants(check))
    ? EMPTY_STATE
    : undefined;
  return {
    next: async (row) => {
      first ??= row;
      last = row;
      if (!state) return;
      state = step(context, apply, state, row);
      if (!state) return;
      if (findings.wants("snapshots-equal-replay"))
        for (const version of ends.get(row.sequence) ?? []) await checkSnapshot(context, version, state, row);
      if (open && row.sequence === open.fromSequence) checkDraft(context, open, row);
      if (row.sequence !== materializedSequence) return;
      checkPointersByLog(context, state);
      checkSealedByLog(context, state);
    },
    endPage: () => patches.endPage(),
    end: () => {
      if (state && first && last) checkListing(context, state, { first, last });
    },
  };
}

type Apply = (before: ScriptState, row: LogRow) => ScriptState;

/** The state after a command; undefined when it cannot be applied, and nothing after it can be judged. */
function step(context: PassContext, apply: Apply, before: ScriptState, row: LogRow): ScriptState | undefined {
  try {
    return apply(before, row);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    const message = `${error.message} What comes after it in the log was not replayed.`;
    const told = context.findings.wants("patches") ? "patches" : "snapshots-equal-replay";
    report(context, told, message, row.sequence);
    return undefined;
  }
}
