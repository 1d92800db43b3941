import { setTimeout as delay } from "node:timers/promises";
import {
  createAgent,
  createBatcher,
  createCommander,
  createHuman,
  createPublisher,
  createRunner,
  type Actor,
} from "./actors.ts";
import type { Scene } from "./scene.ts";

export interface Load {
  /** Begins nothing new, and returns when what was begun is answered or given up. */
  stop(): Promise<void>;
}

/** Lets many actors of each tenant work at once, as much of each kind as its share says. */
export function startLoad(
  scene: Scene,
  input: { readonly rate: number; readonly tenants: readonly string[] },
): Load {
  const stopping = new AbortController();
  const actors = input.tenants.flatMap((tenantId) => makeActors(scene, tenantId));
  const shares = actors.reduce((sum, { share }) => sum + share, 0);
  const working = actors.map(({ act, share }) =>
    work(act, (1_000 * shares) / (input.rate * share), stopping.signal),
  );
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(working);
    },
  };
}

/** share: of what is offered, in edits; a batch or an agent's round counts as several. */
function makeActors(scene: Scene, tenantId: string): { readonly act: Actor; readonly share: number }[] {
  const many = (count: number, share: number, make: (id: number) => Actor) =>
    Array.from({ length: count }, (_, id) => ({ act: make(id), share }));
  return [
    ...many(8, 1, (id) => createHuman(scene, tenantId, `human-${id}`)),
    ...many(2, 0.5, (id) => createAgent(scene, tenantId, `agent-${id}`)),
    ...many(1, 0.2, (id) => createBatcher(scene, tenantId, `batcher-${id}`)),
    ...many(1, 0.1, (id) => createPublisher(scene, tenantId, `publisher-${id}`)),
    ...many(2, 0.1, (id) => createRunner(scene, tenantId, `runner-${id}`)),
    ...many(2, 0.4, (id) => createCommander(scene, tenantId, `commander-${id}`)),
  ];
}

async function work(act: Actor, everyMs: number, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const startedAt = performance.now();
    await act();
    const restMs = everyMs * (0.5 + Math.random()) - (performance.now() - startedAt);
    await delay(Math.max(0, restMs), undefined, { signal: stopping }).catch(() => undefined);
  }
}
