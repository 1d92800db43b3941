import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { OpsError } from "../frame/opsError.ts";
import { selectScripts } from "../verify/selectScripts.ts";
import type { RebuildDeps } from "./compareScript.ts";
import type { Difference } from "./difference.ts";
import { rebuildScript } from "./rebuildScript.ts";

export interface Scope {
  readonly tenantId: string | null;
  readonly scriptId: string | null;
}

export interface RebuildReport {
  readonly rebuildId: string;
  readonly complete: boolean;
  readonly scripts: number;
  readonly same: number;
  readonly switched: number;
  readonly kept: number;
  /** The first few. */
  readonly differences: readonly Difference[];
}

const MAX_SHOWN = 100;

interface Place extends Omit<RebuildReport, "complete" | "differences"> {
  readonly after: ScriptKey | undefined;
}

/**
 * Rebuilds scripts one after another. How far it came is noted after each, so that a rebuild that was stopped or
 * killed goes on behind the last; a script that is rebuilt twice is found the same the second time.
 */
export async function runRebuild(deps: Stoppable, scope: Scope, from: Place): Promise<RebuildReport> {
  let place = from;
  const differences: Difference[] = [];
  const selection = { ...scope, since: null, sample: null, seed: "" };
  for await (const key of selectScripts(deps, selection, from.after)) {
    const rebuilt = await untilStopped(deps, (paced) => rebuildScript(paced, key, from.rebuildId));
    if (!rebuilt) break;
    place = { ...place, after: key, scripts: place.scripts + 1, [rebuilt.kind]: place[rebuilt.kind] + 1 };
    differences.push(...rebuilt.differences.slice(0, MAX_SHOWN - differences.length));
    if (deps.worker) await note(deps.worker, place, deps.now(), "RUNNING");
  }
  const complete = !deps.stopping.aborted;
  if (deps.worker && complete) await note(deps.worker, place, deps.now(), "DONE");
  const { after: _after, ...report } = place;
  return { ...report, complete, differences };
}

type Stoppable = RebuildDeps & { readonly stopping: AbortSignal };

/** Undefined: it was stopped, if need be in the middle of a script, of which nothing was replaced then. */
async function untilStopped<T>(
  deps: Stoppable,
  work: (deps: RebuildDeps) => Promise<T>,
): Promise<T | undefined> {
  const { stopping } = deps;
  const pace = async (count: number): Promise<void> => {
    await deps.pace(count);
    stopping.throwIfAborted();
  };
  try {
    stopping.throwIfAborted();
    return await work({ ...deps, pace });
  } catch (error) {
    if (error !== stopping.reason) throw error;
    return undefined;
  }
}

export async function beginRebuild(
  worker: PrismaClient | undefined,
  input: { readonly id: string; readonly scope: Scope; readonly now: Date },
): Promise<Place> {
  const { id, scope, now } = input;
  const { tenantId, scriptId } = scope;
  await worker?.rebuildProgress.createMany({
    data: [{ id, scopeJson: { tenantId, scriptId }, status: "RUNNING", startedAt: now, updatedAt: now }],
  });
  return { rebuildId: id, after: undefined, scripts: 0, same: 0, switched: 0, kept: 0 };
}

/** Where a rebuild was stopped. Throws OpsError when there is no such rebuild, or it has come to its end. */
export async function resumeRebuild(
  prisma: Pick<PrismaClient, "rebuildProgress">,
  id: string,
): Promise<{ readonly scope: Scope; readonly place: Place }> {
  const row = await prisma.rebuildProgress.findUnique({ where: { id } });
  if (!row) throw new OpsError(`There is no rebuild ${id}.`);
  if (row.status === "DONE") throw new OpsError(`Rebuild ${id} has come to its end. Start another one.`);
  const { scripts, same, switched, kept, afterTenantId, afterScriptId } = row;
  const after =
    afterTenantId === null || afterScriptId === null
      ? undefined
      : { tenantId: afterTenantId, scriptId: afterScriptId };
  return {
    scope: row.scopeJson as unknown as Scope,
    place: { rebuildId: id, after, scripts, same, switched, kept },
  };
}

async function note(
  worker: PrismaClient,
  { rebuildId, after, scripts, same, switched, kept }: Place,
  now: Date,
  status: "RUNNING" | "DONE",
): Promise<void> {
  await worker.rebuildProgress.updateMany({
    where: { id: rebuildId },
    data: {
      status,
      ...(after ? { afterTenantId: after.tenantId, afterScriptId: after.scriptId } : {}),
      scripts,
      same,
      switched,
      kept,
      updatedAt: now,
    },
  });
}
