import { hostname } from "node:os";
import type { Logger } from "pino";
import { newId } from "../kernel/newId.ts";
import type { PrismaClient } from "./generated/client.ts";
import { repeat } from "./repeat.ts";

export interface HeartbeatDeps {
  readonly prisma: Pick<PrismaClient, "processHeartbeat">;
  readonly log: Pick<Logger, "warn">;
  readonly now: () => Date;
}

/** The parts of the service that work without being asked. */
export type HeartbeatPart = "worker" | "stamper" | "outbox";

export interface HeartbeatInput {
  readonly part: HeartbeatPart;
  /** Rest between two beats, in ms. */
  readonly intervalMs: number;
  /** What the part says of itself and its work; asked at each beat. */
  readonly figures?: () => Promise<Readonly<Record<string, number>>>;
}

/** How long the row of a process that died is kept, in ms. */
const KEEP_DEAD_MS = 3_600_000;

/**
 * Says that a part of this process is alive, at once and then at every interval, until it is stopped. The row
 * goes when it is stopped; that of a process that died is left, with the time it was last seen.
 *
 * A beat that fails is logged and the next one tries again. While figures() hangs there is no beat: a part that
 * cannot look at its own work is not well.
 */
export async function startHeartbeat(
  deps: HeartbeatDeps,
  input: HeartbeatInput,
): Promise<{ stop: () => Promise<void> }> {
  const id = newId();
  const startedAt = deps.now();
  let stopping = false;
  const beats = repeat(
    async () => beat(deps, { id, part: input.part, startedAt, figures: (await input.figures?.()) ?? {} }),
    {
      intervalMs: input.intervalMs,
      onError: (error) => {
        if (!stopping) deps.log.warn({ err: error, part: input.part }, "heartbeat failed; tried again");
      },
    },
  );
  await beats.first;
  return {
    stop: async () => {
      stopping = true;
      await beats.stop();
      // Left behind when the database is gone: others see by its age that nobody is there.
      await deps.prisma.processHeartbeat.deleteMany({ where: { id } }).catch(() => undefined);
    },
  };
}

interface Beat {
  readonly id: string;
  readonly part: HeartbeatPart;
  readonly startedAt: Date;
  readonly figures: Readonly<Record<string, number>>;
}

async function beat(deps: HeartbeatDeps, { id, part, startedAt, figures }: Beat): Promise<void> {
  const beatAt = deps.now();
  await deps.prisma.processHeartbeat.upsert({
    where: { id },
    create: { id, part, host: `${hostname()}:${process.pid}`, startedAt, beatAt, figures },
    update: { beatAt, figures },
  });
  const dead = new Date(beatAt.getTime() - KEEP_DEAD_MS);
  await deps.prisma.processHeartbeat.deleteMany({ where: { part, beatAt: { lt: dead } } });
}
