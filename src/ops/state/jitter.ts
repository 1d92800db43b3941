import { InvalidArgumentError } from "commander";
import { OpsError } from "../frame/opsError.ts";
import { table } from "../frame/output.ts";
import type { Verb } from "../frame/verb.ts";

/** As the database holds it. */
const LONGEST_MS = 600_000;

/** How long the fake completions of commands take that nobody knows: only a process in development makes them. */
export const jitter: Verb = {
  name: "jitter",
  summary: "how long fake completions take in development, by tenant; --min and --max set it",
  addOptions: (command) =>
    command
      .option("--min <ms>", "the shortest time, in ms", parseMs)
      .option("--max <ms>", "the longest time, in ms", parseMs),
  run: async ({ store, output, global, now }, _args, options) => {
    const { min, max } = options as { min?: number; max?: number };
    const { tenant: tenantId } = global;
    if (min === undefined && max === undefined) {
      const { prisma } = await store();
      const tenants = await prisma.tenantSettings.findMany({
        where: tenantId === undefined ? {} : { tenantId },
        orderBy: { tenantId: "asc" },
      });
      output.result({ tenants }, () => table(tenants, "No tenant has a jitter of its own: 1 to 2 s."));
      return 0;
    }
    if (tenantId === undefined || min === undefined || max === undefined || min > max)
      throw new OpsError("Say whose it is, and both ends: --tenant <id> --min <ms> --max <ms>.");
    const settings = { jitterMin: min, jitterMax: max, updatedAt: now() };
    if (!global.dryRun) {
      const { prisma } = await store();
      await prisma.tenantSettings.upsert({
        where: { tenantId },
        create: { tenantId, ...settings },
        update: settings,
      });
    }
    const takes = global.dryRun ? "would take" : "take";
    output.result(
      { dryRun: global.dryRun, tenantId, ...settings },
      () => `Fake completions of tenant ${tenantId} ${takes} ${min} to ${max} ms.`,
    );
    return 0;
  },
};

function parseMs(text: string): number {
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 0 || ms > LONGEST_MS)
    throw new InvalidArgumentError(`Give a whole number from 0 to ${LONGEST_MS}.`);
  return ms;
}
