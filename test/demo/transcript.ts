/** What the demo did and whether it came out as it should, printed as it happens. */
export interface Transcript {
  readonly expectations: number;
  readonly failures: number;
  /** Starts a chapter. */
  chapter(title: string): void;
  /** One request: who, what, the answer, how long it took. */
  request(who: string, what: string, status: number, ms: number): void;
  /** Something that was observed. */
  note(text: string): void;
  /** Something that must hold; the demo goes on when it does not, and fails at the end. */
  expect(claim: string, holds: boolean, seen?: unknown): void;
  /** Something without which the rest makes no sense: throws CannotGoOn when it does not hold. */
  demand(claim: string, holds: boolean, seen?: unknown): void;
}

/** Ends the demo early; what is missing stands in the transcript. */
export class CannotGoOn extends Error {}

export function createTranscript(write: (text: string) => void): Transcript {
  let [chapters, expectations, failures] = [0, 0, 0];
  const expect = (claim: string, holds: boolean, seen?: unknown): void => {
    expectations++;
    if (holds) return write(`       ok ${claim}\n`);
    failures++;
    write(
      `   FAILED ${claim}\n${seen === undefined ? "" : `          seen: ${JSON.stringify(seen).slice(0, 2_000)}\n`}`,
    );
  };
  return {
    get expectations() {
      return expectations;
    },
    get failures() {
      return failures;
    },
    chapter: (title) => write(`\n${++chapters}. ${title}\n`),
    request: (who, what, status, ms) =>
      write(`   ${who.padEnd(6)} ${what.padEnd(66)} ${status}  ${ms.toFixed(0).padStart(5)} ms\n`),
    note: (text) => write(`          ${text}\n`),
    expect,
    demand: (claim, holds, seen) => {
      expect(claim, holds, seen);
      if (!holds) throw new CannotGoOn(claim);
    },
  };
}
