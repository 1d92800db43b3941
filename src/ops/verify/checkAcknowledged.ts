import { z } from "zod";
import type { GlobalContext } from "./globalContext.ts";

const PAGE = 200;

/** What an answer says that was appended, whatever else it says. */
const acknowledgment = z.object({
  scriptId: z.string(),
  commands: z.array(z.object({ commandId: z.string(), sequence: z.number().int() })),
  // A dry run says what would be appended.
  dryRun: z.literal(false).optional(),
});

interface Answer {
  readonly tenantId: string;
  readonly route: string;
  readonly key: string;
  readonly body: string | null;
}

/** Holds kept answers that acknowledge commands against the log: each is in it, with that sequence. */
export async function checkAcknowledged(context: GlobalContext): Promise<void> {
  const { prisma, tenantId } = context;
  let after = "";
  for (;;) {
    const page = await prisma.idempotencyKey.findMany({
      where: {
        status: { gte: 200, lt: 300 },
        body: { contains: '"commandId"' },
        id: { gt: after },
        ...(tenantId === null ? {} : { tenantId }),
      },
      orderBy: { id: "asc" },
      select: { id: true, tenantId: true, route: true, key: true, body: true },
      take: PAGE,
    });
    for (const answer of page) await checkAnswer(context, answer);
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

async function checkAnswer({ prisma, findings }: GlobalContext, answer: Answer): Promise<void> {
  const { tenantId, route, key } = answer;
  const said = readAcknowledgment(answer);
  // An answer of another kind that holds the word, such as a page of a log.
  if (!said) return;
  const rows = await prisma.scriptCommand.findMany({
    where: {
      tenantId,
      scriptId: said.scriptId,
      commandId: { in: said.commands.map(({ commandId }) => commandId) },
    },
    select: { commandId: true, sequence: true },
  });
  const sequences = new Map(rows.map(({ commandId, sequence }) => [commandId, sequence]));
  for (const { commandId, sequence } of said.commands) {
    const found = sequences.get(commandId);
    if (found !== sequence)
      findings.add({
        check: "idempotency-outcomes",
        tenantId,
        scriptId: said.scriptId,
        sequence,
        message: `${route} with key ${key} acknowledged command ${commandId} as ${sequence}; in the log it ${found === undefined ? "is not" : `is ${found}`}.`,
      });
  }
}

function readAcknowledgment({ body }: Answer): z.infer<typeof acknowledgment> | undefined {
  try {
    return acknowledgment.safeParse(JSON.parse(body ?? "")).data;
  } catch {
    return undefined;
  }
}
