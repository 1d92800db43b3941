import { resolve } from "node:path";
import { expect, it } from "vitest";
import { recordScores, scoreOf } from "./recordScores.ts";

type Status = Parameters<typeof scoreOf>[0][number]["status"];

function mutants(file: string, ...statuses: Status[]) {
  return statuses.map((status) => ({ fileName: resolve(file), status }));
}

it("counts what a test noticed against what none did, and what could not be loaded for neither", () => {
  const all = mutants("src/a.ts", "Killed", "Timeout", "Survived", "NoCoverage", "RuntimeError", "Ignored");
  expect(scoreOf(all)).toEqual({
    killed: 1,
    timedOut: 1,
    survived: 1,
    notCovered: 1,
    notLoaded: 1,
    percent: "50.0",
  });
});

it("keeps the lines of files that were not mutated this time", () => {
  const before =
    "# Scores\n\nWords.\n\n- `src/a.ts`: 50.0 % of 2, 2026-01-01\n- `src/c.ts`: 9.0 % of 11, 2026-01-01\n";
  const results = [...mutants("src/c.ts", "Killed"), ...mutants("src/b.ts", "Killed", "Killed", "Survived")];
  expect(recordScores(before, results, "2026-02-03")).toBe(
    "# Scores\n\nWords.\n\n- `src/a.ts`: 50.0 % of 2, 2026-01-01\n" +
      "- `src/b.ts`: 66.7 % of 3, 2026-02-03\n- `src/c.ts`: 100.0 % of 1, 2026-02-03\n",
  );
});
