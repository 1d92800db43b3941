import { formatDuration } from "./duration.ts";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  /** So many more are done. */
  readonly add: (count: number) => void;
  /** Clears the line. */
  readonly end: () => void;
}

/** Often enough to look alive; more would cost more than the work between. */
const EVERY_MS = 200;
const BAR = 24;

/** A line on a terminal's stderr, written over and over; elsewhere nothing. */
export function createProgress(
  terminal: Pick<Terminal, "err" | "showsProgress">,
  { label, total }: { readonly label: string; readonly total: number | undefined },
): Progress {
  if (!terminal.showsProgress) return { add: () => undefined, end: () => undefined };
  const started = performance.now();
  let done = 0;
  let written = Number.NEGATIVE_INFINITY;
  return {
    add: (count) => {
      done += count;
      const now = performance.now();
      if (now - written < EVERY_MS) return;
      written = now;
      terminal.err(`\r\u001b[K${describeProgress({ label, done, total, ms: now - started })}`);
    },
    end: () => {
      if (Number.isFinite(written)) terminal.err("\r\u001b[K");
    },
  };
}

/** verify [#######.......]  31 %  310,000 of 1,000,000  9,500/s  ETA 1 min 12 s */
export function describeProgress(at: {
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly ms: number;
}): string {
  const { label, done, total, ms } = at;
  const perSecond = ms > 0 ? (done * 1_000) / ms : 0;
  const rate = `${whole(perSecond)}/s`;
  if (total === undefined || total === 0) return `${label}  ${whole(done)}  ${rate}`;
  // What is written meanwhile is worked on too, so there may be more than there was at the start.
  const share = Math.min(1, done / total);
  const bar = "#".repeat(Math.round(share * BAR)).padEnd(BAR, ".");
  const eta = perSecond > 0 ? formatDuration((Math.max(0, total - done) / perSecond) * 1_000) : "?";
  return `${label} [${bar}] ${Math.floor(share * 100)} %  ${whole(done)} of ${whole(total)}  ${rate}  ETA ${eta}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
