import type { ScriptState } from "../scripts/state.ts";

/** A script's state at one point of its log, with what the next append must be chained to. */
export interface StreamTip {
  readonly state: ScriptState;
  readonly sequence: number;
  readonly chainHash: string;
  /** Time of the last command: the next one is never earlier. */
  readonly lastCreatedAt: Date;
  /** Who created the script and when; known from its first command on. */
  readonly createdById: string;
  readonly createdAt: Date;
}
