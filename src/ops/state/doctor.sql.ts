import type { PrismaClient } from "../../db/generated/client.ts";

type Db = Pick<PrismaClient, "$queryRaw">;

export interface ServerFacts {
  readonly version: string;
  readonly database: string;
  readonly sizeBytes: number;
  readonly clock: Date;
  readonly connections: number;
  readonly maxConnections: number;
  /** Of the oldest open transaction of this database, in seconds; old ones keep dead rows alive. Null: not to be seen. */
  readonly oldestTransactionSeconds: number | null;
  readonly waitingForLocks: number;
}

export async function selectServer(prisma: Db): Promise<ServerFacts> {
  const rows = await prisma.$queryRaw<ServerFacts[]>`
    select
      current_setting('server_version') as version,
      current_database()::text as database,
      pg_database_size(current_database())::float8 as "sizeBytes",
      clock_timestamp() as clock,
      (select count(*) from pg_stat_activity where datname = current_database())::int as connections,
      current_setting('max_connections')::int as "maxConnections",
      case when pg_has_role('pg_read_all_stats', 'usage') then (
        select coalesce(extract(epoch from now() - min(xact_start)), 0)
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid())::float8
      end as "oldestTransactionSeconds",
      (select count(distinct pid) from pg_locks where not granted)::int as "waitingForLocks"`;
  return rows[0]!;
}

export interface ConnectionsOfRole {
  readonly role: string;
  readonly application: string;
  readonly connections: number;
}

/** Who is connected. A login of the owner that acts as a role is shown as the owner. */
export async function selectConnections(prisma: Db): Promise<ConnectionsOfRole[]> {
  return prisma.$queryRaw<ConnectionsOfRole[]>`
    select
      coalesce(usename::text, '(server)') as role,
      coalesce(nullif(application_name, ''), '-') as application,
      count(*)::int as connections
    from pg_stat_activity
    where datname = current_database()
    group by 1, 2
    order by 1, 2`;
}

export interface Migrations {
  readonly applied: string[];
  readonly failed: string[];
}

export async function selectMigrations(prisma: Db): Promise<Migrations> {
  const rows = await prisma.$queryRaw<Migrations[]>`
    select
      coalesce(array_agg(migration_name order by migration_name) filter (where finished_at is not null), '{}') as applied,
      coalesce(array_agg(migration_name order by migration_name) filter (where finished_at is null), '{}') as failed
    from "_prisma_migrations"
    where rolled_back_at is null`;
  return rows[0]!;
}

export async function canReadMigrations(prisma: Db): Promise<boolean> {
  const rows = await prisma.$queryRaw<{ can: boolean }[]>`
    select coalesce(has_table_privilege(to_regclass('"_prisma_migrations"'), 'select'), false) as can`;
  return rows[0]!.can;
}

export interface TableGuard {
  readonly table: string;
  readonly isSecured: boolean;
  readonly isForced: boolean;
  readonly disabledTriggers: string[];
}

/** Of each table with a tenant: whether row-level security is on and forced, and triggers that are switched off. */
export async function selectTableGuards(prisma: Db): Promise<TableGuard[]> {
  return prisma.$queryRaw<TableGuard[]>`
    select
      class.relname::text as table,
      class.relrowsecurity as "isSecured",
      class.relforcerowsecurity as "isForced",
      coalesce((
        select array_agg(trigger.tgname::text order by trigger.tgname)
        from pg_trigger trigger
        where trigger.tgrelid = class.oid and trigger.tgenabled = 'D'), '{}') as "disabledTriggers"
    from pg_class class
    join pg_namespace namespace on namespace.oid = class.relnamespace
    where namespace.nspname = 'scripts'
      and class.relkind = 'r'
      and exists (
        select from pg_attribute attribute
        where attribute.attrelid = class.oid and attribute.attname = 'tenantId' and not attribute.attisdropped)
    order by 1`;
}

export async function selectJobsVersion(prisma: Db): Promise<number | undefined> {
  const rows = await prisma.$queryRaw<{ version: number }[]>`select version from pgboss.version`;
  return rows[0]?.version;
}

export async function selectQueues(prisma: Db): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ name: string }[]>`select name from pgboss.queue order by name`;
  return rows.map(({ name }) => name);
}
