import { OpsError } from "../../src/ops/frame/opsError.ts";
import { table } from "../../src/ops/frame/output.ts";
import { beginVerification, endVerification } from "../core/beginVerification.ts";
import { findFailures } from "../core/findFailures.ts";
import { verify } from "../core/verify.ts";
import { waive } from "../core/waive.ts";
import { countRows } from "./countRows.ts";
import { lookOf, refuseDryRun, tellRefusal, verbOf } from "./frame.ts";

export const verifyMove = verbOf(
  "verify",
  "compare both sides row by row and ask every invariant; exit code 2 when they differ",
  async (deps, definition, options) => {
    const { output, stopping } = deps.session;
    const begun = await beginVerification(deps, definition, { goesOn: options["continue"] === true });
    if (begun.kind === "refused") return tellRefusal(deps, begun);
    const progress = output.progress("verify", await countRows(deps, definition));
    for await (const step of verify(deps, definition)) {
      if (step.kind === "compared") progress.add(step.rows);
      if (stopping.aborted) break;
    }
    progress.end();
    if (stopping.aborted) throw new OpsError('Cut short. "backfill verify --continue" goes on from here.');
    const failures = await findFailures(deps.prisma, definition);
    await endVerification(deps, definition, failures);
    const checks = await deps.prisma.backfillCheck.findMany({
      where: { backfill: definition.name },
      orderBy: { invariant: "asc" },
    });
    const lines = checks.map(({ invariant, violations }) => ({ invariant, violations }));
    const isClean = failures.length === 0;
    output.result({ isClean, checks, failures }, () =>
      [
        table(lines),
        ...failures.map((one) => `- ${one}`),
        isClean ? "Both sides agree." : "The move may not go on like this.",
      ].join("\n"),
    );
    return isClean ? 0 : 2;
  },
  (command) => command.option("--continue", "go on where the last one was cut short", false),
);

export const quarantine = lookOf(
  "quarantine",
  "rows that stay behind, and why; --waive signs that they may",
  async (deps, definition, options) => {
    const { output } = deps.session;
    const filter = {
      ...(options["code"] === undefined ? {} : { code: options["code"] as string }),
      ...(options["id"] === undefined ? {} : { legacyId: options["id"] as string }),
    };
    if (options["waive"] !== undefined) {
      refuseDryRun(deps.session);
      if (Object.keys(filter).length === 0 && !deps.session.global.all)
        throw new OpsError("Say which rows may stay behind: --code, --id, or --all.");
      const waiver = { by: deps.operator, note: options["waive"] as string };
      const order = await waive(deps, definition, filter, waiver);
      if (order.kind === "refused") return tellRefusal(deps, order);
      output.result(order, () => `${order.waived} row(s) may stay behind, signed by ${waiver.by}.`);
      return 0;
    }
    const rows = await deps.prisma.backfillQuarantine.findMany({
      where: { backfill: definition.name, ...filter, status: { not: "RESOLVED" } },
      orderBy: [{ code: "asc" }, { legacyTable: "asc" }, { legacyId: "asc" }],
    });
    const lines = rows.map((row) => ({
      table: row.legacyTable,
      id: row.legacyId,
      code: row.code,
      status: row.status,
      message: row.message,
    }));
    output.result(lines, () => table(lines, "Nothing is in quarantine."));
    return 0;
  },
  (command) => {
    command
      .option("--code <code>", "only this reason")
      .option("--id <id>", "only this legacy row")
      .option("--waive <reason>", "let these rows stay behind for good, for this reason");
  },
);
