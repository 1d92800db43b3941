import { table } from "../frame/output.ts";
import type { OpsStore } from "../frame/store.ts";
import type { Verb } from "../frame/verb.ts";
import { diagnoseJobs, diagnoseProcesses } from "./diagnoseWork.ts";
import { diagnoseMigrations, diagnoseSchema, diagnoseWalls } from "./diagnoseSchema.ts";
import { diagnoseDisk, diagnoseRoles, diagnoseServer } from "./diagnoseServer.ts";
import type { Diagnose, Diagnosis } from "./diagnosis.ts";
import { selectConnections } from "./doctor.sql.ts";

const DIAGNOSES: readonly Diagnose[] = [
  diagnoseServer,
  diagnoseRoles,
  diagnoseSchema,
  diagnoseMigrations,
  diagnoseWalls,
  diagnoseJobs,
  diagnoseProcesses,
  diagnoseDisk,
];

/** Whether the database and what stands around it are as the service needs them. */
export const doctor: Verb = {
  name: "doctor",
  summary: "connections, roles, grants, triggers, row-level security, migrations, jobs, clock and disk",
  run: async ({ store: open, output, now }) => {
    const store = await open();
    const found: Diagnosis[] = [];
    for (const diagnose of DIAGNOSES) found.push(...(await examine(diagnose, store, now)));
    const connections = await selectConnections(store.prisma);
    output.result({ where: store.where, diagnoses: found, connections }, () =>
      [store.where, "", table(found), "", table(connections)].join("\n"),
    );
    return found.some(({ result }) => result === "bad") ? 2 : 0;
  },
};

/** What cannot be looked at is a finding, and the rest is looked at all the same. */
async function examine(diagnose: Diagnose, store: OpsStore, now: () => Date): Promise<readonly Diagnosis[]> {
  try {
    return await diagnose(store, now);
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return [{ what: diagnose.name.replace("diagnose", "").toLowerCase(), result: "bad", says }];
  }
}
