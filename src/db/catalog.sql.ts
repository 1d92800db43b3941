import type { ClientBase } from "pg";
import { CATALOG_SCHEMAS, KIND_NAMES, type Catalog, type CatalogKind } from "./catalog.ts";
import { JOBS_SCHEMA } from "./queues.ts";
import { RUNTIME_ROLES } from "./runtimeRoles.ts";

/**
 * Reads what a database is made of. Any role may: the catalog of PostgreSQL is open to all. About 15 ms.
 *
 * Of the job tables only who may do what: the rest is made, and looked at, by the library they belong to.
 *
 * One statement, so one snapshot. Left out because it differs by server or by installation and means the same:
 * names of owners (the owner of the schema reads "owner"), the privilege MAINTAIN of PostgreSQL 17, the NOT NULL
 * constraints that PostgreSQL 18 lists (columnRules has them), the text of views, passwords and logins of roles.
 */
export async function readCatalog(
  client: Pick<ClientBase, "query">,
  schemas: readonly string[] = CATALOG_SCHEMAS,
): Promise<Catalog> {
  // Names come out with their schema when it is not on the path.
  await client.query("begin transaction read only; set local search_path = pg_catalog");
  try {
    const { rows } = await client.query<{ kind: CatalogKind; name: string; value: string }>(STATEMENT, [
      schemas,
      RUNTIME_ROLES,
      [...schemas, JOBS_SCHEMA],
    ]);
    return toCatalog(rows);
  } finally {
    await client.query("rollback");
  }
}

function toCatalog(rows: readonly { kind: CatalogKind; name: string; value: string }[]): Catalog {
  const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(
    KIND_NAMES.map((kind) => [
      kind,
      Object.fromEntries(sorted.filter((row) => row.kind === kind).map(({ name, value }) => [name, value])),
    ]),
  ) as Catalog;
}

// Each gives name and value. `relation` and `routine` are the objects of the wanted schemas; the guarded
// ones are those of the jobs as well, of which only the grants are looked at.
const QUERIES: { readonly [kind in CatalogKind]: string } = {
  roles: `
    select rolname as name,
      case when rolsuper then 'superuser' when rolbypassrls then 'bypasses row-level security' else 'plain' end as value
    from pg_roles
    where rolname = any ($2)`,

  enums: `
    select space.nspname || '.' || typname, string_agg(enumlabel, ', ' order by enumsortorder)
    from pg_type
    join pg_enum on enumtypid = pg_type.oid
    join pg_namespace as space on space.oid = typnamespace
    where nspname = any ($1)
    group by space.nspname, typname`,

  tables: `
    select name,
      case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end
      || case relpersistence when 'u' then ', unlogged' else '' end
      || case when relrowsecurity and relforcerowsecurity then ', row-level security forced'
        when relrowsecurity then ', row-level security enabled but not forced'
        when relforcerowsecurity then ', row-level security forced but not enabled'
        else '' end
    from relation
    where relkind in ('r', 'p', 'v', 'm')`,

  tableRules: `
    select name,
      'owner ' || case when relowner = nspowner then 'owner' else relowner::regrole::text end
      || coalesce(', ' || (select string_agg(option, ', ' order by option) from unnest(reloptions) as option), '')
    from relation
    where relkind in ('r', 'p', 'v', 'm')`,

  columns: `
    select name || '.' || attname, format_type(atttypid, atttypmod)
    from relation
    join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    where relkind in ('r', 'p', 'v', 'm')`,

  columnRules: `
    select name || '.' || attname,
      case when attnotnull then 'not null' else 'null' end
      || case attidentity when 'a' then ', always identity' when 'd' then ', identity by default' else '' end
      || coalesce(case when attgenerated = '' then ', default ' else ', generated as ' end
        || pg_get_expr(adbin, adrelid), '')
    from relation
    join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = relation.oid and adnum = attnum
    where relkind in ('r', 'p')`,

  constraints: `
    select name || '.' || conname,
      case contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
        when 'c' then 'check' when 'x' then 'exclusion' else 'constraint trigger' end
      || case when condeferrable then ', deferrable' else '' end
      || case when convalidated then '' else ', not validated' end
      -- The column is new in PostgreSQL 18.
      || case when to_jsonb(pg_constraint) ->> 'conenforced' = 'false' then ', not enforced' else '' end
      || case when exists (
          select from pg_trigger
          where tgconstraint = pg_constraint.oid and tgisinternal and tgenabled in ('D', 'R'))
        then ', switched off' else '' end
    from relation
    join pg_constraint on conrelid = relation.oid
    where contype <> 'n'`,

  constraintDefinitions: `
    select name || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
    from relation
    join pg_constraint on conrelid = relation.oid
    where contype <> 'n'`,

  indexes: `
    select name || '.' || part.relname,
      case when not indisvalid then 'invalid' when not indisready then 'not ready' else 'valid' end
      || case when indisunique then ', unique' else '' end
    from relation
    join pg_index on indrelid = relation.oid
    join pg_class as part on part.oid = indexrelid`,

  indexDefinitions: `
    select name || '.' || part.relname, pg_get_indexdef(indexrelid)
    from relation
    join pg_index on indrelid = relation.oid
    join pg_class as part on part.oid = indexrelid`,

  triggers: `
    select name || '.' || tgname,
      case tgenabled when 'A' then 'always' when 'O' then 'enabled' when 'R' then 'on replicas only' else 'disabled' end
    from relation
    join pg_trigger on tgrelid = relation.oid
    where not tgisinternal`,

  triggerDefinitions: `
    select name || '.' || tgname, pg_get_triggerdef(pg_trigger.oid)
    from relation
    join pg_trigger on tgrelid = relation.oid
    where not tgisinternal`,

  functions: `
    select name,
      'returns ' || coalesce(pg_get_function_result(routine.oid), 'nothing')
      || ', owner ' || case when proowner = nspowner then 'owner' else proowner::regrole::text end
      || case when prosecdef then ', security definer' else '' end
    from routine`,

  functionDefinitions: `
    select name,
      lanname
      || case provolatile when 'i' then ', immutable' when 's' then ', stable' else ', volatile' end
      || case when proisstrict then ', strict' else '' end
      || case when proleakproof then ', leakproof' else '' end
      || case proparallel when 's' then ', parallel safe' when 'r' then ', parallel restricted' else '' end
      || coalesce(', ' || array_to_string(proconfig, ', '), '')
      || ', body ' || encode(sha256(convert_to(coalesce(pg_get_function_sqlbody(routine.oid), prosrc), 'UTF8')), 'hex')
    from routine
    join pg_language on pg_language.oid = prolang`,

  policies: `
    select relation.name || '.' || polname,
      case when polpermissive then 'permissive' else 'restrictive' end
      || case polcmd when 'r' then ', select' when 'a' then ', insert' when 'w' then ', update' when 'd' then ', delete'
        else ', all' end
      || ' to ' || (
        select string_agg(coalesce(rolname, 'PUBLIC'), ', ' order by rolname)
        from unnest(polroles) as wanted (role) left join pg_roles on pg_roles.oid = wanted.role)
    from relation
    join pg_policy on polrelid = relation.oid`,

  policyDefinitions: `
    select relation.name || '.' || polname,
      concat_ws(' ', 'using ' || pg_get_expr(polqual, polrelid), 'with check ' || pg_get_expr(polwithcheck, polrelid))
    from relation
    join pg_policy on polrelid = relation.oid`,

  sequences: `
    select name,
      concat_ws(', ', format_type(seqtypid, null), 'by ' || seqincrement, 'cache ' || seqcache,
        case when seqcycle then 'cycles' end)
    from relation
    join pg_sequence on seqrelid = relation.oid`,

  grants: `
    select coalesce(rolname, 'PUBLIC') || ': ' || privilege_type || ' on ' || object,
      case when is_grantable then 'with grant option' else '' end
    from (
      select 'schema ' || nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner))
      from pg_namespace where nspname = any ($3)
      union all
      select 'table ' || name, relowner, coalesce(relacl, acldefault('r', relowner))
      from guarded_relation where relkind in ('r', 'p', 'v', 'm')
      union all
      select 'sequence ' || name, relowner, coalesce(relacl, acldefault('s', relowner))
      from guarded_relation where relkind = 'S'
      union all
      select 'column ' || name || '.' || attname, relowner, attacl
      from guarded_relation
      join pg_attribute on attrelid = guarded_relation.oid and attacl is not null and not attisdropped
      union all
      select 'function ' || name, proowner, coalesce(proacl, acldefault('f', proowner)) from guarded_routine
    ) as granted (object, owner, acl)
    cross join lateral aclexplode(acl)
    left join pg_roles on pg_roles.oid = grantee
    where grantee <> owner and privilege_type <> 'MAINTAIN'
    group by 1, 2
    union all
    -- A runtime role that may become another one has the rights of both.
    select member.rolname || ': member of ' || role.rolname, ''
    from pg_auth_members
    join pg_roles as role on role.oid = roleid
    join pg_roles as member on member.oid = pg_auth_members.member
    where role.rolname = any ($2) and member.rolname = any ($2)
    group by 1`,
};

const STATEMENT = `
  with guarded_relation as (
    select pg_class.oid, nspname, nspname || '.' || relname as name, nspowner, relkind, relpersistence, relrowsecurity,
      relforcerowsecurity, reloptions, relowner, relacl
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    -- Statistics of queues have a partition for each day.
    where nspname = any ($3) and relname !~ '_[0-9]{8}$'
  ), guarded_routine as (
    select pg_proc.oid, nspname, nspowner, proowner, prosecdef, provolatile, proisstrict, proleakproof, proparallel,
      proconfig, prolang, prosrc, proacl, nspname || '.' || proname || '(' || oidvectortypes(proargtypes) || ')' as name
    from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
    where nspname = any ($3)
  ), relation as (
    select * from guarded_relation where nspname = any ($1)
  ), routine as (
    select * from guarded_routine where nspname = any ($1)
  )
  ${KIND_NAMES.map((kind) => `select '${kind}' as kind, name::text, value::text from (${QUERIES[kind]}) as ${kind} (name, value)`).join(" union all ")}`;
