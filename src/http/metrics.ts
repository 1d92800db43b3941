import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { SubmitOutcome } from "../commands/submission.ts";
import type { Compared } from "../compat/dualRead.ts";
import type { LiveBeat } from "../db/liveBeats.ts";
import { setBeatGauges } from "./metricsOfBeats.ts";

export interface MetricsDeps {
  /** Signs of life of every process, no older than the age that counts as alive. */
  readonly liveBeats: () => Promise<readonly LiveBeat[]>;
  readonly pool: () => { readonly total: number; readonly idle: number; readonly waiting: number };
}

/** What the service counts, for Prometheus. All names begin with scripts_ but those of the Node process. */
export interface Metrics {
  readonly contentType: string;
  /** The figures of now, as text. */
  text(): Promise<string>;
  submitted(outcome: SubmitOutcome): void;
  requestServed(operation: string, status: number, durationMs: number): void;
  /** A legacy read that both sides were asked for. */
  dualRead(compared: Compared): void;
  /** Open event streams of this process; whoever serves them sets it. */
  readonly sseClients: Pick<Gauge, "set">;
}

/** A read takes 1 ms, an edit 5 ms, and one that waits for its version up to some seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A registry of its own, so that two APIs in one process do not share their counts. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "scripts_http_request_duration_seconds",
    help: "Time to serve a request, by operation and class of status.",
    labelNames: ["operation", "status"],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const sseClients = new Gauge({
    name: "scripts_sse_clients",
    help: "Open event streams of this process.",
    registers,
  });
  const pool = new Gauge({
    name: "scripts_db_pool_connections",
    help: "Connections of the API to the database, and requests that wait for one.",
    labelNames: ["state"],
    registers,
  });
  const setBeats = setBeatGauges(registers);
  const submitted = countSubmissions(registers);
  return {
    contentType: registry.contentType,
    text: async () => {
      for (const [state, count] of Object.entries(deps.pool())) pool.set({ state }, count);
      // A scrape while the database is down still tells the rest.
      setBeats(await deps.liveBeats().catch(() => undefined));
      return registry.metrics();
    },
    submitted,
    dualRead: countDualReads(registers),
    requestServed: (operation, status, durationMs) =>
      requests.observe({ operation, status: `${Math.floor(status / 100)}xx` }, durationMs / 1_000),
    sseClients,
  };
}

function countDualReads(registers: Registry[]): Metrics["dualRead"] {
  const reads = new Counter({
    name: "scripts_guidance_dual_reads_total",
    help: "Legacy reads that were answered by both sides, by what came of the comparison.",
    labelNames: ["outcome"],
    registers,
  });
  return (outcome) => reads.inc({ outcome });
}

function countSubmissions(registers: Registry[]): Metrics["submitted"] {
  const submissions = new Counter({
    name: "scripts_submissions_total",
    help: "Batches of edits by how they ended.",
    labelNames: ["outcome"],
    registers,
  });
  const appends = new Counter({
    name: "scripts_appends_total",
    help: "Batches that were appended to a log.",
    registers,
  });
  const commands = new Counter({
    name: "scripts_commands_appended_total",
    help: "Commands that were appended to a log.",
    registers,
  });
  const conflicts = new Counter({
    name: "scripts_conflicts_total",
    help: "Batches that were refused because the script had moved on.",
    registers,
  });
  const refusals = new Counter({
    name: "scripts_refusals_total",
    help: "Commands that were refused, by reason.",
    labelNames: ["code"],
    registers,
  });
  return (outcome) => {
    submissions.inc({ outcome: outcomeOf(outcome) });
    if (outcome.kind === "conflict") conflicts.inc();
    if (outcome.kind === "refused") for (const { code } of outcome.refusals) refusals.inc({ code });
    if (outcome.kind !== "accepted" || outcome.result.dryRun || outcome.result.alreadyApplied) return;
    appends.inc();
    commands.inc(outcome.result.commands.length);
  };
}

function outcomeOf(outcome: SubmitOutcome): string {
  if (outcome.kind !== "accepted") return outcome.kind;
  if (outcome.result.dryRun) return "dry_run";
  return outcome.result.alreadyApplied ? "already_applied" : "appended";
}
