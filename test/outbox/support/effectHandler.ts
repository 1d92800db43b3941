import { writeEvents } from "../../../src/events/domainEvent.ts";
import type { CommandHandler } from "../../../src/outbox/handler.ts";

/** Type of the event that is the handler's effect: one row per effect made. */
export const EFFECT = "Test.Effect.v1";

/** A handler whose effect is a row of its own, written with the settlement. Calls back when it is called. */
export function effectHandler(onCall: (attempt: number) => void = () => undefined): CommandHandler {
  return async ({ row, now }) => {
    onCall(row.attempts);
    return {
      kind: "completed",
      result: { attempt: row.attempts },
      write: (tx) =>
        writeEvents(tx, [
          {
            tenantId: row.tenantId,
            type: EFFECT,
            correlationId: row.correlationId,
            payload: { attempt: row.attempts },
            occurredAt: now,
          },
        ]),
    };
  };
}
