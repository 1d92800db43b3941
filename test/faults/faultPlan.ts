import { createRandom, type Random } from "./random.ts";
import type { Silenced } from "./tcpProxy.ts";

/** Something that goes wrong. `target` chooses among the processes of the kind, as a number that is taken modulo. */
export type Fault =
  | { readonly kind: "kill_api"; readonly target: number; readonly downMs: number }
  | { readonly kind: "kill_worker"; readonly target: number; readonly downMs: number }
  | { readonly kind: "terminate_sessions"; readonly share: number }
  | { readonly kind: "freeze_process"; readonly target: number; readonly forMs: number }
  | { readonly kind: "cut_connections"; readonly target: number }
  | {
      readonly kind: "half_open_connections";
      readonly target: number;
      readonly what: Silenced;
      /** Undefined: for good. */
      readonly forMs: number | undefined;
    }
  | { readonly kind: "hold_locks"; readonly scripts: number; readonly forMs: number }
  | { readonly kind: "crash_postgres" };

export interface PlannedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

/** A pause between two faults, in ms: some come while the one before is still being got over. */
const PAUSE_MS = { from: 1_000, to: 2_800 };

type Kind = Fault["kind"];

const KINDS: readonly Exclude<Kind, "crash_postgres">[] = [
  "kill_api",
  "kill_worker",
  "terminate_sessions",
  "freeze_process",
  "cut_connections",
  "half_open_connections",
  "hold_locks",
];

/**
 * What goes wrong and when, the same for the same seed: each kind once before any comes again, and a crash of
 * PostgreSQL in the middle.
 */
export function planFaults(seed: number, seconds: number): PlannedFault[] {
  const random = createRandom(seed);
  const endMs = seconds * 1_000;
  const planned: PlannedFault[] = [];
  let kinds: (typeof KINDS)[number][] = [];
  for (let atMs = 1_000; atMs < endMs; atMs += random.whole(PAUSE_MS.from, PAUSE_MS.to)) {
    if (kinds.length === 0) kinds = random.shuffle(KINDS);
    planned.push({ atMs, fault: makeFault(random, kinds.pop()!) });
  }
  planned.push({ atMs: Math.round(endMs * (0.4 + 0.2 * random.next())), fault: { kind: "crash_postgres" } });
  return planned.sort((one, other) => one.atMs - other.atMs);
}

function makeFault(random: Random, kind: (typeof KINDS)[number]): Fault {
  const target = random.whole(0, 11);
  switch (kind) {
    case "kill_api":
    case "kill_worker":
      return { kind, target, downMs: random.whole(0, 1_500) };
    case "terminate_sessions":
      return { kind, share: random.pick([0.3, 0.6, 1]) };
    case "freeze_process":
      return { kind, target, forMs: random.whole(1_000, 5_000) };
    case "cut_connections":
      return { kind, target };
    case "half_open_connections":
      return {
        kind,
        target,
        what: random.pick(["everything", "answers"] as const),
        forMs: random.pick([1_000, 4_000, 8_000, undefined]),
      };
    case "hold_locks":
      return { kind, scripts: random.whole(1, 4), forMs: random.whole(1_000, 7_000) };
  }
}
