import type { PrismaClient } from "../../db/generated/client.ts";
import { sha256 } from "../../kernel/sha256.ts";
import type { JsonObject } from "../enqueueCommand.ts";
import type { CommandHandler } from "../handler.ts";
import type { OutboxRow } from "../outboxRow.ts";

/** How long fake completions take, when the tenant has no settings, in ms. */
const DEFAULT_JITTER = { jitterMin: 1_000, jitterMax: 2_000 };

/** Fake payloads of completion events, by command; of others it is empty. */
const PAYLOADS: ReadonlyMap<string, JsonObject> = new Map([
  ["Contacts.UpsertAndLink.v1", { contacts: [{ role: "applicant", contactId: "cnt_1" }] }],
]);

/**
 * For development only: completes any command as if somebody had done it, after the tenant's jitter since it was
 * sent. It lets a frontend wait for completions before there are handlers. A production process does not
 * register it, and unknown commands fail there.
 */
export function createDevelopmentHandler(deps: {
  readonly prisma: Pick<PrismaClient, "tenantSettings">;
}): CommandHandler {
  return async ({ row, now }) => {
    const settings = await deps.prisma.tenantSettings.findUnique({ where: { tenantId: row.tenantId } });
    const at = fakeCompletionAt(row, settings ?? DEFAULT_JITTER);
    if (now < at) return { kind: "later", at };
    return { kind: "completed", result: PAYLOADS.get(row.command) ?? {} };
  };
}

/** Drawn from the row's id and not at random: every attempt at a row waits for the same moment. */
function fakeCompletionAt(
  { id, createdAt }: OutboxRow,
  { jitterMin, jitterMax }: typeof DEFAULT_JITTER,
): Date {
  const drawn = Number.parseInt(sha256(id).slice(0, 8), 16) / 0x1_0000_0000;
  return new Date(createdAt.getTime() + Math.round(jitterMin + drawn * (jitterMax - jitterMin)));
}
