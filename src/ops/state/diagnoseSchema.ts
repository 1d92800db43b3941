import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findSchemaProblems } from "../../db/assertSchema.ts";
import { urlAsRole } from "../../db/connectionUrl.ts";
import type { OpsStore } from "../frame/store.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { canReadMigrations, selectMigrations, selectTableGuards } from "./doctor.sql.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));

/** Tables, columns, indexes, triggers, functions, policies and grants against those of this release. */
export async function diagnoseSchema(store: OpsStore): Promise<readonly Diagnosis[]> {
  const url = urlAsRole(store.urlFor("script_operator"), "script_operator");
  const lacking = await findSchemaProblems({ url });
  const differing = await findSchemaProblems({ url, exact: true });
  if (differing.length === 0) return [{ what: "schema", result: "ok", says: "is that of this release" }];
  return differing.map((says) => ({ what: "schema", result: lacking.includes(says) ? "bad" : "note", says }));
}

export async function diagnoseMigrations({ prisma }: OpsStore): Promise<readonly Diagnosis[]> {
  const what = "migrations";
  if (!(await canReadMigrations(prisma)))
    return [
      {
        what,
        result: "note",
        says: "the list of migrations may not be read; the schema was looked at itself",
      },
    ];
  const { applied, failed } = await selectMigrations(prisma);
  const known = readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const missing = known.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !known.includes(name));
  const found: Diagnosis[] = [];
  if (missing.length > 0) found.push({ what, result: "bad", says: `not applied: ${missing.join(", ")}` });
  if (failed.length > 0) found.push({ what, result: "bad", says: `not finished: ${failed.join(", ")}` });
  if (unknown.length > 0)
    found.push({ what, result: "note", says: `of a newer release: ${unknown.join(", ")}` });
  return found.length > 0 ? found : [{ what, result: "ok", says: `all ${known.length} are applied` }];
}

/** What holds the rules against those who go round the service. */
export async function diagnoseWalls({ prisma }: OpsStore): Promise<readonly Diagnosis[]> {
  const guards = await selectTableGuards(prisma);
  const open = guards.filter(({ isSecured, isForced }) => !isSecured || !isForced);
  const off = guards.flatMap(({ table, disabledTriggers }) =>
    disabledTriggers.map((trigger) => `${trigger} on ${table}`),
  );
  return [
    open.length === 0
      ? { what: "row-level security", result: "ok", says: `forced on all ${guards.length} tables of tenants` }
      : {
          what: "row-level security",
          result: "bad",
          says: `not forced on ${open.map(({ table }) => table).join(", ")}`,
        },
    off.length === 0
      ? { what: "triggers", result: "ok", says: "none is switched off" }
      : { what: "triggers", result: "bad", says: `switched off: ${off.join(", ")}` },
  ];
}
