import { formatTable, type Cell } from "./table.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Writes results: tables for persons, JSON for programs. */
export interface Output {
  readonly isJson: boolean;
  /** The whole result: one JSON document, or what `human` makes of it. */
  result(value: unknown, human: () => string): void;
  /** One line of a result that streams: NDJSON, or text. */
  line(value: unknown, human: () => string): void;
  /** A remark that is no part of the result; never in JSON mode's stdout. */
  note(text: string): void;
  /** A line with rate and ETA while long work goes on. */
  progress(label: string, total: number | undefined): Progress;
  /** Raw text of a result, such as a document. */
  readonly raw: (text: string) => void;
}

export function createOutput(terminal: Terminal, isJson: boolean): Output {
  return {
    isJson,
    result: (value, human) => terminal.out(isJson ? `${toJson(value, 2)}\n` : `${human()}\n`),
    line: (value, human) => terminal.out(isJson ? `${toJson(value)}\n` : `${human()}\n`),
    note: (text) => terminal.err(`${text}\n`),
    progress: (label, total) => createProgress(terminal, { label, total }),
    raw: (text) => terminal.out(text),
  };
}

/** A table of flat records, whose members are cells: the columns in the order of the first. */
export function table(rows: readonly object[], empty = "Nothing."): string {
  return rows.length === 0 ? empty : formatTable(rows as { [column: string]: Cell }[]);
}

// Positions of the feed are bigint: as a number while that is exact, which it is for longer than anybody lives.
function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, member: unknown) => (typeof member === "bigint" ? Number(member) : member),
    indent,
  );
}
