import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { applyPatch } from "../../src/scripts/applyPatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { evolve } from "../../src/scripts/evolve.ts";
import { commandDefinitions, commandName } from "../../src/scripts/registry.ts";
import { replay } from "../../src/scripts/replay.ts";
import { ReplayError } from "../../src/scripts/replayError.ts";
import { stateHash } from "../../src/scripts/snapshot.ts";
import { upcast } from "../../src/scripts/upcast.ts";
import { findChangedHistory, type Apply } from "../golden/findChangedHistory.ts";
import { readGoldenLogs, type GoldenLog } from "../golden/goldenLog.ts";

const logs = readGoldenLogs();
const recordedNames = new Set(
  logs.flatMap(({ rows }) => rows.map((row) => commandName(row.type, row.typeVersion))),
);
const HOW_TO_RECORD = "Add a story to test/golden/stories.ts and run: node test/golden/record.ts";

describe("the golden logs", () => {
  test.each(logs)("$name replays to the recorded hashes", (log) => {
    expect(findChangedHistory(log)).toBeUndefined();
    expect(findChangedHistory(log, (state, row) => evolve(state, row).state)).toBeUndefined();
  });

  test.each(logs)("$name replays in one go to where it goes step by step", ({ rows }) => {
    expect(stateHash(replay(EMPTY_STATE, rows))).toBe(rows.at(-1)!.stateHash);
  });

  test("hold every command in every version that may be in a log", () => {
    const missing = knownNames().filter((name) => !recordedNames.has(name));
    expect(missing.map((name) => `${name} is in no golden log. ${HOW_TO_RECORD}`)).toEqual([]);
  });

  test("hold no command that a replay does not know any more", () => {
    expect([...recordedNames].filter((name) => !knownNames().includes(name))).toEqual([]);
  });

  test("are not recorded again by accident", () => {
    const recorder = fileURLToPath(new URL("../golden/record.ts", import.meta.url));
    const said = execFileSync(process.execPath, [recorder], { encoding: "utf8" });
    for (const { name } of logs) expect(said).toContain(`${name}: is recorded already and stays.`);
    expect(readGoldenLogs()).toEqual(logs);
  });
});

/** The current version of every command, and each older one that upcast has a step for. */
function knownNames(): string[] {
  return [...commandDefinitions.values()].flatMap(({ type, version }) =>
    Array.from({ length: version + 1 }, (_, typeVersion) => typeVersion)
      .filter((typeVersion) => isKnown(type, typeVersion))
      .map((typeVersion) => commandName(type, typeVersion)),
  );
}

function isKnown(type: string, typeVersion: number): boolean {
  try {
    upcast({ sequence: 1, type, typeVersion, payload: {}, facts: {} });
    return true;
  } catch (error) {
    // Any other error is one of the step, over a payload that is none: there is a step.
    return !(error instanceof ReplayError && error.code === "unknown_command_version");
  }
}

describe("a planted change of history is found and named", () => {
  const every = logs.find(({ name }) => name === "every-command")!;

  test.each([...recordedNames])("what %s does", (name) => {
    const log = logs.find(({ rows }) => rows.some((row) => nameOf(row) === name))!;
    const first = log.rows.find((row) => nameOf(row) === name)!;
    const found = findChangedHistory(log, plant(name));
    expect(found).toContain(
      `Golden log ${log.name}: command ${first.sequence}, ${name}, now leads to another state`,
    );
    expect(found).toContain("different at /viewport/x.");
  });

  test("a command that throws", () => {
    const found = findChangedHistory(every, (state, row) => {
      if (row.type === "Scripts.MoveNodes") throw new Error("No such member.");
      return applyPatch(state, row.patch);
    });
    expect(found).toMatch(
      /command \d+, Scripts\.MoveNodes\.v1, cannot be applied any more: .*No such member/,
    );
  });

  test.each([
    ["another payload", { payload: { name: "Other", slug: "other" } }, /has another chain hash now/],
    ["another hash of the state", { stateHash: "0".repeat(64) }, /stateHash is taken differently/],
    ["another hash of the graph", { graphHash: "0".repeat(64) }, /graphHash is taken differently/],
  ])("a row with %s", (_, change, message) => {
    const [first, ...rest] = every.rows;
    expect(findChangedHistory({ ...every, rows: [{ ...first!, ...change }, ...rest] })).toMatch(message);
  });
});

function nameOf(row: GoldenLog["rows"][number]): string {
  return commandName(row.type, row.typeVersion);
}

/** The reducer of the day of the recording, but for one command, which also moves the viewport. */
function plant(name: string): Apply {
  return (state, row) => {
    const after = applyPatch(state, row.patch);
    if (nameOf(row) !== name) return after;
    return { ...after, viewport: { ...after.viewport, x: after.viewport.x + 1 } };
  };
}
