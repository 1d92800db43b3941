import type { Environment } from "./environment.ts";
import type { AppendsRow } from "./measureAppends.ts";
import type { BackfillResult } from "./measureBackfill.ts";
import type { CommandsRow } from "./measureCommands.ts";
import type { LagResult } from "./measureLag.ts";
import type { LongLogRow } from "./measureLongLog.ts";
import type { ReplayResult } from "./measureReplay.ts";
import type { StreamsReport } from "./measureStreams.ts";
import type { BenchOptions } from "./options.ts";
import type { Memory } from "./readMemory.ts";

/** Everything that one run of the benchmark found; parts that were not asked for are missing. */
export interface BenchReport {
  readonly environment: Environment;
  readonly options: BenchOptions;
  readonly seconds: number;
  appends?: readonly AppendsRow[];
  lag?: LagResult;
  commands?: readonly CommandsRow[];
  streams?: StreamsReport;
  replay?: ReplayResult;
  longLog?: readonly LongLogRow[];
  backfill?: BackfillResult;
  /** Why a part did not come to its end. */
  failure?: string;
  /** Of the service after a part. */
  memory: { readonly after: string; readonly memory: Memory }[];
}

/** The report for people. */
export function formatReport(report: BenchReport): string {
  const { appends, lag, commands, streams, replay, longLog, backfill, ...rest } = report;
  return [
    formatEnvironment(rest.environment, rest.options),
    appends && formatAppends(appends),
    lag && formatLag(lag),
    commands && formatCommands(commands),
    streams && formatStreams(streams),
    replay && formatReplay(replay),
    longLog && formatLongLog(longLog),
    backfill && formatBackfill(backfill),
    formatMemory(rest.memory),
    rest.failure && `FAILED ${rest.failure}`,
    `The run took ${rest.seconds.toFixed(0)} s.`,
  ]
    .filter((part) => part !== undefined)
    .join("\n\n");
}

function formatEnvironment(
  environment: Environment,
  { rounds, seconds, scripts, nodesPerScript }: BenchOptions,
): string {
  const { cpu, cores, memoryGb, node, postgres, settings } = environment;
  const list = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB; Node ${node}, PostgreSQL ${postgres}`,
    list.join(", "),
    `service, PostgreSQL and load generator share the machine; medians of ${rounds} rounds of ${seconds} s; ${scripts} scripts of ${nodesPerScript} nodes`,
  ].join("\n");
}

function formatAppends(rows: readonly AppendsRow[]): string {
  const head = [
    "connections",
    "floor/s",
    "edits/s",
    "of floor",
    "edit p50",
    "edit p99",
    "floor p50",
    "floor p99",
    "drain",
  ];
  return table(
    "Edits through HTTP, one command a request, beside one bare insert a transaction",
    head,
    rows.map((row) => [
      String(row.connections),
      row.floorPerSecond.toFixed(0),
      row.editsPerSecond.toFixed(0),
      `${(row.ofFloor * 100).toFixed(0)} %`,
      ms(row.p50Ms),
      ms(row.p99Ms),
      ms(row.floorP50Ms),
      ms(row.floorP99Ms),
      ms(row.drainMs),
    ]),
  );
}

function formatLag(lag: LagResult): string {
  const head = ["offered/s", "done/s", "edit p50", "edit p99", "lag p50", "lag p99", "lag max", "missing"];
  return table("From the answer to an edit until it is materialized (looked every 5 ms)", head, [
    [
      lag.offeredPerSecond.toFixed(0),
      lag.donePerSecond.toFixed(0),
      ...[lag.editP50Ms, lag.editP99Ms, lag.lagP50Ms, lag.lagP99Ms, lag.lagMaxMs].map(ms),
      String(lag.missing),
    ],
  ]);
}

function formatCommands(rows: readonly CommandsRow[]): string {
  return table(
    "Generic commands: taken in over HTTP, and completed by a handler that does nothing",
    ["connections", "accepted/s", "p50", "p99", "completed/s", "completion p50", "completion p99", "failed"],
    rows.map((row) => [
      String(row.connections),
      row.acceptedPerSecond.toFixed(0),
      ms(row.acceptP50Ms),
      ms(row.acceptP99Ms),
      row.completedPerSecond.toFixed(0),
      ms(row.completionP50Ms),
      ms(row.completionP99Ms),
      String(row.failed),
    ]),
  );
}

function formatStreams({ idle, rows }: StreamsReport): string {
  const kilobytes = (idle.addedMb * 1_024) / idle.streams;
  const count = (rows: readonly number[]): number => rows.reduce((sum, value) => sum + value, 0);
  const missing = count(rows.map((row) => row.missing));
  const doubled = count(rows.map((row) => row.doubled));
  return [
    table(
      "From the moment an edit was due until its event had reached each stream that follows it",
      ["streams", "each of", "edits/s", "deliveries/s", "edit p50", "p50", "p99", "max"],
      rows.map((row) => [
        String(row.streams),
        row.follows,
        row.editsPerSecond.toFixed(0),
        row.deliveriesPerSecond.toFixed(0),
        ...[row.editP50Ms, row.p50Ms, row.p99Ms, row.maxMs].map(ms),
      ]),
    ),
    missing + doubled === 0
      ? "None was missing, and none came twice."
      : `FAILED ${missing} were missing, ${doubled} came twice.`,
    `${idle.streams} idle streams add ${idle.addedMb.toFixed(0)} MB to the ${idle.beforeMb.toFixed(0)} MB of the service: ${kilobytes.toFixed(0)} KB each.`,
  ].join("\n");
}

function formatReplay({ commands, replayPerSecond, decidePerSecond }: ReplayResult): string {
  return table(
    "The pure core on one core, from memory",
    ["commands", "replayed/s", "decided/s"],
    [[String(commands), replayPerSecond.toFixed(0), decidePerSecond.toFixed(0)]],
  );
}

function formatLongLog(rows: readonly LongLogRow[]): string {
  const head = ["log", "commands", "nodes", "edit p50", "edit p99", "graph p50", "first edit after restart"];
  return table(
    "The same edits on a short and on a long log, in turns",
    head,
    rows.map((row) => [
      row.script,
      String(row.logCommands),
      String(row.nodes),
      ...[row.editP50Ms, row.editP99Ms, row.graphP50Ms, row.coldEditMs].map(ms),
    ]),
  );
}

function formatBackfill(backfill: BackfillResult): string {
  const { rows, peakMb } = backfill;
  const count = (...tables: readonly string[]): number =>
    tables.reduce((sum, name) => sum + (rows[name] ?? 0), 0);
  const ofScripts = count("Script", "ScriptVersion", "ScriptNode", "ScriptEdge", "ScriptVariable");
  const ofRuns = count("ScriptRun", "ScriptAnswer");
  const line = (what: string, number: number, seconds: number): string[] => [
    what,
    String(number),
    `${seconds.toFixed(1)} s`,
    (number / seconds).toFixed(0),
  ];
  const peaks = [peakMb.half, peakMb.moved, peakMb.end].map((value) => `${value.toFixed(0)} MB`);
  return [
    table(
      `Moving ${count("Script")} legacy scripts beside the running service`,
      ["what", "rows", "time", "rows/s"],
      [
        line("scripts and what belongs to them", ofScripts, backfill.scriptsSeconds),
        line("runs and answers", ofRuns, backfill.runsSeconds),
        line("verification", ofScripts + ofRuns, backfill.verifySeconds),
      ],
    ),
    `${backfill.restingSeconds.toFixed(1)} s of rest for the materializer; peak of the moving process ${peaks[0]} half-way, ${peaks[1]} moved, ${peaks[2]} verified`,
    backfill.failures.length === 0 ? "Both sides agree." : `FAILED ${backfill.failures.join(" ")}`,
  ].join("\n");
}

function formatMemory(memory: BenchReport["memory"]): string | undefined {
  if (memory.length === 0) return undefined;
  const megabytes = (value: number | undefined): string =>
    value === undefined ? "?" : `${value.toFixed(0)} MB`;
  return table(
    "Memory of the service",
    ["after", "resident", "peak"],
    memory.map(({ after, memory: { rssMb, peakMb } }) => [after, megabytes(rssMb), megabytes(peakMb)]),
  );
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(widths[column]!)).join("  ");
  return [title, line(head), ...rows.map(line)].join("\n");
}
