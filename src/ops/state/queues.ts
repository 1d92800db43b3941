import { table } from "../frame/output.ts";
import { parseCount } from "../frame/parseOption.ts";
import type { Verb } from "../frame/verb.ts";
import { DEAD_QUEUES } from "./deadQueues.ts";
import { selectDeadJobs, selectQueueStates, type DeadJob } from "./queues.sql.ts";

/** What lies in the job queues. */
export const queues: Verb = {
  name: "queues",
  summary: "jobs by queue and state, and the dead letters",
  addOptions: (command) =>
    command.option("--limit <n>", "dead letters to show of each queue", parseCount, 20),
  run: async ({ store, output, global }, _args, options) => {
    const { prisma } = await store();
    const states = await selectQueueStates(prisma);
    const tenantId = global.tenant ?? null;
    const dead: DeadJob[] = [];
    for (const queue of DEAD_QUEUES)
      dead.push(...(await selectDeadJobs(prisma, { queue, tenantId, limit: Number(options["limit"]) })));
    output.result({ queues: states, dead }, () =>
      [
        table(states, "No jobs."),
        "",
        dead.length === 0 ? "No dead letters." : 'Dead letters; "redrive" sends them back:',
        ...(dead.length === 0
          ? []
          : [
              table(
                dead.map(({ data, ...job }) => ({
                  ...job,
                  tenant: data.tenantId,
                  of: data.scriptId ?? data.id,
                })),
              ),
            ]),
      ].join("\n"),
    );
    return 0;
  },
};
