import type { Job, JobResult } from "pg-boss";
import type { Logger } from "pino";
import type { Gate } from "../kernel/gate.ts";
import { materialize, type MaterializeDeps, type MaterializeOutcome } from "./materialize.ts";
import { materializeDrafts } from "./materializeDrafts.ts";
import { Pace } from "./pace.ts";
import { Rounds } from "./rounds.ts";
import type { MaterializeJob } from "./sendMaterializeJobs.ts";

type Attempt = Pick<Job<MaterializeJob>, "id" | "retryCount" | "data">;

export interface BatchDeps extends MaterializeDeps {
  readonly log: Pick<Logger, "info" | "error">;
  /** How many scripts are materialized at once. */
  readonly gate: Gate;
  /** Called with how many scripts were worked on without an error. */
  readonly onMaterialized?: (count: number) => void;
  /** Called when a next job was sent. */
  readonly wake: () => void;
}

/** Jobs of one script: the first replays what all of them were sent for. */
type SameScript = readonly [Attempt, ...Attempt[]];

type RunDeps = BatchDeps & { readonly pace: Pace };

/**
 * Returns the function that works on batches of jobs. Scripts that were materialized a moment ago rest first; those of
 * all batches that have rested go together, and those that need no rest do not wait for them.
 */
export function createRunBatch(batchDeps: BatchDeps): (jobs: readonly Attempt[]) => Promise<JobResult[]> {
  const deps = { ...batchDeps, pace: new Pace() };
  const rounds = new Rounds((jobs: readonly Attempt[]) => runJobs(deps, jobs));
  return async (jobs) => {
    const byRest = Map.groupBy(jobs, ({ data }) => deps.pace.restsUntil(data));
    const results = await Promise.all(
      [...byRest].map(([until, some]) => (until === 0 ? runJobs(deps, some) : rounds.join(until, some))),
    );
    const own = new Set(jobs.map(({ id }) => id));
    return results.flat().filter(({ id }) => own.has(id));
  };
}

/** Those whose drafts only move on go together; the others each in a transaction of its own. */
async function runJobs(deps: RunDeps, jobs: readonly Attempt[]): Promise<JobResult[]> {
  const started = performance.now();
  const scripts = [
    ...Map.groupBy(jobs, ({ data }) => JSON.stringify([data.tenantId, data.scriptId])).values(),
  ] as unknown as SameScript[];
  const { done, more } = await deps.gate(() =>
    materializeDrafts(
      deps,
      scripts.map(([job]) => job),
    ),
  );
  if (more) deps.wake();
  const results = await Promise.all(
    scripts.map(async (same) => {
      const [job] = same;
      if (!done.has(job.id)) return runScript(deps, same);
      deps.pace.ended(job.data, performance.now() - started);
      return same.map(({ id }) => toResult(id, { kind: "up_to_date" }));
    }),
  );
  deps.onMaterialized?.(results.filter(([result]) => result?.status === "completed").length);
  return results.flat();
}

async function runScript(deps: RunDeps, same: SameScript): Promise<JobResult[]> {
  const [job] = same;
  try {
    const outcome = await deps.gate(() => runOnce(deps, job));
    if (outcome.kind === "materialized" && outcome.more) deps.wake();
    return same.map(({ id }) => toResult(id, outcome));
  } catch (error) {
    deps.log.error({ ...job.data, err: error }, "materialization was interrupted; the job is tried again");
    return same.map(({ id }) => ({ id, status: "failed", output: { message: String(error) } }));
  }
}

async function runOnce(deps: RunDeps, job: Attempt): Promise<MaterializeOutcome> {
  const started = performance.now();
  try {
    return await materialize(deps, { ...job.data, job });
  } finally {
    deps.pace.ended(job.data, performance.now() - started);
  }
}

// A job that the materialization completed in its own transaction is not touched again: pg-boss only settles
// what is still active.
function toResult(id: string, outcome: MaterializeOutcome): JobResult {
  if (outcome.kind === "failed") return { id, status: "failed", output: outcome.failure };
  return { id, status: "completed", output: { outcome: outcome.kind } };
}
