import { pino } from "pino";
import { Client } from "pg";
import { expect } from "vitest";
import { openDatabase, type Database } from "../../../src/db/openDatabase.ts";
import type { SubmittedCommand } from "../../../src/commands/submission.ts";
import { writeEvents } from "../../../src/events/domainEvent.ts";
import type { ScriptKey } from "../../../src/log/logRow.ts";
import { openOpsStore } from "../../../src/main/openOpsStore.ts";
import { materialize } from "../../../src/materializer/materialize.ts";
import { startJobSender } from "../../../src/materializer/startJobSender.ts";
import { runOps } from "../../../src/ops/runOps.ts";
import { VERBS } from "../../../src/ops/verbs.ts";
import { addEdge, addNode, createScript, openWriter, updateNode } from "../../support/openWriter.ts";
import { allowUnsoundDatabase, createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";
import { stampAll } from "./stampAll.ts";

/** What one command line came to. */
export interface OpsResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The result as JSON. */
  readonly json: unknown;
}

type Urls = Pick<TestDatabase, "operatorUrl" | "apiUrl" | "workerUrl" | "ownerUrl">;

/** The operators' command line on a database, in this process. */
export interface Ops {
  readonly urls: Urls;
  readonly owner: Client;
  run(...argv: readonly string[]): Promise<OpsResult>;
  /** Changes rows as a superuser can, with every trigger, check by foreign key and policy out of the way. */
  damage(...sql: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** On a database of its own, which the write path of the service fills. */
export interface WrittenOps extends Ops {
  /** Submits commands to a script of tenant t1, materializes them, and stamps the events. */
  write(scriptId: string, ...commands: readonly SubmittedCommand[]): Promise<void>;
  /** Only appends. */
  append(scriptId: string, ...commands: readonly SubmittedCommand[]): Promise<void>;
  /** Brings a script's versions up to its log, and stamps the events. */
  materialize(scriptId: string, tenantId?: string): Promise<void>;
  /** Ends the write path, so that copies can be made: each takes 50 ms and may be spoiled. */
  freeze(): Promise<{ copy(): Promise<Ops> }>;
}

export async function openOps(): Promise<WrittenOps> {
  const database = await createTestDatabase();
  const parts = await openWritePath(database);
  const ops = await onDatabase(database);
  const append = async (scriptId: string, ...commands: readonly SubmittedCommand[]): Promise<void> => {
    const outcome = await parts.writer.submit(scriptId, commands);
    expect(outcome).toMatchObject({ kind: "accepted" });
  };
  const materializeAndStamp = async (scriptId: string, tenantId = "t1"): Promise<void> => {
    expect(await parts.materialize({ tenantId, scriptId })).toMatchObject({ kind: "materialized" });
    await stampAll(ops.owner);
  };
  return {
    ...ops,
    append,
    write: async (scriptId, ...commands) => {
      await append(scriptId, ...commands);
      await materializeAndStamp(scriptId);
    },
    materialize: materializeAndStamp,
    freeze: async () => {
      await parts.close();
      await ops.close();
      return { copy: () => copyOf(database) };
    },
    close: async () => {
      await parts.close();
      await ops.close();
      await database.drop();
    },
  };
}

async function openWritePath(database: Urls) {
  const log = pino({ level: "silent" });
  const writer = await openWriter(database.apiUrl);
  const worker: Database = await openDatabase({
    url: database.workerUrl,
    role: "script_worker",
    poolSize: 2,
    applicationName: "test-materializer",
  });
  const sender = await startJobSender({ databaseUrl: database.apiUrl, log });
  const deps = { prisma: worker.prisma, boss: sender.boss, writeEvents, now: () => new Date(), log };
  let open = true;
  return {
    writer,
    materialize: (key: ScriptKey) => materialize(deps, key),
    close: async () => {
      if (!open) return;
      open = false;
      await sender.stop();
      await writer.close();
      await worker.close();
    },
  };
}

let copies = 0;

async function copyOf(database: TestDatabase): Promise<Ops> {
  const name = `${database.name}_${copies++}`;
  await asAdmin(database, `create database ${name} template ${database.name}`);
  const to = (url: string): string => {
    const changed = new URL(url);
    changed.pathname = `/${name}`;
    return changed.href;
  };
  const ops = await onDatabase({
    operatorUrl: to(database.operatorUrl),
    apiUrl: to(database.apiUrl),
    workerUrl: to(database.workerUrl),
    ownerUrl: to(database.ownerUrl),
  });
  return {
    ...ops,
    close: async () => {
      await ops.close();
      await asAdmin(database, `drop database ${name} with (force)`);
    },
  };
}

async function asAdmin({ ownerUrl }: Urls, sql: string): Promise<void> {
  const url = new URL(ownerUrl);
  url.pathname = "/postgres";
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function onDatabase(urls: Urls): Promise<Ops> {
  const owner = new Client({ connectionString: urls.ownerUrl });
  await owner.connect();
  let open = true;
  return {
    urls,
    owner,
    run: (...argv) => runInProcess(urls, argv),
    damage: async (...sql) => {
      allowUnsoundDatabase(owner.database ?? "", "a test planted damage");
      const switchTriggers = (how: string): string =>
        `do $$ declare each text; begin
           for each in select tablename from pg_tables where schemaname = 'scripts' loop
             execute format('alter table scripts.%I ${how} trigger all', each);
           end loop; end $$`;
      await owner.query([switchTriggers("disable"), ...sql, switchTriggers("enable")].join(";\n"));
    },
    close: async () => {
      if (open) await owner.end();
      open = false;
    },
  };
}

async function runInProcess(urls: Urls, argv: readonly string[]): Promise<OpsResult> {
  let out = "";
  let err = "";
  const code = await runOps(
    {
      terminal: {
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        isPerson: false,
        showsProgress: false,
      },
      openStore: async () =>
        openOpsStore(
          { log: () => undefined },
          {
            OPERATOR_DATABASE_URL: urls.operatorUrl,
            API_DATABASE_URL: urls.apiUrl,
            WORKER_DATABASE_URL: urls.workerUrl,
            DATA_DIR: ".none",
          },
        ),
      settings: () => ({}),
      now: () => new Date(),
      stopping: new AbortController().signal,
      isDebugging: true,
    },
    VERBS,
    argv,
  );
  return {
    code,
    out,
    err,
    get json() {
      // Without a result it has said why.
      return JSON.parse(out || `{"error": ${JSON.stringify(err)}}`) as unknown;
    },
  };
}

/** A script with two sealed versions, one published, a rollback and an open draft. */
export async function writeStory(ops: WrittenOps, scriptId: string): Promise<void> {
  const end = command("AddNode", { node: { id: "b", type: "end", position: { x: 9, y: 0 } } });
  const entry = command("SetEntryNode", { nodeId: "a" });
  await ops.write(scriptId, createScript(scriptId), addNode("a"), end, addEdge("e1", "a", "b"), entry);
  await ops.write(
    scriptId,
    updateNode("a", { title: "First" }),
    command("CommitVersion", { changelog: "One" }),
  );
  await ops.write(scriptId, command("PublishVersion", { version: 1 }));
  await ops.write(scriptId, updateNode("b", { title: "Second", list: [1, 2, { x: "y" }] }));
  await ops.write(scriptId, command("CommitVersion", {}), updateNode("a", { title: "Third" }));
  await ops.write(scriptId, command("RollbackToVersion", { version: 1 }));
  await ops.write(scriptId, updateNode("a", { title: "Fourth", note: "~/x" }), addNode("c/d~e"));
}

export function command(name: string, payload: Record<string, unknown>): SubmittedCommand {
  return { command: `Scripts.${name}.v1`, payload };
}
