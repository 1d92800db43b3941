import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stateHash } from "../../src/scripts/snapshot.ts";
import { play, randomGame } from "./support/play.ts";
import { stored } from "./support/stored.ts";

test("another process replays the same logs to the same hashes", () => {
  const streams = fc.sample(randomGame, { numRuns: 10, seed: 7 }).map(play);
  const folder = mkdtempSync(join(tmpdir(), "script-logs-"));
  try {
    const file = join(folder, "logs.json");
    writeFileSync(file, JSON.stringify(streams.map(({ log }) => stored(log))));
    const printer = fileURLToPath(new URL("support/printStateHash.ts", import.meta.url));
    const printed = execFileSync(process.execPath, [printer, file], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual(streams.map(({ state }) => stateHash(state)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
