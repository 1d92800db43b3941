import { setTimeout as delay } from "node:timers/promises";
import type { Job, JobResult } from "pg-boss";
import type { Logger } from "pino";
import type { Gate } from "../kernel/gate.ts";
import { materialize, type MaterializeDeps, type MaterializeOutcome } from "./materialize.ts";
import { materializeDrafts } from "./materializeDrafts.ts";
import type { Pace } from "./pace.ts";
import type { MaterializeJob } from "./sendMaterializeJobs.ts";

type Attempt = Pick<Job<MaterializeJob>, "id" | "retryCount" | "data">;

export interface BatchDeps extends MaterializeDeps {
  readonly log: Pick<Logger, "info" | "error">;
  /** How many scripts are materialized at once. */
  readonly gate: Gate;
  /** How often one script is. */
  readonly pace: Pace;
  /** Called with how many scripts were worked on without an error. */
  readonly onMaterialized?: (count: number) => void;
  /** Called when a next job was sent. */
  readonly wake: () => void;
}

/** Jobs of one script: the first replays what all of them were sent for. */
type SameScript = readonly [Attempt, ...Attempt[]];

/**
 * Works on a batch of jobs. Scripts that were materialized a moment ago rest first; those that are ready do not
 * wait for them.
 */
export async function runBatch(deps: BatchDeps, jobs: readonly Attempt[]): Promise<JobResult[]> {
  const scripts = [
    ...Map.groupBy(jobs, ({ data }) => JSON.stringify([data.tenantId, data.scriptId])).values(),
  ];
  const { ready = [], resting = [] } = Object.groupBy(scripts as unknown as SameScript[], ([job]) =>
    deps.pace.restMs(job.data) > 0 ? "resting" : "ready",
  );
  const results = await Promise.all([runScripts(deps, ready), runAfterRest(deps, resting)]);
  return results.flat();
}

async function runAfterRest(deps: BatchDeps, scripts: readonly SameScript[]): Promise<JobResult[]> {
  await delay(Math.max(0, ...scripts.map(([job]) => deps.pace.restMs(job.data))));
  return runScripts(deps, scripts);
}

/** Those whose drafts only move on go together; the others each in a transaction of its own. */
async function runScripts(deps: BatchDeps, scripts: readonly SameScript[]): Promise<JobResult[]> {
  const started = performance.now();
  const { done, more } = await deps.gate(() =>
    materializeDrafts(
      deps,
      scripts.map(([job]) => job),
    ),
  );
  const results = await Promise.all(
    scripts.map(async (same) => {
      const [job] = same;
      if (!done.has(job.id)) return runScript(deps, same);
      deps.pace.ended(job.data, performance.now() - started);
      return same.map(({ id }) => toResult(id, { kind: "up_to_date" }));
    }),
  );
  deps.onMaterialized?.(results.filter(([result]) => result?.status === "completed").length);
  if (more) deps.wake();
  return results.flat();
}

async function runScript(deps: BatchDeps, same: SameScript): Promise<JobResult[]> {
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

async function runOnce(deps: BatchDeps, job: Attempt): Promise<MaterializeOutcome> {
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
