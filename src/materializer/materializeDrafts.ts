import { fromPrisma } from "pg-boss";
import type { Prisma } from "../db/generated/client.ts";
import { newId } from "../kernel/newId.ts";
import type { DueScript } from "../log/appendCommands.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { beginWrite } from "./beginWrite.sql.ts";
import { TRANSACTION, type JobAttempt } from "./commitMaterialization.ts";
import { lockStreams } from "./lockStreams.sql.ts";
import type { Materialization, MaterializationBase, OpenVersion } from "./materialization.ts";
import type { MaterializeDeps } from "./materialize.ts";
import { planMaterialization } from "./planMaterialization.ts";
import { readDraftTails, type DraftTailRow } from "./readDraftTails.sql.ts";
import { MATERIALIZE_QUEUE, sendMaterializeJobs } from "./sendMaterializeJobs.ts";
import { toVersionEvents } from "./toVersionEvents.ts";
import { moveOpenVersion, moveStreams, writeAuditRows } from "./writeMaterialization.ts";

/** Scripts of one transaction: it holds their stream rows for some milliseconds, and their edits wait for that. */
const MAX_SCRIPTS = 20;
/** A longer tail is materialized by itself. */
const MAX_COMMANDS = 50;
/** So is one whose commands' JSON takes more than this, as stored and compressed. */
const MAX_BYTES = 128 * 1024;

export interface DraftJob extends JobAttempt {
  readonly data: DueScript;
}

interface PlannedDraft {
  readonly job: DraftJob;
  readonly key: ScriptKey;
  readonly base: MaterializationBase;
  readonly open: OpenVersion;
  readonly plan: Materialization;
}

/**
 * Moves the drafts of many scripts on in one transaction, where that is all there is to do: a few edits since
 * this process materialized them last, no version sealed or published. Most work is of this kind, and one script
 * at a time it is mostly round trips: 9 for each, against 2.4 here.
 *
 * Says which jobs it completed and whether it sent others. Those that are left are for `materialize`, which
 * takes any case; also when one script of the transaction turns out to be in somebody else's hands.
 */
export async function materializeDrafts(
  deps: MaterializeDeps,
  jobs: readonly DraftJob[],
): Promise<{ readonly done: ReadonlySet<string>; readonly more: boolean }> {
  const done = new Set<string>();
  let more = false;
  const { bases } = deps;
  const known = jobs.filter((job) => bases?.has(job.data));
  if (!bases || known.length < 2) return { done, more };
  for (let from = 0; from < known.length; from += MAX_SCRIPTS) {
    const group = known.slice(from, from + MAX_SCRIPTS);
    const drafts = await planDrafts(deps, group).catch((error: unknown) => leaveToOthers(deps, error));
    const committed = drafts.length > 0 && (await commitDrafts(deps, drafts));
    if (!committed) continue;
    more ||= committed.more;
    for (const draft of drafts) {
      bases.set(draft.key, draft.plan.next);
      done.add(draft.job.id);
    }
  }
  return { done, more };
}

/** What cannot be read together may still be read one by one, and then the failure is each job's own. */
function leaveToOthers(deps: MaterializeDeps, error: unknown): PlannedDraft[] {
  deps.log.info({ err: error }, "drafts are materialized one by one");
  return [];
}

async function planDrafts(deps: MaterializeDeps, jobs: readonly DraftJob[]): Promise<PlannedDraft[]> {
  const jobOf = new Map(jobs.map((job) => [nameOf(job.data), job]));
  const rows = await readDraftTails(
    deps.prisma,
    jobs.map((job) => job.data),
    { rows: MAX_COMMANDS + 1, bytes: MAX_BYTES },
  );
  return [...Map.groupBy(rows, nameOf)].flatMap(([name, tail]) => {
    const planned = planDraft(deps, jobOf.get(name)!, tail);
    return planned ? [planned] : [];
  });
}

function planDraft(
  deps: MaterializeDeps,
  job: DraftJob,
  tail: readonly DraftTailRow[],
): PlannedDraft | undefined {
  const { headSequence, materializedSequence } = tail[0]!;
  const key = { tenantId: job.data.tenantId, scriptId: job.data.scriptId };
  const base = deps.bases?.get(key, materializedSequence);
  const open = base?.openVersion;
  if (!base || !open || tail.at(-1)!.sequence !== headSequence) return undefined;
  try {
    const plan = planMaterialization(base, tail, newId);
    const isDraftOnly =
      plan.versions.length === 1 && plan.versions[0]!.sealedAt === null && !plan.pointersMoved;
    return isDraftOnly ? { job, key, base, open, plan } : undefined;
  } catch {
    // A command that cannot be applied: materialize finds out which, and records it.
    return undefined;
  }
}

/** Thrown to roll back: Prisma commits whatever a transaction's function returns. */
class SupersededError extends Error {}

async function commitDrafts(
  deps: MaterializeDeps,
  drafts: readonly PlannedDraft[],
): Promise<{ more: boolean } | undefined> {
  const started = performance.now();
  await deps.pause?.("replayed", drafts[0]!.key);
  let more;
  try {
    more = await deps.prisma.$transaction((tx) => writeDrafts(deps, tx, drafts), TRANSACTION);
  } catch (error) {
    deps.log.info({ err: error, scripts: drafts.length }, "drafts are materialized one by one");
    return undefined;
  }
  const ms = Math.round(performance.now() - started);
  for (const { job, base, plan } of drafts)
    deps.log.info(
      {
        ...job.data,
        toSequence: plan.toSequence,
        replayed: plan.toSequence - base.sequence,
        snapshotSequence: base.sequence,
        ms,
      },
      "script materialized",
    );
  return { more };
}

/**
 * In order of the keys, so that two transactions never wait in a circle. The stream rows come last, in as few
 * statements as can be: from the first of them to the commit, edits of all these scripts are turned away.
 */
async function writeDrafts(
  deps: MaterializeDeps,
  tx: Prisma.TransactionClient,
  drafts: readonly PlannedDraft[],
): Promise<boolean> {
  await beginWrite(tx, drafts[0]!.key);
  for (const { key, open, plan } of drafts)
    if (!(await moveOpenVersion(tx, key, open, plan.versions[0]!))) throw new SupersededError(key.scriptId);
  await writeAuditRows(
    tx,
    drafts.flatMap(({ key, plan }) => plan.auditRows.map((row) => ({ ...key, ...row }))),
  );
  const jobs = drafts.map(({ job }) => job);
  await deps.boss.complete(MATERIALIZE_QUEUE, jobs, null, { db: fromPrisma(tx) });
  const streams = await lockStreams(
    tx,
    drafts.map(({ key }) => key),
  );
  const moves = drafts.map(({ key, base, plan }) => ({ key, from: base.sequence, to: plan.toSequence }));
  if (!(await moveStreams(tx, moves))) throw new SupersededError(moves[0]!.key.scriptId);
  // A rollback is an edit of the draft too. The stream rows are locked by now: they order what happens to a script.
  await deps.writeEvents(
    tx,
    drafts.flatMap(({ key, plan }) => toVersionEvents(key, plan.events)),
  );
  const movedTo = new Map(moves.map(({ key, to }) => [nameOf(key), to]));
  const unfinished = streams.filter((stream) => stream.headSequence > movedTo.get(nameOf(stream))!);
  if (unfinished.length > 0) await sendMaterializeJobs(deps.boss, tx, unfinished);
  return unfinished.length > 0;
}

function nameOf({ tenantId, scriptId }: ScriptKey): string {
  return JSON.stringify([tenantId, scriptId]);
}
