import { setTimeout as delay } from "node:timers/promises";
import type { InTenant } from "../db/inTenant.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { readFailure, type MaterializeFailure } from "./recordFailure.ts";

export interface WaitDeps {
  readonly inTenant: InTenant;
}

export type WaitOutcome =
  | { readonly kind: "materialized" }
  | { readonly kind: "timeout"; readonly materializedSequence: number }
  /** A command up to the sequence that is waited for cannot be applied. */
  | { readonly kind: "failed"; readonly failure: MaterializeFailure };

const FIRST_DELAY_MS = 15;
const LONGEST_DELAY_MS = 100;

/**
 * Waits until the versions and audit rows of a script cover a sequence of its log. Looks at once, then after
 * 15 ms, then ever more rarely, every 100 ms at last. An aborted signal counts as the timeout.
 */
export async function waitUntilMaterialized(
  deps: WaitDeps,
  input: ScriptKey & {
    readonly sequence: number;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<WaitOutcome> {
  const giveUpAt = performance.now() + input.timeoutMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 1.5, LONGEST_DELAY_MS)) {
    const outcome = await look(deps, input);
    const leftMs = giveUpAt - performance.now();
    if (outcome.kind !== "timeout" || leftMs <= 0 || input.signal?.aborted) return outcome;
    await pass(Math.min(delayMs, leftMs), input.signal);
  }
}

async function look(deps: WaitDeps, input: ScriptKey & { readonly sequence: number }): Promise<WaitOutcome> {
  const { tenantId, scriptId } = input;
  const stream = await deps.inTenant(tenantId, (tx) =>
    tx.scriptStream.findUnique({
      where: { tenantId_scriptId: { tenantId, scriptId } },
      select: { materializedSequence: true, materializeFailure: true },
    }),
  );
  const materializedSequence = stream?.materializedSequence ?? 0;
  if (materializedSequence >= input.sequence) return { kind: "materialized" };
  const failure = readFailure(stream?.materializeFailure ?? null);
  if (failure && failure.sequence <= input.sequence) return { kind: "failed", failure };
  return { kind: "timeout", materializedSequence };
}

/** Resolves after a time, or as soon as the signal is aborted. */
async function pass(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks once more and returns.
  }
}
