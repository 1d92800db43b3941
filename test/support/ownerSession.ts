import { Client } from "pg";
import { expect } from "vitest";
import type { TestDatabase } from "./testDatabase.ts";

/** A session of the database's owner beside the service's. */
export interface OwnerSession extends AsyncDisposable {
  query(sql: string): Promise<Record<string, unknown>[]>;
  /**
   * Makes whoever is about to keep the answer to a request with an Idempotency-Key wait, until what is
   * returned is called.
   */
  holdKeys(): Promise<() => Promise<void>>;
  /** Resolves when so many are waiting there. */
  untilHeld(count: number): Promise<void>;
  /** Ends the database sessions that wait there: their process is dead, and they have not noticed yet. */
  endHeld(): Promise<void>;
}

/** Any number that no other test uses as an advisory lock in the same database. */
const LOCK = 7_001;

const HOLD = `
  create or replace function scripts.hold_key() returns trigger language plpgsql as $$
  begin
    if old.status is null and new.status is not null then
      perform pg_advisory_xact_lock(${LOCK});
    end if;
    return new;
  end $$;
  create or replace trigger hold_key before update on scripts."IdempotencyKey"
    for each row execute function scripts.hold_key();
  select pg_advisory_lock(${LOCK})`;

const HELD = `from pg_locks where locktype = 'advisory' and objid = ${LOCK} and not granted
  and database = (select oid from pg_database where datname = current_database())`;

export async function openOwnerSession({ ownerUrl }: Pick<TestDatabase, "ownerUrl">): Promise<OwnerSession> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  const query = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await client.query<Record<string, unknown>>(sql)).rows;
  return {
    query,
    holdKeys: async () => {
      await query(HOLD);
      return async () => {
        await query(`select pg_advisory_unlock(${LOCK})`);
        // A process that starts later checks what is in the database.
        await query(`drop trigger hold_key on scripts."IdempotencyKey"; drop function scripts.hold_key()`);
      };
    },
    untilHeld: async (count) => {
      await expect.poll(() => query(`select pid ${HELD}`), { timeout: 20_000 }).toHaveLength(count);
    },
    endHeld: async () => {
      await query(`select pg_terminate_backend(pid) ${HELD}`);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
