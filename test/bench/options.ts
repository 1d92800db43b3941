import { parseArgs } from "node:util";

const PARTS = ["appends", "lag", "commands", "streams", "replay", "longlog", "backfill"] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly Part[];
  /** Length of one measurement. */
  readonly seconds: number;
  /** Measurements of each kind; medians are taken over them. */
  readonly rounds: number;
  readonly connections: readonly number[];
  /** Scripts that the edits are spread over. */
  readonly scripts: number;
  readonly nodesPerScript: number;
  /** Edits offered per second where the lag of the materializer is measured. */
  readonly rate: number;
  /** HTTP connections that send generic commands. */
  readonly commandConnections: readonly number[];
  /** Event streams that are open at a time. */
  readonly streams: readonly number[];
  /** Edits offered per second while streams are open. */
  readonly streamRate: number;
  readonly longLogCommands: number;
  readonly longLogNodes: number;
  /** Legacy scripts that are moved; with about 100 nodes and edges each. */
  readonly legacyScripts: number;
  readonly json: boolean;
}

const USAGE = `npm run bench -- [${PARTS.join("] [")}] [options]     all parts when none is named

  --seconds 2               length of one measurement
  --rounds 3                measurements of each kind
  --connections 1,8,32,100  HTTP connections, and connections of the floor
  --scripts 100             scripts that the edits are spread over
  --nodes 30                nodes of each of them
  --rate 500                edits per second where the lag is measured
  --commands 1,32           connections that send generic commands
  --streams 1,100,1000      event streams that are open at a time
  --stream-rate 200         edits per second while they are
  --log 50000               commands in the long log
  --log-nodes 2000          nodes of its script
  --legacy 300              legacy scripts that are moved, with about 100 nodes and edges each
  --full                    10,000 of them
  --json                    the results as JSON on stdout`;

/** Reads the command line; throws with the usage when it makes no sense. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "2" },
      rounds: { type: "string", default: "3" },
      connections: { type: "string", default: "1,8,32,100" },
      scripts: { type: "string", default: "100" },
      nodes: { type: "string", default: "30" },
      rate: { type: "string", default: "500" },
      commands: { type: "string", default: "1,32" },
      streams: { type: "string", default: "1,100,1000" },
      "stream-rate": { type: "string", default: "200" },
      log: { type: "string", default: "50000" },
      "log-nodes": { type: "string", default: "2000" },
      legacy: { type: "string", default: "300" },
      full: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.filter((part) => !isPart(part));
  if (unknown.length > 0) throw new Error(`There is no part "${unknown.join('", "')}".\n\n${USAGE}`);
  return {
    parts: positionals.length === 0 ? PARTS : positionals.filter(isPart),
    seconds: positive("seconds", values.seconds),
    rounds: positive("rounds", values.rounds),
    connections: positives("connections", values.connections),
    scripts: positive("scripts", values.scripts),
    nodesPerScript: positive("nodes", values.nodes),
    rate: positive("rate", values.rate),
    commandConnections: positives("commands", values.commands),
    streams: positives("streams", values.streams),
    streamRate: positive("stream-rate", values["stream-rate"]),
    longLogCommands: positive("log", values.log),
    longLogNodes: positive("log-nodes", values["log-nodes"]),
    legacyScripts: values.full ? 10_000 : positive("legacy", values.legacy),
    json: values.json,
  };
}

function isPart(text: string): text is Part {
  return PARTS.some((part) => part === text);
}

function positives(name: string, text: string): number[] {
  return text.split(",").map((value) => positive(name, value));
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} must be a positive number, not "${text}".\n\n${USAGE}`);
}
