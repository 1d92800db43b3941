import type { PrismaClient } from "../../db/generated/client.ts";
import type { LogRow, ScriptKey } from "../../log/logRow.ts";
import { selectLogPage } from "../../log/selectLogPage.sql.ts";

const PAGE_ROWS = 1_000;
/** As stored and compressed; in memory it is about ten times that. */
const PAGE_BYTES = 2 * 1024 * 1024;

/** Commands with after < sequence <= upTo, in order, as many at a time as fit in memory whatever their size. */
export async function* readLogPages(
  deps: { readonly prisma: Pick<PrismaClient, "$queryRaw"> },
  input: ScriptKey & { readonly after: number; readonly upTo: number },
): AsyncGenerator<LogRow[]> {
  let { after } = input;
  while (after < input.upTo) {
    const page = await selectLogPage(deps.prisma, {
      ...input,
      after,
      maxRows: PAGE_ROWS,
      maxBytes: PAGE_BYTES,
    });
    const last = page.at(-1);
    if (!last) return;
    yield page.map(({ bytes: _bytes, ...row }) => row);
    after = last.sequence;
  }
}
