import { makeDice } from "./dice.ts";
import { draftScript } from "./drafts.ts";
import type { DraftSize, ScriptDraft } from "./drafts.ts";
import { TRAPS } from "./traps.ts";
import type { Planted, Stray, TrapContext } from "./traps/trapContext.ts";

export interface LegacyDataOptions {
  /** The same seed and options make the same rows, down to their ids. */
  readonly seed: number;
  /** Scripts without anything wrong; those of the traps come on top. */
  readonly scripts: number;
  readonly tenants: number;
  /** Most versions of a script. */
  readonly versions: number;
  /** Nodes of a version on average, at least 8; it has 1.4 times as many edges. */
  readonly nodes: number;
  /** Runs of a script. */
  readonly runs: number;
  /** How often each trap is planted; 0 for clean data. */
  readonly trapsEach: number;
  /** Names of traps; all when left out. */
  readonly traps?: readonly string[];
  /** Nodes of the trap graph_huge. */
  readonly hugeNodes: number;
}

export const SMALL: LegacyDataOptions = {
  seed: 1,
  scripts: 10,
  tenants: 3,
  versions: 3,
  nodes: 9,
  runs: 1,
  trapsEach: 1,
  hugeNodes: 600,
};

/** 10,000 scripts with about a million nodes and edges, and every trap ten times. */
export const LARGE: LegacyDataOptions = {
  ...SMALL,
  scripts: 10_000,
  tenants: 50,
  nodes: 20,
  runs: 2,
  trapsEach: 10,
  hugeNodes: 2_000,
};

/** One piece of legacy data; keep no more of them than needed, there may be many. */
export type LegacyPiece =
  | { readonly kind: "script"; readonly script: ScriptDraft }
  | { readonly kind: "stray"; readonly stray: Stray };

/** Makes legacy data one script at a time; what was planted is added to `manifest` on the way. */
export function* makeLegacy(options: LegacyDataOptions, manifest: Planted[]): Generator<LegacyPiece, void> {
  const dice = makeDice(options.seed);
  let number = 0;
  const tenant = (): string => `tenant-${(number % options.tenants) + 1}`;
  for (let script = 0; script < options.scripts; script++) {
    number++;
    const nodes = Math.max(8, dice.roll(Math.ceil(options.nodes / 2), Math.ceil(options.nodes * 1.5)));
    const size: DraftSize = { versions: dice.roll(1, options.versions), nodes, runs: options.runs };
    yield { kind: "script", script: draftScript(dice, number, tenant(), size) };
  }
  for (let round = 0; round < options.trapsEach; round++) {
    for (const trap of options.traps ?? Object.keys(TRAPS)) {
      const pieces: LegacyPiece[] = [];
      const context: TrapContext = {
        dice,
        hugeNodes: options.hugeNodes,
        script: (size = {}) => {
          number++;
          const script = draftScript(dice, number, tenant(), { versions: 1, nodes: 8, runs: 0, ...size });
          pieces.push({ kind: "script", script });
          return script;
        },
        stray: (stray) => pieces.push({ kind: "stray", stray }),
        quarantined: (table, id, code) => manifest.push({ trap, table, id, expect: "quarantine", code }),
        found: (table, id, code) => manifest.push({ trap, table, id, expect: "finding", code }),
        moves: (table, id) => manifest.push({ trap, table, id, expect: "moves" }),
      };
      TRAPS[trap]!(context);
      yield* pieces;
    }
  }
}
