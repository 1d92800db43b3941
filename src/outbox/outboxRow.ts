import type { CommandOutbox } from "../db/generated/client.ts";

/** A generic command as the outbox keeps it; the fields are documented in prisma/schema/outbox.prisma. */
export type OutboxRow = CommandOutbox;

/** Names one row. */
export interface OutboxKey {
  readonly tenantId: string;
  readonly id: string;
}
