import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { commandNames } from "../../src/scripts/registry.ts";
import { replay } from "../../src/scripts/replay.ts";
import { fromSnapshot, snapshotMatches, stateHash, toSnapshot } from "../../src/scripts/snapshot.ts";
import type { StoredCommand } from "../../src/scripts/storedCommand.ts";
import { numRuns, play, playTimeoutMs, randomGame } from "./support/play.ts";
import { stored } from "./support/stored.ts";

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
