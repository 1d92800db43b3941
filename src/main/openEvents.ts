import type { Logger } from "pino";
import { findRevoked } from "../access/findRevoked.ts";
import type { Principal } from "../access/principal.ts";
import { isRole } from "../access/role.ts";
import { createInTenant } from "../db/inTenant.ts";
import { openDatabase } from "../db/openDatabase.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { createWakeStamper } from "../events/createWakeStamper.ts";
import { redeemTicket } from "../events/redeemTicket.ts";
import { startEventHub } from "../events/startEventHub.ts";
import { createGate } from "../kernel/gate.ts";
import { EventStreams } from "../http/sse/eventStreams.ts";
import { watchTokens } from "../http/sse/watchTokens.ts";
import type { Config } from "./config.ts";
import type { Store } from "./openStore.ts";

/** Events on the API's side of a process. */
export interface ApiEvents {
  readonly streams: EventStreams;
  readonly redeemTicket: (ticket: string) => Promise<Principal | undefined>;
  /** To be called after a commit that wrote events; as often as it likes. */
  readonly wakeStamper: () => void;
  /** Ends all streams, and then what they stand on. */
  stop(): Promise<void>;
}

/** Of its own, so that clients who catch up do not keep edits waiting for a connection. */
const POOL_SIZE = 4;
/** Tickets looked up at a time: whoever tries out tickets leaves connections to the streams that are open. */
const TICKETS_AT_ONCE = 2;

/** Follows the feed for the event streams of this process. */
export async function openEvents(
  deps: {
    readonly prisma: PrismaClient;
    readonly log: Logger;
    /** The stamper of this process, if it has one. */
    readonly wakeOwn: (() => void) | undefined;
  },
  config: Config,
  store: Pick<Store, "apiUrl">,
): Promise<ApiEvents> {
  const { log } = deps;
  const database = await openDatabase({
    url: store.apiUrl,
    role: "script_api",
    poolSize: POOL_SIZE,
    applicationName: "script-api-events",
  });
  const { prisma } = database;
  const inTurn = createGate(TICKETS_AT_ONCE);
  const running = startEventHub({
    prisma,
    inTenant: createInTenant(prisma),
    databaseUrl: store.apiUrl,
    log,
  });
  const streams = new EventStreams(running.hub, {
    perProcess: config.STREAMS_PER_PROCESS,
    perTenant: config.STREAMS_PER_TENANT,
    perToken: config.STREAMS_PER_TOKEN,
    heartbeatMs: config.STREAM_HEARTBEAT_SECONDS * 1_000,
    stallMs: config.STREAM_STALL_SECONDS * 1_000,
    lifeMs: config.STREAM_LIFE_SECONDS * 1_000,
  });
  const watch = watchTokens(
    { streams, findRevoked: (owners) => findRevoked({ prisma }, owners), log },
    config.STREAM_TOKEN_CHECK_SECONDS * 1_000,
  );
  return {
    streams,
    redeemTicket: (ticket) => inTurn(() => redeem({ prisma, now: () => new Date() }, ticket)),
    wakeStamper: createWakeStamper(deps),
    stop: async () => {
      await streams.end();
      await Promise.all([watch.stop(), running.stop()]);
      await database.close();
    },
  };
}

/** Whoever has the ticket has what the token may that it was made with, and no longer. */
async function redeem(
  deps: Parameters<typeof redeemTicket>[0],
  ticket: string,
): Promise<Principal | undefined> {
  const holder = await redeemTicket(deps, ticket);
  if (!holder || !isRole(holder.role)) return undefined;
  const { tenantId, actorType, actorId, role, tokenId, tokenExpiresAt } = holder;
  const actor = { type: actorType, id: actorId };
  return { tenantId, actor, role, tokenId, expiresAt: tokenExpiresAt ?? undefined };
}
