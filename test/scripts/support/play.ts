import * as fc from "fast-check";
import { edge, node } from "../document/documentOf.ts";
import type { Stream } from "./given.ts";
import { append, decide, given } from "./given.ts";
import type { Intent } from "./randomStep.ts";
import { randomIntent, toStep } from "./randomStep.ts";

/** FC_RUNS=5000 for a long run. */
export const numRuns = Number(process.env["FC_RUNS"] ?? 400);
export const playTimeoutMs = 60_000 + numRuns * 100;

/** Rounds in which up to three actors look at the same state and then submit a batch each, one after the other. */
export type Game = readonly (readonly (readonly Intent[])[])[];

export const randomGame: fc.Arbitrary<Game> = fc.array(
  fc.array(fc.array(randomIntent, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  { minLength: 5, maxLength: 30, size: "max" },
);

/** Plays a game. Every accepted batch is held against the promises; a refused one leaves no trace. */
export function play(game: Game): Stream {
  let stream = given(
    ["AddNode", { node: node("1", "start") }],
    ["AddNode", { node: node("constructor", "end") }],
    ["AddEdge", { edge: { ...edge("1", "constructor"), id: "7" } }],
    ["SetEntryNode", { nodeId: "1" }],
    ["CommitVersion", {}],
  );
  for (const actors of game) {
    const seen = stream.state;
    for (const intents of actors) {
      const decision = decide(stream, ...intents.map((intent) => toStep(intent, seen)));
      if (decision.kind === "accepted") stream = append(stream, decision);
    }
  }
  return stream;
}
