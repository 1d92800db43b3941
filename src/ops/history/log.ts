import { setTimeout as delay } from "node:timers/promises";
import type { PrismaClient } from "../../db/generated/client.ts";
import type { LogRow, ScriptKey } from "../../log/logRow.ts";
import { commandName } from "../../scripts/registry.ts";
import { touchedIds } from "../../scripts/touchedIds.ts";
import { findScript } from "../frame/findScript.ts";
import { parseCount } from "../frame/parseOption.ts";
import type { Session } from "../frame/session.ts";
import type { Verb } from "../frame/verb.ts";
import { readLogPages } from "../log/readLogPages.ts";

const LOOK_EVERY_MS = 500;

/** Shows a script's commands in order. */
export const log: Verb = {
  name: "log <script>",
  summary: "the commands of a script in order; as JSON the whole rows",
  addOptions: (command) =>
    command
      .option("--from <sequence>", "first command to show", parseCount, 1)
      .option("--to <sequence>", "last command to show", parseCount)
      .option("--follow", "go on with those that come, until Ctrl-C", false),
  run: async (session, [name], options) => {
    const { prisma } = await session.store();
    const key = await findScript({ prisma }, { name: name!, tenant: session.global.tenant });
    const last = (options["to"] as number | undefined) ?? Number.MAX_SAFE_INTEGER;
    let after = Number(options["from"]) - 1;
    do {
      after = await show(session, prisma, key, { after, last });
      if (options["follow"] !== true || after >= last) break;
      await delay(LOOK_EVERY_MS, undefined, { signal: session.stopping }).catch(() => undefined);
    } while (!session.stopping.aborted);
    return 0;
  },
};

/** Shows what there is by now, and says where it ended. */
async function show(
  { output, stopping }: Session,
  prisma: PrismaClient,
  key: ScriptKey,
  { after, last }: { readonly after: number; readonly last: number },
): Promise<number> {
  const { headSequence } = await prisma.scriptStream.findUniqueOrThrow({
    where: { tenantId_scriptId: key },
    select: { headSequence: true },
  });
  const upTo = Math.min(headSequence, last);
  for await (const page of readLogPages({ prisma }, { ...key, after, upTo })) {
    if (stopping.aborted) break;
    for (const row of page) output.line(row, () => describe(row));
  }
  return Math.max(after, upTo);
}

function describe(row: LogRow): string {
  const actor = `${row.actorType} ${row.actorId}${row.onBehalfOf === null ? "" : ` for ${row.onBehalfOf}`}`;
  const touched = touchedIds(row.patch);
  const what =
    touched.length <= 3
      ? touched.join(" ")
      : `${touched.slice(0, 3).join(" ")} and ${touched.length - 3} more`;
  const note = row.note === null ? "" : `  "${row.note}"`;
  const name = commandName(row.type, row.typeVersion);
  return `${String(row.sequence).padStart(7)}  ${row.createdAt.toISOString()}  ${actor.padEnd(20)}  ${name.padEnd(30)}  ${what}${note}`;
}
