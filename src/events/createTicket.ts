import { randomBytes } from "node:crypto";
import type { Prisma } from "../db/generated/client.ts";
import { sha256 } from "../kernel/sha256.ts";
import type { ActorType } from "../scripts/storedCommand.ts";

/** For whom a ticket stands. */
export interface TicketHolder {
  readonly tenantId: string;
  readonly actorId: string;
  readonly actorType: ActorType;
  readonly role: string;
  /** The credential that it was made with: the stream ends when that does. */
  readonly tokenId: string;
  readonly tokenExpiresAt: Date | null;
}

export interface Ticket {
  readonly ticket: string;
  readonly expiresAt: Date;
}

/** Long enough to open a stream with it, and useless in a log of URLs soon after. */
const TICKET_LIFE_MS = 60_000;

/**
 * Makes a ticket that opens one event stream within a minute. Only its hash is stored: who reads the table cannot
 * open a stream.
 */
export async function createTicket(
  tx: Pick<Prisma.TransactionClient, "eventTicket">,
  holder: TicketHolder,
  now: Date,
): Promise<Ticket> {
  const ticket = randomBytes(32).toString("base64url");
  const lastMs = holder.tokenExpiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const expiresAt = new Date(Math.min(now.getTime() + TICKET_LIFE_MS, lastMs));
  await tx.eventTicket.create({ data: { ...holder, hash: sha256(ticket), expiresAt } });
  return { ticket, expiresAt };
}
