import type { InTenant, TenantTx } from "../db/inTenant.ts";
import { advanceByOne, type OneStep } from "../guidance/advanceByOne.ts";
import { answerAt } from "../guidance/answerAt.ts";
import type { RunFacts, VersionFacts } from "../guidance/legacyFacts.ts";
import { renameVars } from "../guidance/legacyWalk.ts";
import type {
  LegacyAdvanceAnswer,
  LegacyAnswerAnswer,
  LegacyNodeJson,
  LegacyRunAnswer,
  LegacyRunJson,
} from "../guidance/legacyShapes.ts";
import { nodeIdOf } from "../guidance/names.ts";
import { toLegacyAdvance, toLegacyNodeOf, toLegacyRun } from "../guidance/toLegacyRun.ts";
import type { CanonicalVersion } from "../guidance/toLegacyVersion.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { getRun } from "../reads/getRun.ts";
import { getVersion } from "../reads/getVersion.ts";
import type { RunRow } from "../reads/runRow.ts";
import type { Runner } from "../runner/createRunner.ts";
import { stateOf } from "../runner/loadPinned.ts";
import { NO_MOVE, type Move } from "../runner/move.ts";
import type { Decide, MoveOutcome } from "../runner/moveRun.ts";
import { refuseFinished, refuseNoEntry, type RunRefusal } from "../runs/refuseRun.ts";
import { toActionRequest } from "../runs/toActionRequest.ts";
import type { LogEntry } from "../runs/trace.ts";
import { describeVersion, findScript } from "./canonicalScript.ts";
import { findFacts, findMovedById } from "./findMoved.sql.ts";
import { findLogEntry } from "./findLogEntry.ts";
import type { Outcome, RunInput, StartInput } from "./outcome.ts";

/* The legacy routes of runs on the canonical runner. */

export interface CanonicalRunDeps {
  readonly inTenant: InTenant;
  readonly runs: Pick<Runner, "start" | "decide">;
}

/** POST /guidance/scripts/:key/run. */
export async function startInCanonical(
  deps: CanonicalRunDeps,
  input: StartInput,
): Promise<Outcome<LegacyRunAnswer>> {
  const { tenantId, effectId: runId, mover, correlationId, traceparent, subject, vars } = input;
  const script = await deps.inTenant(tenantId, (tx) => findScript(tx, input));
  if (!script) return { kind: "script_not_found" };
  const { scriptId } = script;
  const outcome = await deps.runs.start({
    tenantId,
    runId,
    scriptId,
    version: undefined,
    correlationId,
    startedById: mover.actor.id,
    connectorType: null,
    connectorKey: null,
    subject,
    variables: renameVars(vars),
    mover,
    traceparent,
  });
  if (outcome.kind === "no_active_version" || outcome.kind === "script_archived")
    return { kind: "script_not_found" };
  if (outcome.kind === "refused") return outcome;
  if (outcome.kind !== "started") return { kind: "not_started", outcome, scriptId };
  const { run, node } = await deps.inTenant(tenantId, (tx) => describeRun(tx, tenantId, runId));
  return { kind: "answered", answer: { run, node } };
}

/** POST /guidance/runs/:id/answer. */
export async function answerInCanonical(
  deps: CanonicalRunDeps,
  input: RunInput & { readonly nodeKey: string; readonly value: Json },
): Promise<Outcome<LegacyAnswerAnswer>> {
  const { tenantId, effectId: requestId, nodeKey, value } = input;
  const runId = await findRunId(deps, input);
  const outcome = await decide(deps, input, runId, (document, state) => {
    const answered = answerAt(document, state, { nodeId: nodeIdOf(nodeKey), value });
    return answered.kind === "refused" ? answered : { ...NO_MOVE, ...answered };
  });
  if (outcome.kind !== "moved") return outcome;
  const entry = (await deps.inTenant(tenantId, (tx) => findLogEntry(tx, { tenantId, runId, requestId })))!;
  const answer = {
    id: `${runId}/${entry.ordinal}`,
    runId: input.runId,
    nodeKey,
    value,
    answeredAt: entry.occurredAt.toISOString(),
  };
  return { kind: "answered", answer };
}

/** POST /guidance/runs/:id/advance. */
export async function advanceInCanonical(
  deps: CanonicalRunDeps,
  input: RunInput,
): Promise<Outcome<LegacyAdvanceAnswer>> {
  const { tenantId } = input;
  const runId = await findRunId(deps, input);
  const outcome = await decide(deps, input, runId, (document, state) =>
    toMove(advanceByOne(document, state), state.dispatches),
  );
  if (outcome.kind !== "moved") return outcome;
  const step = outcome.log.find((entry) => entry.kind === "step");
  const cameTo = step?.kind === "step" ? step.nextNodeId : null;
  const { run, nodeOf, canonical } = await deps.inTenant(tenantId, (tx) => describeRun(tx, tenantId, runId));
  const at = canonical.document.graphJson.nodes.find(({ id }) => id === cameTo);
  return { kind: "answered", answer: toLegacyAdvance(run, at ? nodeOf(at.id) : null, at) };
}

function decide(
  { runs }: CanonicalRunDeps,
  { tenantId, effectId: requestId, mover, traceparent }: RunInput,
  runId: string,
  decision: Decide,
): Promise<MoveOutcome> {
  return runs.decide({ tenantId, runId, requestId, mover, traceparent, decide: decision });
}

/** One step as the runner writes it. An action that it comes to is sent and not waited for. */
function toMove(step: OneStep, dispatches: number): Move | RunRefusal {
  if (step.kind === "finished_already") return refuseFinished({ status: "SUCCEEDED" })!;
  if (step.kind === "nowhere") return refuseNoEntry();
  const { node, state, left, edgeId, tried } = step;
  const made = node?.type === "action" ? toActionRequest(node, state) : undefined;
  const request = made?.kind === "request" ? { ...made.request, waitForCompletion: false } : undefined;
  const entry: LogEntry = {
    kind: "step",
    number: state.steps,
    nodeId: left.id,
    nodeType: left.type,
    event: step.kind,
    tried,
    edgeId,
    nextNodeId: node?.id ?? null,
    dispatch: request?.dispatch ?? null,
    failure: null,
  };
  return {
    ...NO_MOVE,
    state: {
      ...state,
      settled: request !== undefined || state.settled,
      dispatches: request?.dispatch ?? dispatches,
    },
    log: [entry],
    actions: request ? [request] : [],
  };
}

/** What the canonical tables call a run; one that was started since the move has one name on both sides. */
async function findRunId(deps: CanonicalRunDeps, { tenantId, runId }: RunInput): Promise<string> {
  const moved = await deps.inTenant(tenantId, (tx) =>
    findMovedById(tx, { tenantId, kind: "run", legacyId: runId }),
  );
  return moved?.newId ?? runId;
}

interface Described {
  readonly run: LegacyRunJson;
  /** Where it stands. */
  readonly node: LegacyNodeJson | null;
  readonly nodeOf: (nodeId: string) => LegacyNodeJson | null;
  readonly canonical: CanonicalVersion;
}

async function describeRun(tx: TenantTx, tenantId: string, runId: string): Promise<Described> {
  const row = (await getRun({ prisma: tx }, { tenantId, runId }))!;
  const { scriptId, version } = row;
  const pinned = (await getVersion({ prisma: tx }, { tenantId, scriptId, version }))!;
  const { canonical, facts } = await describeVersion(tx, tenantId, pinned);
  const runFacts = await findFacts(tx, { tenantId, kind: "run", newId: runId });
  const nodeOf = (nodeId: string) => toLegacyNodeOf(canonical, facts, nodeId);
  const { currentNodeId } = row;
  const node = currentNodeId === null ? null : nodeOf(currentNodeId);
  return { run: toRunJson(row, runFacts, facts), node, nodeOf, canonical };
}

function toRunJson(
  row: RunRow,
  runFacts: RunFacts | undefined,
  facts: VersionFacts | undefined,
): LegacyRunJson {
  const { startedAt, endedAt } = row;
  const run = { ...row, startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null };
  return toLegacyRun({ ...run, state: stateOf(row) }, runFacts, facts);
}
