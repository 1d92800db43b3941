import type { Prisma } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import { NOWHERE } from "../runs/runState.ts";
import { startRun as start, type StartOutcome } from "../runs/startRun.ts";
import type { Cause } from "./commitMove.ts";
import { loadPinned } from "./loadPinned.ts";
import { pinVersion, type PinOutcome } from "./pinVersion.ts";
import type { RunKey, RunnerDeps } from "./runnerDeps.ts";
import { toEvent } from "./toRunEvents.ts";
import { viewRun, type RunView } from "./viewRun.ts";
import { writeLog } from "./writeLog.ts";
import { writeVariables } from "./writeVariables.ts";

export interface StartRunInput extends RunKey, Omit<Cause, "requestId"> {
  readonly scriptId: string;
  /** A sealed version; undefined: the active one. */
  readonly version: number | undefined;
  readonly correlationId: string;
  readonly startedById: string;
  readonly connectorType: string | null;
  readonly connectorKey: string | null;
  readonly subject: {
    readonly schema: string | null;
    readonly model: string | null;
    readonly id: string | null;
  } | null;
  /** Values by key; they win over the declared defaults. */
  readonly variables: { readonly [key: string]: Json };
}

export type StartRunOutcome =
  | { readonly kind: "started"; readonly view: RunView; readonly repeated: boolean }
  | Exclude<PinOutcome, { kind: "pinned" }>
  | RunRefusal;

/**
 * Starts a run on a sealed version, which it keeps to its end. The caller names it, so that a repeat finds the run
 * of the first time and starts no other.
 */
export function startRun(deps: RunnerDeps, input: StartRunInput): Promise<StartRunOutcome> {
  return deps.inTenant(input.tenantId, (tx) => startIn(deps, tx, input));
}

async function startIn(deps: RunnerDeps, tx: TenantTx, input: StartRunInput): Promise<StartRunOutcome> {
  const { tenantId, runId, scriptId, correlationId, variables } = input;
  const known = await viewRun(deps, tx, input);
  if (known) return { kind: "started", view: known, repeated: true };
  const pinned = await pinVersion(tx, input);
  if (pinned.kind !== "pinned") return pinned;
  const { version } = pinned;
  const document = await loadPinned(deps, tx, { tenantId, id: runId, scriptId, version });
  const started = start(document, { variables, correlationId, mayStandNowhere: true });
  if (started.kind === "refused") return started;
  const isNew = await writeStart(deps, tx, input, { version, started });
  return { kind: "started", view: (await viewRun(deps, tx, input))!, repeated: !isNew };
}

interface Start {
  readonly version: number;
  readonly started: Extract<StartOutcome, { kind: "started" }>;
}

/** False when another request has started this very run meanwhile. */
async function writeStart(
  deps: RunnerDeps,
  tx: TenantTx,
  input: StartRunInput,
  { version, started }: Start,
): Promise<boolean> {
  const { tenantId, runId, mover } = input;
  const now = deps.now();
  // A second one of the same name waits here for the first to commit, and then adds nothing.
  const { count } = await tx.scriptRun.createMany({
    data: [toRow(input, { version, started }, now)],
    skipDuplicates: true,
  });
  if (count === 0) return false;
  const { state, log } = started;
  await writeVariables(tx, { tenantId, runId }, state.variables, now);
  const actorId = mover.actor.id;
  await writeLog(tx, input, { after: 0, entries: log, requestId: runId, actorId, occurredAt: now });
  await deps.pause?.("half_written", { tenantId, runId });
  await deps.writeEvents(tx, [toStartedEvent(input, { version, started }, now)]);
  await deps.pause?.("before_commit", { tenantId, runId });
  return true;
}

function toRow(input: StartRunInput, { version, started }: Start, now: Date) {
  const { state, log } = started;
  return {
    tenantId: input.tenantId,
    id: input.runId,
    scriptId: input.scriptId,
    version,
    startedById: input.startedById,
    connectorType: input.connectorType,
    connectorKey: input.connectorKey,
    subjectSchema: input.subject?.schema ?? null,
    subjectModel: input.subject?.model ?? null,
    subjectId: input.subject?.id ?? null,
    correlationId: input.correlationId,
    currentNodeId: state.currentNodeId === NOWHERE ? null : state.currentNodeId,
    state: state as unknown as Prisma.InputJsonObject,
    logLength: log.length,
    startedAt: now,
    updatedAt: now,
  };
}

function toStartedEvent(input: StartRunInput, { version, started }: Start, now: Date) {
  const { tenantId, runId, scriptId, correlationId, startedById } = input;
  const source = { tenantId, runId, scriptId, version, correlationId, causationId: runId, occurredAt: now };
  return toEvent(source, "Runs.Started.v1", { startedById, to: started.state.currentNodeId });
}
