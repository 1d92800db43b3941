import { pino } from "pino";
import type { Client } from "pg";
import { createInTenant } from "../../../src/db/inTenant.ts";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { newId } from "../../../src/kernel/newId.ts";
import { createMoveDeps } from "../../../src/main/createMoveDeps.ts";
import { startJobSender } from "../../../src/materializer/startJobSender.ts";
import { advanceRun } from "../../../src/runner/advanceRun.ts";
import { answerRun } from "../../../src/runner/answerRun.ts";
import { completeRunAction, type SettledCommand } from "../../../src/runner/completeRunAction.ts";
import type { DueRunsDeps } from "../../../src/runner/moveDueRuns.ts";
import { finishRun } from "../../../src/runner/finishRun.ts";
import type { MoveOutcome } from "../../../src/runner/moveRun.ts";
import type { Mover, RunnerDeps, RunPausePoint } from "../../../src/runner/runnerDeps.ts";
import { setRunVariables } from "../../../src/runner/setRunVariables.ts";
import { startRun, type StartRunInput, type StartRunOutcome } from "../../../src/runner/startRun.ts";
import type { Json } from "../../../src/kernel/canonicalJson.ts";
import type { RunState } from "../../../src/runs/runState.ts";
import { append, appendRequest, insertRow, versionRow } from "../../support/rows.ts";
import { connect } from "../../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";
import { callGraph, callVariables } from "./callGraph.ts";

export const MOVER: Mover = { actor: { type: "USER", id: "u1", onBehalfOf: "u2" }, role: "editor" };

/** Everything of a run that is in the database, and what it sent and told. */
export interface StoredRun {
  readonly run: {
    readonly status: string;
    readonly currentNodeId: string | null;
    readonly logLength: number;
    readonly actionDueAt: Date | null;
    readonly state: RunState;
  };
  readonly log: readonly { readonly requestId: string; readonly entry: { readonly [key: string]: Json } }[];
  readonly variables: { readonly [key: string]: Json };
  readonly sent: readonly SettledCommand[];
  readonly jobs: number;
  readonly events: readonly { readonly type: string; readonly payload: { readonly [key: string]: Json } }[];
}

export interface TestRunner {
  readonly database: TestDatabase;
  readonly owner: Client;
  /** As an API process. */
  readonly deps: RunnerDeps;
  /** As a worker process. */
  readonly worker: DueRunsDeps;
  /** Moves the clock that the runner sees. */
  pass(ms: number): void;
  /** Makes version n of script s1 of tenant t1, sealed. Version 1 is the call graph. */
  seal(version: number, graphJson: object, variablesDef: readonly object[]): Promise<void>;
  start(more?: Partial<StartRunInput>): Promise<StartRunOutcome>;
  advance(runId: string, requestId?: string, deps?: RunnerDeps): Promise<MoveOutcome>;
  answer(
    runId: string,
    nodeId: string,
    value: Json,
    requestId?: string,
    deps?: RunnerDeps,
  ): Promise<MoveOutcome>;
  set(runId: string, key: string, value: Json): Promise<MoveOutcome>;
  finish(runId: string, deps?: RunnerDeps): Promise<MoveOutcome>;
  /** Settles a sent command in a transaction of the worker. */
  complete(
    row: SettledCommand,
    outcome: { readonly success: boolean; readonly result: Json },
    deps?: RunnerDeps,
  ): Promise<MoveOutcome | { readonly kind: "ignored" }>;
  /** A started run that waits for the lookup, and the command that it sent. */
  waiting(runId: string): Promise<SettledCommand>;
  read(runId: string): Promise<StoredRun>;
  close(): Promise<void>;
}

/** The use cases of runs on a database of their own, with script s1 of tenant t1. */
export async function openRunner(): Promise<TestRunner> {
  const log = pino({ level: "silent" });
  const database = await createTestDatabase();
  const owner = await connect(database.ownerUrl);
  const sender = await startJobSender({ databaseUrl: database.apiUrl, log });
  const [api, worker] = await Promise.all([
    openDatabase({ url: database.apiUrl, role: "script_api", poolSize: 6, applicationName: "test-api" }),
    openDatabase({
      url: database.workerUrl,
      role: "script_worker",
      poolSize: 4,
      applicationName: "test-worker",
    }),
  ]);
  let passed = 0;
  const now = (): Date => new Date(Date.now() + passed);
  const moveDeps = () => createMoveDeps({ boss: sender.boss, now }, { RUN_DOCUMENT_CACHE_MB: 10 });
  const deps: RunnerDeps = { ...moveDeps(), inTenant: createInTenant(api.prisma) };
  const workerDeps: DueRunsDeps = {
    ...moveDeps(),
    inTenant: createInTenant(worker.prisma),
    prisma: worker.prisma,
    log,
  };
  const seal: TestRunner["seal"] = async (version, graphJson, variablesDef) => {
    const session = await connect(database.workerUrl);
    await insertRow(
      session,
      "ScriptVersion",
      versionRow({
        version,
        graphJson: JSON.stringify({ schemaVersion: 1, viewport: { x: 0, y: 0, zoom: 1 }, ...graphJson }),
        variablesDef: JSON.stringify(variablesDef),
        fromSequence: version,
        toSequence: version,
      }),
    );
    await session.end();
  };
  await append(owner, appendRequest({ scriptId: "s1", count: 1_000 }));
  await seal(1, callGraph, callVariables);
  const input = (runId: string, requestId: string) => ({ tenantId: "t1", runId, requestId, mover: MOVER });
  const runner: TestRunner = {
    database,
    owner,
    deps,
    worker: workerDeps,
    pass: (ms) => void (passed += ms),
    seal,
    start: (more = {}) => startRun(deps, { ...startInput(), ...more }),
    advance: (runId, requestId = newId(), by = deps) => advanceRun(by, input(runId, requestId)),
    answer: (runId, nodeId, value, requestId = newId(), by = deps) =>
      answerRun(by, { ...input(runId, requestId), answer: { nodeId, value } }),
    set: (runId, key, value) =>
      setRunVariables(deps, { ...input(runId, newId()), variables: [{ key, jsonVal: value }] }),
    finish: (runId, by = deps) => finishRun(by, { ...input(runId, newId()), status: "CANCELLED" }),
    complete: (row, { success, result }, by = workerDeps) =>
      by.inTenant(row.tenantId, (tx) => completeRunAction(by, tx, settled(row, success, result))),
    waiting: async (runId) => {
      await runner.start({ runId, version: 1 });
      await runner.advance(runId);
      await runner.answer(runId, "n_type", "theft");
      await runner.advance(runId);
      await runner.answer(runId, "n_damage", 5_000);
      await runner.advance(runId);
      return (await runner.read(runId)).sent[0]!;
    },
    read: (runId) => readRun(owner, runId),
    close: async () => {
      await sender.stop();
      await api.close();
      await worker.close();
      await owner.end();
      await database.drop();
    },
  };
  return runner;
}

function startInput(): StartRunInput {
  return {
    tenantId: "t1",
    runId: newId(),
    scriptId: "s1",
    version: 1,
    correlationId: "c1",
    startedById: "u1",
    connectorType: null,
    connectorKey: null,
    subject: null,
    variables: {},
    mover: MOVER,
  };
}

function settled(row: SettledCommand, success: boolean, result: Json): SettledCommand {
  return {
    ...row,
    status: success ? "COMPLETED" : "FAILED",
    resultJson: success ? (result as SettledCommand["resultJson"]) : null,
    errorJson: success ? null : (result as SettledCommand["errorJson"]),
  };
}

async function readRun(owner: Client, runId: string): Promise<StoredRun> {
  const read = async <T>(sql: string): Promise<T[]> => (await owner.query(sql, [runId])).rows as T[];
  const variables = await read<{ key: string; value: Json }>(
    `select key, coalesce(to_jsonb("strVal"), to_jsonb("numVal"), to_jsonb("boolVal"), "jsonVal") as value
     from scripts."RunVariable" where "runId" = $1 order by key`,
  );
  const [jobs] = await read<{ count: number }>(
    `select count(*)::int as count from pgboss.job where name = 'commands' and data->>'id' in
       (select id from scripts."CommandOutbox" where "runId" = $1)`,
  );
  const [run] = await read<StoredRun["run"]>(
    `select status::text, "currentNodeId", "logLength", "actionDueAt", state
     from scripts."ScriptRun" where id = $1`,
  );
  return {
    run: run!,
    log: await read(
      `select "requestId", entry from scripts."ScriptRunLog" where "runId" = $1 order by ordinal`,
    ),
    variables: Object.fromEntries(variables.map(({ key, value }) => [key, value])),
    sent: await read(`select * from scripts."CommandOutbox" where "runId" = $1 order by "runDispatch"`),
    jobs: jobs!.count,
    events: await read(`select type, payload from scripts."DomainEvent" where "runId" = $1 order by ordinal`),
  };
}

/** Deps that stand still at a point of the first move until they are released. */
export function pausedAt<Deps extends RunnerDeps>(
  deps: Deps,
  at: RunPausePoint,
): { readonly deps: Deps; readonly reached: Promise<void>; readonly release: () => void } {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isFirst = true;
  const pause: RunnerDeps["pause"] = async (point) => {
    if (point !== at || !isFirst) return;
    isFirst = false;
    reached.resolve();
    await released.promise;
  };
  return { deps: { ...deps, pause }, reached: reached.promise, release: released.resolve };
}

/** Ends the one session of the API that is in the middle of a transaction, as a lost connection does. */
export async function endSession(owner: Client, application: string): Promise<void> {
  const { rowCount } = await owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = $1 and state = 'idle in transaction'`,
    [application],
  );
  if (rowCount !== 1) throw new Error(`${rowCount} sessions of ${application} are in a transaction.`);
}
