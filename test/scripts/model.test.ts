import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { commandNames } from "../../src/scripts/registry.ts";
import { replay } from "../../src/scripts/replay.ts";
import { fromSnapshot, snapshotMatches, stateHash, toSnapshot } from "../../src/scripts/snapshot.ts";
import type { StoredCommand } from "../../src/scripts/storedCommand.ts";
import { deepFreeze } from "./support/deepFreeze.ts";
import { numRuns, play, playTimeoutMs, randomGame } from "./support/play.ts";

/** What is left of a value after a stay in PostgreSQL: text, with keys in jsonb's order, shorter ones first. */
function stored<T>(value: T): T {
  return deepFreeze(JSON.parse(JSON.stringify(value, (_, member: Json) => inJsonbOrder(member)))) as T;
}

function inJsonbOrder(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const byLength = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return Object.fromEntries(byLength);
}

test(
  "the state that edits lead to is that of a full replay, and of a snapshot and its tail, at every cut",
  () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(randomGame, fc.nat(), (game, cutAt) => {
        const { state, log } = play(game);
        for (const { type, patch } of log) if (patch.length > 0) seen.add(`${type}.v1`);
        const read: readonly StoredCommand[] = stored(log);
        const cut = cutAt % (log.length + 1);
        const [head, tail] = [read.slice(0, cut), read.slice(cut)];
        expect(canonicalJson(replay(EMPTY_STATE, read))).toBe(canonicalJson(state));
        const half = replay(EMPTY_STATE, head);
        expect(canonicalJson(replay(half, tail))).toBe(canonicalJson(state));
        const snapshot = stored(toSnapshot(half));
        expect(snapshotMatches(snapshot)).toBe(true);
        expect(canonicalJson(fromSnapshot(snapshot))).toBe(canonicalJson(half));
        expect(stateHash(replay(fromSnapshot(snapshot), tail))).toBe(stateHash(state));
      }),
      { numRuns },
    );
    // A generator that stops making a command would let its promises go unheld.
    const unseen = commandNames.filter((name) => numRuns >= 400 && !seen.has(name));
    expect(unseen).toEqual([]);
  },
  playTimeoutMs,
);

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
