import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import {
  describeUrl,
  urlAsRole,
  urlWithTimeouts,
  type RuntimeRole,
  type SessionTimeouts,
} from "./connectionUrl.ts";
import { PrismaClient } from "./generated/client.ts";

export interface OpenDatabaseInput {
  /** A login of the role, or the owner's URL: then the role is set on each connection. */
  readonly url: string;
  readonly role: RuntimeRole;
  /** Most connections that this client holds at a time. */
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly timeouts?: Partial<SessionTimeouts>;
}

export interface Database {
  readonly prisma: PrismaClient;
  /** Waits for running queries and closes every connection. */
  close(): Promise<void>;
}

// A statement on the request path takes milliseconds; whoever waits longer than this is better off with an
// error. The idle limit frees the stream lock of a process that stalled inside a transaction.
const TIMEOUTS: SessionTimeouts = {
  statementTimeoutMs: 30_000,
  lockTimeoutMs: 10_000,
  idleInTransactionTimeoutMs: 30_000,
};

/**
 * A Prisma client that acts as one of the runtime roles, proven to work by one round trip.
 *
 * Throws a message that names the place and the way out when the server cannot be reached, the role cannot be
 * taken, or the database is not migrated.
 */
export async function openDatabase(input: OpenDatabaseInput): Promise<Database> {
  const url = urlWithTimeouts(urlAsRole(input.url, input.role), { ...TIMEOUTS, ...input.timeouts });
  const pool = new Pool({
    connectionString: url,
    max: input.poolSize,
    application_name: input.applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // An idle connection that the server closes is replaced at the next query; unheard, it would end the process.
  pool.on("error", () => undefined);
  try {
    await assertUsable(pool, input);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

async function assertUsable(pool: Pool, { url, role }: OpenDatabaseInput): Promise<void> {
  const found = await askForRole(pool, { url, role });
  if (found?.role !== role)
    throw new Error(
      `Database ${describeUrl(url)}: this process must act as ${role} but is ${found?.role}. ` +
        `Use a login of ${role}, or a user that was granted it, without another role in the URL's options.`,
    );
  if (!found.migrated)
    throw new Error(
      `Database ${describeUrl(url)} has no script tables that ${role} may read. ` +
        "Migrate it first: start the service once with the URL of the database's owner.",
    );
}

async function askForRole(
  pool: Pool,
  { url, role }: Pick<OpenDatabaseInput, "url" | "role">,
): Promise<{ role: string; migrated: boolean } | undefined> {
  try {
    const { rows } = await pool.query<{ role: string; migrated: boolean }>(
      `select current_user as role,
        coalesce(has_table_privilege(to_regclass('scripts."ScriptCommand"'), 'select'), false) as migrated`,
    );
    return rows[0];
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
    throw new Error(
      `Cannot connect to the database ${describeUrl(url)} as ${role}: ${reason}. ` +
        "Check that the server runs, that DATABASE_URL is right, and that the database was migrated.",
      { cause: error },
    );
  }
}
