import type { Command } from "commander";
import type { ExitCode } from "../../src/ops/frame/exitCode.ts";
import { OpsError } from "../../src/ops/frame/opsError.ts";
import { parseCount } from "../../src/ops/frame/parseOption.ts";
import { table } from "../../src/ops/frame/output.ts";
import type { VerbOptions } from "../../src/ops/frame/verb.ts";
import { cancel as cancelMove, pause as pauseMove, resume as resumeMove } from "../core/control.ts";
import { refusedFor } from "../core/decide.ts";
import type { BackfillDefinition } from "../core/definition.ts";
import { drive } from "../core/drive.ts";
import { expand as expandMove } from "../core/expand.ts";
import { findUnreadable } from "../core/findUnready.sql.ts";
import { freeze as freezeMove } from "../core/freeze.ts";
import { whatNext } from "../core/phases.ts";
import { planMove } from "../core/planMove.ts";
import { start as startMove } from "../core/start.ts";
import { DEFINITIONS } from "../definitions.ts";
import { countRows } from "./countRows.ts";
import { lookOf, orderOf, parseWhole, tellOrder, tellRefusal, verbOf } from "./frame.ts";
import { describeUnit } from "./looking.ts";
import type { BackfillSession } from "./session.ts";

export const plan = lookOf(
  "plan",
  "read and map every row, write nothing, and say what would happen",
  async (deps, definition, options) => {
    const { output, stopping } = deps.session;
    const obstacles = refusedFor(await findUnreadable(deps.prisma, definition.legacy));
    if (obstacles) return tellRefusal(deps, obstacles);
    const progress = output.progress("plan", await countRows(deps, definition));
    const onRows = (count: number): void => progress.add(count);
    const planned = await planMove(deps, definition, {
      options: readOptions(definition, options),
      onRows,
      stopping,
    });
    progress.end();
    if (stopping.aborted) throw new OpsError("Cut short; nothing was written.");
    output.result(planned, () =>
      [
        table(planned.units),
        "\nWould stay behind:",
        table(planned.quarantined, "Nothing."),
        "\nWould be moved in another form:",
        table(planned.findings, "Nothing."),
      ].join("\n"),
    );
    return 0;
  },
  addDefinitionOptions,
);

function addDefinitionOptions(command: Command): void {
  // The command line is described before it is known which move it is about.
  for (const { flags, description } of DEFINITIONS.flatMap(({ options }) => options))
    command.option(flags, description);
}

function readOptions(definition: BackfillDefinition, options: VerbOptions): Record<string, string> {
  const given = definition.options.filter(({ name }) => options[name] !== undefined);
  return Object.fromEntries(given.map(({ name }) => [name, options[name] as string]));
}

export const expand = orderOf(
  "expand",
  "let the legacy tables be read from here, and add views; the legacy routes answer from then on",
  expandMove,
);

export const freeze = orderOf(
  "freeze",
  "let the database refuse every write to the legacy tables; reads go on",
  freezeMove,
);

export const start = verbOf(
  "start",
  "move every row of the frozen tables; given again it moves what is new or has changed",
  startAndDrive,
  addStartOptions,
);

/** Another name for what an operator wants once rows in quarantine were put right. */
export const retry = verbOf(
  "retry",
  "the same as start: every row is walked again, also those in quarantine",
  startAndDrive,
  addStartOptions,
);

async function startAndDrive(
  deps: BackfillSession,
  definition: BackfillDefinition,
  options: VerbOptions,
): Promise<ExitCode> {
  const isQueued = options["queue"] === true;
  const order = await startMove(deps, definition, {
    options: readOptions(definition, options),
    isQueued,
    ...pick(options, ["quarantineBudget", "restMs", "maxScriptsBehind", "batchSize"]),
  });
  if (order.kind === "refused") return tellRefusal(deps, order);
  return isQueued ? tellOrder(deps, order) : driveToEnd(deps, definition);
}

function addStartOptions(command: Command): void {
  addDefinitionOptions(command);
  command
    .option("--queue", "let the worker processes move the rows, instead of this one", false)
    .option("--quarantine-budget <n>", "rows that may stay in quarantine unwaived", parseWhole)
    .option("--rest-ms <n>", "rest between two batches", parseWhole)
    .option("--max-scripts-behind <n>", "wait while more scripts are not materialized", parseWhole)
    .option("--batch-size <n>", "rows of a batch", parseCount);
}

function pick(options: VerbOptions, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name] as number]),
  );
}

/** Rests of half a second each until a person is told why nothing seems to happen. */
const QUIET_RESTS = 6;

async function driveToEnd(deps: BackfillSession, definition: BackfillDefinition): Promise<ExitCode> {
  const { output, stopping } = deps.session;
  const progress = output.progress("move", await countRows(deps, definition));
  let rests = 0;
  for await (const step of drive(deps, definition)) {
    if (step.kind === "moved") progress.add(step.rows);
    rests = step.kind === "resting" ? rests + 1 : 0;
    if (step.kind === "resting" && rests === QUIET_RESTS)
      output.note(`Resting: ${step.because}. Does a worker run? "npm start" has one, or ROLE=worker.`);
    if (stopping.aborted) await pauseMove(deps, definition);
  }
  progress.end();
  const move = await deps.prisma.backfill.findUniqueOrThrow({
    where: { name: definition.name },
    include: { units: true },
  });
  const rows = definition.units.map(({ name }) =>
    describeUnit(
      name,
      move.units.find(({ unit }) => unit === name),
    ),
  );
  const next = whatNext(move);
  output.result({ phase: move.phase, status: move.status, next, units: rows }, () =>
    [
      table(rows),
      `${move.status === "IDLE" ? "Every row was walked." : `It is ${move.status}.`} ${next}`,
    ].join("\n"),
  );
  return 0;
}

export const pause = orderOf("pause", "begin no more batches", pauseMove);

export const cancel = orderOf("cancel", "end the move that is under way; what is moved stays", cancelMove);

export const resume = verbOf(
  "resume",
  "go on with a move that was paused or cut short",
  async (deps, definition, options) => {
    const isQueued = options["queue"] === true;
    const resumed = await resumeMove(deps, definition, { isQueued });
    if (resumed.kind === "refused") return tellRefusal(deps, resumed);
    return isQueued ? tellOrder(deps, resumed) : driveToEnd(deps, definition);
  },
  (command) => command.option("--queue", "let the worker processes go on, instead of this one", false),
);
