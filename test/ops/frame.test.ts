import { describe, expect, test } from "vitest";
import { formatDuration } from "../../src/ops/frame/duration.ts";
import { createProgress, describeProgress } from "../../src/ops/frame/progress.ts";
import { formatTable } from "../../src/ops/frame/table.ts";

test.each([
  [850, "850 ms"],
  [12_000, "12 s"],
  [200_000, "3 min 20 s"],
  [5 * 3_600_000 + 120_000, "5 h 2 min"],
  [76 * 3_600_000, "3 d 4 h"],
])("%i ms is written %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("a table aligns texts to the left and numbers to the right, and keeps each row on its line", () => {
  expect(
    formatTable([
      { name: "one", count: 5, note: null },
      { name: "twenty", count: 20, note: "a\n  b" },
    ]),
  ).toBe(["name    count  note", "------  -----  ----", "one         5  -", "twenty     20  a b"].join("\n"));
});

describe("progress", () => {
  test("shows share, rate and what is left", () => {
    expect(describeProgress({ label: "verify", done: 250_000, total: 1_000_000, ms: 10_000 })).toBe(
      "verify [######..................] 25 %  250,000 of 1,000,000  25,000/s  ETA 30 s",
    );
    expect(describeProgress({ label: "export", done: 10, total: undefined, ms: 1_000 })).toBe(
      "export  10  10/s",
    );
    expect(describeProgress({ label: "verify", done: 12, total: 10, ms: 1_000 })).toContain(
      "100 %  12 of 10",
    );
  });

  test("is written to a terminal only, on one line that is cleared at the end", () => {
    const written: string[] = [];
    const err = (text: string): void => void written.push(text);
    createProgress({ err, showsProgress: false }, { label: "x", total: 2 }).add(1);
    expect(written).toEqual([]);
    const progress = createProgress({ err, showsProgress: true }, { label: "x", total: 2 });
    progress.add(1);
    progress.end();
    expect(written.at(0)).toContain("\r\u001b[Kx [############............] 50 %");
    expect(written.at(-1)).toBe("\r\u001b[K");
  });
});
