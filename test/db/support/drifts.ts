import { expect } from "vitest";

/** One way in which somebody's hand makes a database another than the migrations made it. */
export interface Drift {
  readonly name: string;
  readonly sql: string;
  /** What a comparison of everything says. */
  readonly exact: readonly string[];
  /** What a start says; empty when the service can do without. */
  readonly needed: readonly string[];
}

const drift = (name: string, sql: string, exact: readonly string[], needed = exact): Drift => ({
  name,
  sql,
  exact,
  needed,
});
const missing = (what: string): string => `The ${what} is missing.`;
const extra = (what: string): string => `The ${what} is there and should not be.`;
const changed = (what: string, found: string, expected: string): string =>
  `The ${what} is "${found}" and should be "${expected}".`;

/** Drift of each kind. The rows of Script and of the log are what everything else rests on. */
export const DRIFTS: readonly Drift[] = [
  drift("a dropped table", `drop table scripts."ScriptAuditLog"`, [missing("table scripts.ScriptAuditLog")]),
  drift("a table too many", `create table scripts.mine (id int)`, [extra("table scripts.mine")], []),
  drift("a dropped column", `alter table scripts."Script" drop column "embeddingKey"`, [
    missing("column scripts.Script.embeddingKey"),
  ]),
  drift(
    "a changed type modifier",
    `alter table scripts."ScriptAuditLog" alter "createdAt" type timestamptz(6)`,
    [
      changed(
        "column scripts.ScriptAuditLog.createdAt",
        "timestamp(6) with time zone",
        "timestamp(3) with time zone",
      ),
    ],
  ),
  drift(
    "a column that takes NULL",
    `alter table scripts."Script" alter "name" drop not null`,
    [changed("rule of column scripts.Script.name", "null", "not null")],
    [],
  ),
  drift(
    "a default taken away",
    `alter table scripts."ScriptStream" alter "materializedSequence" drop default`,
    [changed("rule of column scripts.ScriptStream.materializedSequence", "not null", "not null, default 0")],
    [],
  ),
  drift(
    "other storage",
    `alter table scripts."ScriptStream" reset (fillfactor)`,
    [changed("storage of table scripts.ScriptStream", "owner owner", "owner owner, fillfactor=50")],
    [],
  ),
  drift("a dropped index", `drop index scripts."ScriptVersion_one_open"`, [
    missing("index scripts.ScriptVersion.ScriptVersion_one_open"),
  ]),
  drift(
    "an invalid index",
    `update pg_index set indisvalid = false where indexrelid = 'scripts."ScriptVersion_one_open"'::regclass`,
    [changed("index scripts.ScriptVersion.ScriptVersion_one_open", "invalid, unique", "valid, unique")],
  ),
  drift(
    "an index on something else",
    `drop index scripts."Script_tenantId_status_idx"; create index "Script_tenantId_status_idx" on scripts."Script" (status)`,
    [
      changed(
        "definition of index scripts.Script.Script_tenantId_status_idx",
        `CREATE INDEX "Script_tenantId_status_idx" ON scripts."Script" USING btree (status)`,
        `CREATE INDEX "Script_tenantId_status_idx" ON scripts."Script" USING btree ("tenantId", status)`,
      ),
    ],
    [],
  ),
  drift(
    "a dropped constraint",
    `alter table scripts."Script" drop constraint "Script_latestVersion_not_negative"`,
    [missing("constraint scripts.Script.Script_latestVersion_not_negative")],
  ),
  drift(
    "a constraint that was not validated",
    `alter table scripts."Script" drop constraint "Script_latestVersion_not_negative";
     alter table scripts."Script" add constraint "Script_latestVersion_not_negative" check ("latestVersion" >= 0) not valid`,
    [
      changed("constraint scripts.Script.Script_latestVersion_not_negative", "check, not validated", "check"),
      changed(
        "definition of constraint scripts.Script.Script_latestVersion_not_negative",
        `CHECK (("latestVersion" >= 0)) NOT VALID`,
        `CHECK (("latestVersion" >= 0))`,
      ),
    ],
    [changed("constraint scripts.Script.Script_latestVersion_not_negative", "check, not validated", "check")],
  ),
  drift(
    "a dropped key, with its index",
    `alter table scripts."RunVariable" drop constraint "RunVariable_pkey"`,
    [missing("constraint scripts.RunVariable.RunVariable_pkey")],
  ),
  drift("a dropped trigger", `drop trigger "ScriptCommand_append_only" on scripts."ScriptCommand"`, [
    missing("trigger scripts.ScriptCommand.ScriptCommand_append_only"),
  ]),
  drift(
    "a disabled trigger",
    `alter table scripts."ScriptCommand" disable trigger "ScriptCommand_append_only"`,
    [changed("trigger scripts.ScriptCommand.ScriptCommand_append_only", "disabled", "always")],
  ),
  drift("a dropped function", `drop function scripts.append_commands(jsonb)`, [
    missing("function scripts.append_commands(jsonb)"),
  ]),
  drift(
    "a function of another owner",
    `alter function scripts.append_commands(jsonb) owner to script_operator`,
    [
      changed(
        "function scripts.append_commands(jsonb)",
        "returns jsonb, owner script_operator, security definer",
        "returns jsonb, owner script_log, security definer",
      ),
    ],
  ),
  drift(
    "a changed body of a function",
    `create or replace function scripts.refuse_statement() returns trigger language plpgsql as 'begin return null; end'`,
    [
      expect.stringMatching(
        /^The definition of function scripts.refuse_statement\(\) is "plpgsql, volatile, body \w{64}" and should be /,
      ) as string,
    ],
    [],
  ),
  drift("a grant too few", `revoke select on scripts."Script" from script_api`, [
    missing(`grant script_api: SELECT on table scripts.Script`),
  ]),
  drift(
    "a grant too many",
    `grant delete on scripts."Script" to script_api; grant update ("note") on scripts."ScriptCommand" to public`,
    [
      extra("grant PUBLIC: UPDATE on column scripts.ScriptCommand.note"),
      extra("grant script_api: DELETE on table scripts.Script"),
    ],
    [],
  ),
  drift(
    "a function that nobody may call",
    `revoke execute on function scripts.append_commands(jsonb) from script_api`,
    [missing("grant script_api: EXECUTE on function scripts.append_commands(jsonb)")],
  ),
  drift("a schema that nobody may use", `revoke usage on schema scripts from script_worker`, [
    missing("grant script_worker: USAGE on schema scripts"),
  ]),
  drift("jobs that nobody may send", `revoke insert on pgboss.job_common from script_api`, [
    missing("grant script_api: INSERT on table pgboss.job_common"),
  ]),
  drift(
    "jobs that the API may delete, and a function that anybody may call",
    `grant delete on pgboss.job_common to script_api; create function pgboss.mine() returns int language sql as 'select 1'`,
    [
      extra("grant PUBLIC: EXECUTE on function pgboss.mine()"),
      extra("grant script_api: DELETE on table pgboss.job_common"),
    ],
    [],
  ),
  drift("jobs that the worker may not see", `revoke usage on schema pgboss from script_worker`, [
    missing("grant script_worker: USAGE on schema pgboss"),
  ]),
  drift("a dropped policy", `drop policy script_api_in_tenant on scripts."ScriptCommand"`, [
    missing("policy scripts.ScriptCommand.script_api_in_tenant"),
  ]),
  drift("row-level security switched off", `alter table scripts."ScriptCommand" disable row level security`, [
    changed(
      "table scripts.ScriptCommand",
      "table, row-level security forced but not enabled",
      "table, row-level security forced",
    ),
  ]),
  drift(
    "row-level security that is not forced",
    `alter table scripts."ScriptCommand" no force row level security`,
    [
      changed(
        "table scripts.ScriptCommand",
        "table, row-level security enabled but not forced",
        "table, row-level security forced",
      ),
    ],
  ),
  drift("a value more in an enum", `alter type scripts."ScriptStatus" rename value 'ARCHIVED' to 'GONE'`, [
    changed("enum scripts.ScriptStatus", "DRAFT, PUBLISHED, GONE", "DRAFT, PUBLISHED, ARCHIVED"),
  ]),
  drift("a role above row-level security", `alter role script_api bypassrls`, [
    changed("role script_api", "bypasses row-level security", "plain"),
  ]),
  drift(
    "a role that may become another",
    `grant script_log to script_api`,
    [extra("grant script_api: member of script_log")],
    [],
  ),
];

/** A table of its own that only one tenant's rows are seen of. */
export const GUARDED_TABLE = `
  create schema guarded;
  create table guarded.rows (tenant text);
  alter table guarded.rows enable row level security, force row level security;
  create policy own on guarded.rows to script_api using (tenant = current_setting('app.tenant_id'));`;

/** Drift of what guards that table. */
export const POLICY_DRIFTS: readonly Drift[] = [
  drift("a dropped policy", `drop policy own on guarded.rows`, [missing("policy guarded.rows.own")]),
  drift("a policy for others", `alter policy own on guarded.rows to public`, [
    changed("policy guarded.rows.own", "permissive, all to PUBLIC", "permissive, all to script_api"),
  ]),
  drift(
    "a policy that lets everything through",
    `alter policy own on guarded.rows using (true)`,
    [
      changed(
        "definition of policy guarded.rows.own",
        "using true",
        "using (tenant = current_setting('app.tenant_id'::text))",
      ),
    ],
    [],
  ),
  drift(
    "a policy too many",
    `create policy more on guarded.rows using (true)`,
    [extra("policy guarded.rows.more")],
    [],
  ),
  drift("row-level security switched off", `alter table guarded.rows disable row level security`, [
    changed(
      "table guarded.rows",
      "table, row-level security forced but not enabled",
      "table, row-level security forced",
    ),
  ]),
  drift("row-level security that is not forced", `alter table guarded.rows no force row level security`, [
    changed(
      "table guarded.rows",
      "table, row-level security enabled but not forced",
      "table, row-level security forced",
    ),
  ]),
];
