import type { Client } from "pg";
import { expect } from "vitest";
import { connect } from "./sqlRefusal.ts";
import { createTestDatabase } from "./testDatabase.ts";

/** Plain sessions on a database of their own, to try scripts.append_commands with. */
export interface LogSessions {
  readonly api: Client;
  /** A second API process. */
  readonly other: Client;
  /** The materializer, which locks stream rows. */
  readonly holder: Client;
  readonly owner: Client;
  readonly readHead: (scriptId: string) => Promise<{ headSequence: number; chainHash: string } | undefined>;
  readonly readLog: (scriptId: string) => Promise<{ sequence: number; commandId: string }[]>;
  readonly readScript: (scriptId: string) => Promise<Record<string, unknown> | undefined>;
  readonly setMaterialized: (scriptId: string, sequence: number) => Promise<void>;
  /** Locks a stream row in a transaction of `holder`, until it ends. */
  readonly hold: (scriptId: string) => Promise<void>;
  /** Resolves when a session waits for a lock. */
  readonly untilWaiting: (client: Client) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openLogSessions(): Promise<LogSessions> {
  const database = await createTestDatabase();
  const { apiUrl, workerUrl, ownerUrl } = database;
  const [api, other, holder, owner] = await Promise.all([
    connect(apiUrl),
    connect(apiUrl),
    connect(workerUrl),
    connect(ownerUrl),
  ]);
  return {
    api,
    other,
    holder,
    owner,
    ...readers(owner),
    setMaterialized: async (scriptId, sequence) => {
      const sql = `update scripts."ScriptStream" set "materializedSequence" = $2 where "scriptId" = $1`;
      await owner.query(sql, [scriptId, sequence]);
    },
    hold: async (scriptId) => {
      await holder.query("begin");
      await holder.query(`select from scripts."ScriptStream" where "scriptId" = $1 for update`, [scriptId]);
    },
    untilWaiting: (client) => untilWaiting(owner, client),
    close: async () => {
      await Promise.all([api.end(), other.end(), holder.end(), owner.end()]);
      await database.drop();
    },
  };
}

function readers(owner: Client): Pick<LogSessions, "readHead" | "readLog" | "readScript"> {
  return {
    readHead: async (scriptId) => {
      const sql = `select "headSequence", "chainHash" from scripts."ScriptStream" where "scriptId" = $1`;
      return (await owner.query<{ headSequence: number; chainHash: string }>(sql, [scriptId])).rows[0];
    },
    readLog: async (scriptId) => {
      const sql = `select sequence, "commandId" from scripts."ScriptCommand" where "scriptId" = $1 order by sequence`;
      return (await owner.query<{ sequence: number; commandId: string }>(sql, [scriptId])).rows;
    },
    readScript: async (scriptId) => {
      const sql = `select * from scripts."Script" where id = $1`;
      return (await owner.query<Record<string, unknown>>(sql, [scriptId])).rows[0];
    },
  };
}

async function untilWaiting(owner: Client, client: Client): Promise<void> {
  const { processID } = client as Client & { processID: number };
  const sql = "select wait_event_type = 'Lock' as waits from pg_stat_activity where pid = $1";
  const waits = async (): Promise<boolean | undefined> =>
    (await owner.query<{ waits: boolean }>(sql, [processID])).rows[0]?.waits;
  await expect.poll(waits, { interval: 5, timeout: 5_000 }).toBe(true);
}
