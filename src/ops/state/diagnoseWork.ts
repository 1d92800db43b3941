import { QUEUES } from "../../db/queues.ts";
import { createLiveBeats } from "../../db/liveBeats.ts";
import type { OpsStore } from "../frame/store.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { selectJobsVersion, selectQueues } from "./doctor.sql.ts";

export async function diagnoseJobs({ prisma }: OpsStore): Promise<readonly Diagnosis[]> {
  const version = await selectJobsVersion(prisma);
  const queues = await selectQueues(prisma);
  const missing = QUEUES.filter(({ name }) => !queues.includes(name)).map(({ name }) => name);
  return [
    missing.length === 0
      ? { what: "jobs", result: "ok", says: `schema version ${version}, ${queues.length} queues` }
      : {
          what: "jobs",
          result: "bad",
          says: `queues are missing: ${missing.join(", ")}; start the service once with MIGRATE=true`,
        },
  ];
}

const PARTS = ["worker", "stamper", "outbox"];
const ALIVE_SECONDS = 60;

export async function diagnoseProcesses(
  { prisma }: OpsStore,
  now: () => Date,
): Promise<readonly Diagnosis[]> {
  const beats = await createLiveBeats({ prisma, now }, ALIVE_SECONDS)();
  return PARTS.map((part) => {
    const alive = beats.filter((beat) => beat.part === part).length;
    return alive > 0
      ? { what: part, result: "ok", says: `${alive} alive in the last minute` }
      : {
          what: part,
          result: "note",
          says: "none alive in the last minute; what it does waits until one is",
        };
  });
}
