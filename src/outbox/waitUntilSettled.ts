import { setTimeout as delay } from "node:timers/promises";
import type { InTenant } from "../db/inTenant.ts";
import type { OutboxKey, OutboxRow } from "./outboxRow.ts";

const FIRST_DELAY_MS = 15;
const LONGEST_DELAY_MS = 100;

/**
 * Waits until a command is COMPLETED or FAILED, and returns it as it is then, or at the end of the time. Looks
 * at once, then after 15 ms, then ever more rarely, every 100 ms at last. An aborted signal ends the wait.
 */
export async function waitUntilSettled(
  deps: { readonly inTenant: InTenant },
  input: OutboxKey & { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<OutboxRow> {
  const { tenantId, id } = input;
  const giveUpAt = performance.now() + input.timeoutMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 1.5, LONGEST_DELAY_MS)) {
    const row = await deps.inTenant(tenantId, (tx) =>
      tx.commandOutbox.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }),
    );
    const leftMs = giveUpAt - performance.now();
    if (row.completedAt || leftMs <= 0 || input.signal?.aborted) return row;
    await pass(Math.min(delayMs, leftMs), input.signal);
  }
}

/** Resolves after a time, or as soon as the signal is aborted. */
async function pass(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks once more and returns.
  }
}
