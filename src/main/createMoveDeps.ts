import type { PgBoss } from "pg-boss";
import { writeEvents } from "../events/domainEvent.ts";
import { newId } from "../kernel/newId.ts";
import { enqueueCommand } from "../outbox/enqueueCommand.ts";
import { createSendOutboxJobs } from "../outbox/sendOutboxJobs.ts";
import type { MoveDeps, RunCommand } from "../runner/runnerDeps.ts";
import { SealedDocuments } from "../runner/sealedDocuments.ts";
import type { Config } from "./config.ts";

/** What moves runs, in the API and in the worker: its commands go into the outbox, its events into the feed. */
export function createMoveDeps(
  deps: { readonly boss: Pick<PgBoss, "insert">; readonly now: () => Date },
  config: Pick<Config, "RUN_DOCUMENT_CACHE_MB">,
): MoveDeps {
  const sendJobs = createSendOutboxJobs(deps.boss);
  return {
    documents: new SealedDocuments(config.RUN_DOCUMENT_CACHE_MB * 1_000_000),
    writeEvents,
    sendCommand: async (tx, command) => void (await enqueueCommand({ sendJobs }, tx, toEnvelope(command))),
    now: deps.now,
  };
}

function toEnvelope(command: RunCommand): Parameters<typeof enqueueCommand>[2] {
  const { runId, nodeId, dispatch, mover, sentAt, ...rest } = command;
  const { actor, role } = mover;
  return {
    ...rest,
    id: newId(),
    saidActor: { userId: actor.id },
    actor,
    role,
    run: { runId, runNodeId: nodeId, runDispatch: dispatch },
    now: sentAt,
  };
}
