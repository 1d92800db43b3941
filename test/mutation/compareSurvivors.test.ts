import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { compareSurvivors } from "./compareSurvivors.ts";

const FILE = "src/log/chainHash.ts";
const LINE = `- ${FILE}: \`"0"\` => \`""\``;
const OTHER = `- ${FILE}: \`a < b\` => \`a <= b\``;

/** A mutant of "0" in GENESIS_HASH, where it stands now. */
function mutant(status: "Survived" | "NoCoverage" | "Killed" | "Ignored") {
  const lines = readFileSync(FILE, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes('"0".repeat')) + 1;
  const column = lines[line - 1]!.indexOf('"0"') + 1;
  const location = { start: { line, column }, end: { line, column: column + 3 } };
  return { fileName: resolve(FILE), location, replacement: '""', status };
}

it("asks for an explanation of what survived or was not reached, and not of what was killed", () => {
  const results = [mutant("Survived"), mutant("NoCoverage"), mutant("Killed")];
  expect(compareSurvivors(results, "# Nothing")).toEqual({ unexplained: [LINE, LINE], outdated: [] });
  expect(compareSurvivors([mutant("Killed")], "# Nothing")).toEqual({ unexplained: [], outdated: [] });
});

it("lets one line explain one mutant", () => {
  const twice = [mutant("Survived"), mutant("Survived")];
  expect(compareSurvivors(twice, `Why.\n\n${LINE}\n`)).toEqual({ unexplained: [LINE], outdated: [] });
  expect(compareSurvivors(twice, `${LINE}\n${LINE}`)).toEqual({ unexplained: [], outdated: [] });
});

it("says nothing of what a run left out", () => {
  expect(compareSurvivors([mutant("Ignored")], LINE)).toEqual({ unexplained: [], outdated: [] });
});

it("names lines that explain nothing any more, of the files that were mutated", () => {
  const elsewhere = LINE.replace("chainHash", "groupCommit");
  expect(compareSurvivors([mutant("Survived")], `${LINE}\n${OTHER}\n${elsewhere}`)).toEqual({
    unexplained: [],
    outdated: [OTHER],
  });
});
