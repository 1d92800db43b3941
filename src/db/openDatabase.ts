import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import {
  describeUrl,
  urlAsRole,
  urlWithTimeouts,
  type RuntimeRole,
  type SessionTimeouts,
} from "./connectionUrl.ts";
import { createImpatientSocket } from "./impatientSocket.ts";
import { PrismaClient } from "./generated/client.ts";
import { createStatementNames } from "./statementNames.ts";

export interface OpenDatabaseInput {
  /** A login of the role, or the owner's URL: then the role is set on each connection. */
  readonly url: string;
  readonly role: RuntimeRole;
  /** Most connections that this client holds at a time. */
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly timeouts?: Partial<SessionTimeouts>;
  /** Whether connections keep the plans of statements: see createStatementNames. Default: no. */
  readonly keepsPlans?: boolean;
}

export interface Database {
  readonly prisma: PrismaClient;
  /** Connections of now, and how many callers wait for one. */
  readonly pool: () => { readonly total: number; readonly idle: number; readonly waiting: number };
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
  const timeouts = { ...TIMEOUTS, ...input.timeouts };
  const url = urlWithTimeouts(urlAsRole(input.url, input.role), timeouts);
  const pool = new Pool({
    connectionString: url,
    max: input.poolSize,
    application_name: input.applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    stream: () => createImpatientSocket(silenceOf(timeouts)),
  });
  // An idle connection that the server closes is replaced at the next query; unheard, it would end the process.
  pool.on("error", () => undefined);
  // Nor is an error heard between the moment when the pool hands a connection out and the moment when Prisma listens
  // to it: a server that ends a session right after it has begun, in one packet, would end the process.
  pool.on("connect", (client) => void client.on("error", () => undefined));
  try {
    await assertUsable(pool, input);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const options = input.keepsPlans ? { statementNameGenerator: createStatementNames() } : {};
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, options) });
  return {
    prisma,
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** The server ends a statement, and a transaction that rests, before; the pool an idle connection after 10 s. */
function silenceOf({ statementTimeoutMs, idleInTransactionTimeoutMs }: SessionTimeouts): number {
  // 0 is no limit, here as there.
  if (statementTimeoutMs === 0 || idleInTransactionTimeoutMs === 0) return 0;
  return Math.max(statementTimeoutMs, idleInTransactionTimeoutMs) + 10_000;
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
