import type { Command } from "commander";
import type { ExitCode } from "./exitCode.ts";
import type { Session } from "./session.ts";

/** Options of a verb as they were parsed; each verb knows its own. */
export type VerbOptions = { readonly [name: string]: unknown };

/** One thing that an operator can ask for. */
export interface Verb {
  /** With its arguments, as commander writes them: "diff <script> <a> <b>". */
  readonly name: string;
  readonly summary: string;
  /** Longer help, printed below the options. */
  readonly help?: string;
  readonly addOptions?: (command: Command) => void;
  readonly run: (session: Session, args: readonly string[], options: VerbOptions) => Promise<ExitCode>;
}
