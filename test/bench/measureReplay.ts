import { decideBatch } from "../../src/scripts/decideBatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import type { BatchCommand } from "../../src/scripts/parseCommand.ts";
import { replay } from "../../src/scripts/replay.ts";
import type { StoredCommand } from "../../src/scripts/storedCommand.ts";
import { lineGraph } from "./makeScripts.ts";
import type { BenchOptions } from "./options.ts";
import { median } from "./statistics.ts";

export interface ReplayResult {
  readonly commands: number;
  /** Stored commands applied per second, from memory, on one core. */
  readonly replayPerSecond: number;
  /** Commands parsed, decided and turned into patches per second, on one core. */
  readonly decidePerSecond: number;
}

const COMMANDS = 100_000;
const DECIDED = 5_000;

/** The pure core alone: no database, no HTTP. */
export function measureReplay({ nodesPerScript, rounds }: BenchOptions): ReplayResult {
  const log = makeLog(nodesPerScript);
  const start = replay(EMPTY_STATE, log.slice(0, 2));
  const edits = log.slice(2, 2 + DECIDED).map(toBatchCommand);
  const [replayed, decided]: [number[], number[]] = [[], []];
  // One more round than is counted: the first one is slow while the engine compiles.
  for (let round = 0; round <= rounds; round++) {
    const replaySeconds = time(() => replay(EMPTY_STATE, log));
    const decideSeconds = time(() =>
      decideBatch({ state: start, sequence: 2 }, edits, { sealedDocument: () => undefined }),
    );
    if (round === 0) continue;
    replayed.push(log.length / replaySeconds);
    decided.push(edits.length / decideSeconds);
  }
  return { commands: log.length, replayPerSecond: median(replayed), decidePerSecond: median(decided) };
}

/** A log as an editor makes it: new texts, and nodes that are moved about. */
function makeLog(nodes: number): StoredCommand[] {
  const stored = (sequence: number, type: string, payload: StoredCommand["payload"]): StoredCommand => ({
    sequence,
    type: `Scripts.${type}`,
    typeVersion: 1,
    payload,
    facts: {},
  });
  const log = [
    stored(1, "CreateScript", {
      name: "Replay",
      slug: "replay",
      description: null,
      labels: [],
      intents: [],
      languageCodes: [],
      embeddingKey: null,
    }),
    stored(2, "ReplaceGraph", { graphJson: lineGraph(nodes) as never }),
  ];
  for (let sequence = 3; sequence <= COMMANDS; sequence++) {
    const nodeId = `n${sequence % nodes}`;
    log.push(
      sequence % 3 === 0
        ? stored(sequence, "MoveNodes", { moves: [{ nodeId, position: { x: sequence % 2_000, y: 40 } }] })
        : stored(sequence, "UpdateNode", {
            nodeId,
            data: { prompt: `How may I help you today? (${sequence})` },
          }),
    );
  }
  return log;
}

function toBatchCommand({ type, typeVersion, payload }: StoredCommand): BatchCommand {
  return { command: `${type}.v${typeVersion}`, payload };
}

/** In seconds. */
function time(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) / 1_000;
}
