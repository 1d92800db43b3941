import { Prisma } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import { answerFromRow, nodeFromRow, runFromRow } from "../guidance/legacyFromRows.ts";
import type { LegacyRun, LegacyVersion } from "../guidance/legacyRows.ts";
import type {
  LegacyAdvanceAnswer,
  LegacyAnswerAnswer,
  LegacyNodeJson,
  LegacyRunAnswer,
} from "../guidance/legacyShapes.ts";
import {
  advanceLegacyRun,
  answerLegacyRun,
  startLegacyRun,
  type LegacyState,
  type MappedLegacy,
} from "../guidance/legacyWalk.ts";
import { mapOneVersion } from "../guidance/mapOneVersion.ts";
import { toLegacyAdvance } from "../guidance/toLegacyRun.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { refuseFinished, refuseNoEntry, refuseRun, type RunRefusal } from "../runs/refuseRun.ts";
import { toActionRequest } from "../runs/toActionRequest.ts";
import type { RunState } from "../runs/runState.ts";
import { isObject } from "../scripts/document/handles.ts";
import type { GraphNode } from "../scripts/storedCommand.ts";
import type { Outcome, RunInput, StartInput, WriteCause } from "./outcome.ts";
import { lockLegacyRun, readLegacyRun } from "./readLegacyRun.sql.ts";
import { readActiveLegacyScript, readLegacyVersion } from "./readLegacyScript.sql.ts";

/* Runs that are in the legacy tables, until those are frozen. */

/** A command of an ACTION node, on its way into the outbox. */
export interface LegacyDispatch extends WriteCause {
  readonly command: string;
  readonly payload: Json;
  readonly context: { readonly [name: string]: Json };
  readonly now: Date;
}

export interface LegacyRunDeps {
  readonly now: () => Date;
  /** Stores a command and its job in the transaction. */
  readonly dispatch: (tx: TenantTx, command: LegacyDispatch) => Promise<void>;
}

/** POST /guidance/scripts/:key/run. */
export async function startInLegacy(
  deps: LegacyRunDeps,
  tx: TenantTx,
  input: StartInput,
): Promise<Outcome<LegacyRunAnswer>> {
  const { tenantId, effectId: id, subject, mover } = input;
  const legacy = await readActiveLegacyScript(tx, input);
  const version = legacy?.versions[0];
  if (!version) return { kind: "script_not_found" };
  const known = await readLegacyRun(tx, id);
  if (known) return { kind: "answered", answer: show(known, version) };
  const mapped = mapOneVersion(version);
  if (!mapped) return refuseTooLarge();
  const started = startLegacyRun(mapped, input.vars, id);
  if (started.kind === "refused") return started;
  await tx.legacyScriptRun.create({
    data: {
      id,
      tenantId,
      scriptId: version.row.scriptId,
      scriptVersion: version.row.version,
      subjectSchema: subject.schema,
      subjectModel: subject.model,
      subjectId: subject.id,
      startedByUserId: mover.actor.id,
      startedAt: deps.now(),
      state: started.state,
    },
    select: { id: true },
  });
  return { kind: "answered", answer: show((await readLegacyRun(tx, id))!, version) };
}

/** POST /guidance/runs/:id/answer. */
export async function answerInLegacy(
  deps: LegacyRunDeps,
  tx: TenantTx,
  input: RunInput & { readonly nodeKey: string; readonly value: Json },
): Promise<Outcome<LegacyAnswerAnswer>> {
  const { runId, effectId: id, nodeKey, value } = input;
  const found = await findRun(tx, input);
  if (found.kind !== "found") return found;
  const known = found.run.answers.find((row) => row.id === id);
  if (known) return { kind: "answered", answer: answerFromRow(known) };
  const answeredAt = deps.now();
  const answered = answerLegacyRun(found.mapped, found.run, { nodeKey, value }, answeredAt.getTime());
  if (answered.kind === "refused") return answered;
  await tx.legacyScriptAnswer.create({
    data: { id, runId, nodeKey, value: toPrismaJson(value), answeredAt },
    select: { id: true },
  });
  await writeState(tx, runId, { state: answered.state });
  const row = (await readLegacyRun(tx, runId))!.answers.find((answer) => answer.id === id)!;
  return { kind: "answered", answer: answerFromRow(row) };
}

/** POST /guidance/runs/:id/advance. Repeats that nobody kept an answer of go one step further, as they always did. */
export async function advanceInLegacy(
  deps: LegacyRunDeps,
  tx: TenantTx,
  input: RunInput,
): Promise<Outcome<LegacyAdvanceAnswer>> {
  const { runId } = input;
  const found = await findRun(tx, input);
  if (found.kind !== "found") return found;
  const now = deps.now();
  const step = advanceLegacyRun(found.mapped, found.run, now.getTime());
  if (step.kind === "finished_already") return refuseFinished({ status: "SUCCEEDED" })!;
  if (step.kind === "nowhere") return refuseNoEntry();
  const { node, state } = step.walk;
  await writeState(tx, runId, { state: step.state, ...(step.kind === "ended" ? { completedAt: now } : {}) });
  if (node) await dispatch(deps, tx, input, { run: found.run, node, state, now });
  const { run, node: at } = show((await readLegacyRun(tx, runId))!, found.version);
  return { kind: "answered", answer: toLegacyAdvance(run, node ? at : null, node) };
}

type FoundRun =
  | {
      readonly kind: "found";
      readonly run: LegacyRun;
      readonly version: LegacyVersion;
      readonly mapped: MappedLegacy;
    }
  | { readonly kind: "run_not_found" }
  | { readonly kind: "version_not_found"; readonly version: number }
  | RunRefusal;

async function findRun(tx: TenantTx, { tenantId, runId }: RunInput): Promise<FoundRun> {
  if (!(await lockLegacyRun(tx, { tenantId, id: runId }))) return { kind: "run_not_found" };
  const run = (await readLegacyRun(tx, runId))!;
  const { scriptId, scriptVersion } = run.row;
  const version = await readLegacyVersion(tx, { scriptId, version: scriptVersion });
  if (!version) return { kind: "version_not_found", version: scriptVersion };
  const mapped = mapOneVersion(version);
  return mapped ? { kind: "found", run, version, mapped } : refuseTooLarge();
}

function refuseTooLarge(): RunRefusal {
  return refuseRun("version_too_large", "", "This version has more nodes than the service walks. Split it.");
}

async function dispatch(
  deps: LegacyRunDeps,
  tx: TenantTx,
  cause: WriteCause,
  at: {
    readonly run: LegacyRun;
    readonly node: GraphNode;
    readonly state: RunState;
    readonly now: Date;
  },
): Promise<void> {
  const { run, node, state, now } = at;
  if (node.type !== "action") return;
  const made = toActionRequest(node, state);
  if (made.kind !== "request") return;
  const { id: runId, scriptId, scriptVersion: version } = run.row;
  const { command, payload } = made.request;
  await deps.dispatch(tx, {
    ...cause,
    command,
    payload,
    context: { scriptId, version, runId, nodeId: node.id },
    now,
  });
}

async function writeState(
  tx: TenantTx,
  id: string,
  { state, completedAt }: { readonly state: LegacyState; readonly completedAt?: Date },
): Promise<void> {
  await tx.legacyScriptRun.update({
    where: { id },
    data: { state, ...(completedAt ? { completedAt } : {}) },
    select: { id: true },
  });
}

function show(
  run: LegacyRun,
  { nodes }: LegacyVersion,
): LegacyRunAnswer & { readonly node: LegacyNodeJson | null } {
  const shown = runFromRow(run.row);
  const cursor = isObject(shown.state) ? shown.state["cursor"] : null;
  const node = nodes.find(({ key }) => key === cursor);
  return { run: shown, node: node ? nodeFromRow(node) : null };
}

function toPrismaJson(value: Json): Prisma.InputJsonValue | typeof Prisma.JsonNull {
  return value === null ? Prisma.JsonNull : value;
}
