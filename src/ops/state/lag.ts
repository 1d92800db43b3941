import type { PrismaClient } from "../../db/generated/client.ts";
import { formatDuration } from "../frame/duration.ts";
import { table } from "../frame/output.ts";
import type { Verb } from "../frame/verb.ts";
import { selectMaterializeLag, selectOutboxLag, selectStampLag, type StageLag } from "./lag.sql.ts";

/** How far each stage is behind, and who is alive to work on it. */
export const lag: Verb = {
  name: "lag",
  summary: "how far each stage is behind, in commands and seconds, and which processes are alive",
  run: async ({ store, output, now }) => {
    const { prisma } = await store();
    const at = now();
    const stages = [
      describe("materialize", await selectMaterializeLag(prisma), at),
      describe("stamp", await selectStampLag(prisma), at),
      describe("outbox", await selectOutboxLag(prisma, at), at),
    ];
    const processes = await readProcesses(prisma, at);
    output.result({ stages, processes }, () =>
      [
        table(stages.map(({ seconds, ...stage }) => ({ ...stage, age: formatDuration(seconds * 1_000) }))),
        "",
        table(
          processes.map(({ part, host, startedAt, ageSeconds }) => ({
            part,
            host,
            startedAt,
            "last beat": `${formatDuration(ageSeconds * 1_000)} ago`,
          })),
          "No process is known to be alive.",
        ),
      ].join("\n"),
    );
    return 0;
  },
};

function describe(stage: string, { waiting, commands, since }: StageLag, now: Date) {
  // Clocks differ: what was written a moment ago by another machine is not of tomorrow.
  const seconds = since === null ? 0 : Math.max(0, (now.getTime() - since.getTime()) / 1_000);
  return { stage, waiting, commands, seconds };
}

async function readProcesses(prisma: Pick<PrismaClient, "processHeartbeat">, now: Date) {
  const rows = await prisma.processHeartbeat.findMany({
    orderBy: [{ part: "asc" }, { beatAt: "desc" }],
    take: 200,
  });
  return rows.map(({ part, host, startedAt, beatAt, figures }) => ({
    part,
    host,
    startedAt,
    ageSeconds: Math.max(0, now.getTime() - beatAt.getTime()) / 1_000,
    figures,
  }));
}
