import type {
  LegacyAnswerRow,
  LegacyEdgeRow,
  LegacyNodeRow,
  LegacyTable,
  LegacyVariableRow,
  LegacyVersionRow,
} from "../../../src/guidance/legacyRows.ts";
import type { FindingReason, QuarantineReason } from "../../../src/guidance/reasons.ts";
import type { Dice } from "../dice.ts";
import type { DraftSize, ScriptDraft } from "../drafts.ts";

/** A row that hangs on nothing. */
export type Stray =
  | { readonly table: "ScriptVersion"; readonly row: LegacyVersionRow }
  | { readonly table: "ScriptNode"; readonly row: LegacyNodeRow }
  | { readonly table: "ScriptEdge"; readonly row: LegacyEdgeRow }
  | { readonly table: "ScriptVariable"; readonly row: LegacyVariableRow }
  | { readonly table: "ScriptAnswer"; readonly row: LegacyAnswerRow };

/** What was planted where, and what must come of it. */
export type Planted = {
  readonly trap: string;
  readonly table: LegacyTable;
  readonly id: string;
} & (
  | { readonly expect: "quarantine"; readonly code: QuarantineReason }
  | { readonly expect: "finding"; readonly code: FindingReason }
  /** It looks dangerous and moves as it is. */
  | { readonly expect: "moves" }
);

/** Where a trap is planted. */
export interface TrapContext {
  readonly dice: Dice;
  readonly hugeNodes: number;
  /** A script of its own, with nothing wrong. Number and tenant come from the generator. */
  script(size?: Partial<DraftSize>): ScriptDraft;
  stray(stray: Stray): void;
  quarantined(table: LegacyTable, id: string, code: QuarantineReason): void;
  found(table: LegacyTable, id: string, code: FindingReason): void;
  moves(table: LegacyTable, id: string): void;
}

/** Traps by their names. */
export type Traps = { readonly [trap: string]: (context: TrapContext) => void };

export const first = (script: ScriptDraft) => script.versions[0]!;
export const nodeOf = (script: ScriptDraft, type: LegacyNodeRow["type"]) =>
  first(script).nodes.find((node) => node.type === type)!;
export const lastPlace = (script: ScriptDraft) => first(script).nodes.length - 1;
