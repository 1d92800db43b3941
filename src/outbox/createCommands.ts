import type { InTenant } from "../db/inTenant.ts";
import type { CommandEnvelope } from "./enqueueCommand.ts";
import { findCommand } from "./findCommand.ts";
import type { OutboxRow } from "./outboxRow.ts";
import { redrive } from "./redrive.ts";
import { sendCommand, type SendCommandDeps } from "./sendCommand.ts";
import { waitUntilSettled } from "./waitUntilSettled.ts";

export interface CreateCommandsDeps extends SendCommandDeps {
  readonly inTenant: InTenant;
  readonly now: () => Date;
}

export type Commands = ReturnType<typeof createCommands>;

/** Everything that a caller can do with generic commands, each within the caller's tenant. */
export function createCommands(deps: CreateCommandsDeps) {
  const { inTenant } = deps;
  return {
    send: (envelope: Omit<CommandEnvelope, "now">) => sendCommand(deps, { ...envelope, now: deps.now() }),
    find: (input: Parameters<typeof findCommand>[1]) =>
      inTenant(input.tenantId, (tx) => findCommand(tx, input)),
    waitUntilSettled: (input: Parameters<typeof waitUntilSettled>[1]) => waitUntilSettled(deps, input),
    /** Undefined: it has not failed, or not any more. */
    redrive: async (key: {
      readonly tenantId: string;
      readonly id: string;
    }): Promise<OutboxRow | undefined> => {
      const inTransaction: Parameters<typeof redrive>[0]["inTransaction"] = (work) =>
        inTenant(key.tenantId, work);
      const [row] = await redrive({ ...deps, inTransaction }, { ...key, includeRuns: true });
      if (row) deps.wake();
      return row;
    },
  };
}
