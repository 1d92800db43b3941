import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { applyPatch } from "../../src/scripts/applyPatch.ts";
import { toDocument } from "../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { evolve } from "../../src/scripts/evolve.ts";
import { replay } from "../../src/scripts/replay.ts";
import type { StoredCommand } from "../../src/scripts/storedCommand.ts";
import { arbitraryDocument } from "./document/arbitraryDocument.ts";
import { deepFreeze } from "./support/deepFreeze.ts";
import { numRuns, playTimeoutMs } from "./support/play.ts";

test(
  "any document becomes exactly any other, forth and back, and its own self without a write",
  () => {
    fc.assert(
      fc.property(arbitraryDocument, arbitraryDocument, (from, to) => {
        const state = deepFreeze({ ...EMPTY_STATE, ...from });
        const step = replaceBy(toDocument(to));
        const { state: after, patch, inversePatch } = evolve(state, step);
        expect(canonicalJson(toDocument(after))).toBe(canonicalJson(toDocument(to)));
        expect(canonicalJson(replay(state, [step]))).toBe(canonicalJson(after));
        expect(canonicalJson(applyPatch(state, patch))).toBe(canonicalJson(after));
        expect(canonicalJson(applyPatch(after, inversePatch))).toBe(canonicalJson(state));
        expect(evolve(after, step).patch).toEqual([]);
        expect(evolve(state, replaceBy(toDocument(state))).patch).toEqual([]);
      }),
      { numRuns },
    );
  },
  playTimeoutMs,
);

function replaceBy(document: ReturnType<typeof toDocument>): StoredCommand {
  const payload = JSON.parse(JSON.stringify(document)) as StoredCommand["payload"];
  return deepFreeze({ sequence: 2, type: "Scripts.ReplaceGraph", typeVersion: 1, payload, facts: {} });
}
