import { existsSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { formatDuration } from "../frame/duration.ts";
import type { ExitCode } from "../frame/exitCode.ts";
import { findScript } from "../frame/findScript.ts";
import { OpsError } from "../frame/opsError.ts";
import { table } from "../frame/output.ts";
import { parseCount, parseTime } from "../frame/parseOption.ts";
import type { Session } from "../frame/session.ts";
import type { Verb } from "../frame/verb.ts";
import { CHECK_NAMES, CHECKS, type CheckName } from "./checks.ts";
import { runVerify, type VerifyInput, type VerifyReport } from "./runVerify.ts";
import { countCommands, type Selection } from "./selectScripts.ts";

interface Options {
  readonly check?: readonly CheckName[];
  readonly since?: Date;
  readonly sample?: NonNullable<Selection["sample"]>;
  readonly seed: string;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly parallel: number;
  readonly examples: number;
  readonly stuckAfter: number;
}

/** Proves that the data is sound, or shows where it is not. */
export const verify: Verb = {
  name: "verify",
  summary: "hold every promise of the service against the data, and show what breaks one",
  help: `The checks:\n${CHECK_NAMES.map((name) => `  ${name.padEnd(24)}${CHECKS[name]}`).join("\n")}`,
  addOptions: (command) =>
    command
      .option("--check <names...>", "only these checks, separated by commas or spaces", collectChecks)
      .option("--since <time>", "only scripts with commands since then, such as 24h or a date", parseTime)
      .option("--sample <n|%>", "only so many scripts, or such a share of them, by chance", parseSample)
      .option("--seed <text>", "chooses the same sample again", "1")
      .option("--checkpoint <file>", "note there how far it came, and go on from it when it exists")
      .option("--resume <file>", "go on from a checkpoint, which must exist")
      .option("--parallel <n>", "scripts at a time, each with a connection", parseCount, 4)
      .option("--examples <n>", "counter-examples shown of each check", parseCount, 5)
      .option("--stuck-after <minutes>", "a generic command that waits longer is stuck", parseCount, 15),
  run: async (session, _args, options) => runVerb(session, options as unknown as Options),
};

async function runVerb(session: Session, options: Options): Promise<ExitCode> {
  const { prisma } = await session.store();
  const input = await readInput(session, options);
  const total = await countCommands({ prisma }, input.selection);
  const progress = session.output.progress("verify", total);
  const started = performance.now();
  const report = await runVerify(
    { prisma, now: session.now, stopping: session.stopping, onCommands: progress.add },
    input,
  );
  progress.end();
  const ms = Math.round(performance.now() - started);
  session.output.result({ ...report, ms }, () => describe(report, ms));
  if (!report.ok) return 2;
  return report.complete ? 0 : 1;
}

async function readInput({ store, global }: Session, options: Options): Promise<VerifyInput> {
  const { prisma } = await store();
  const key = global.script
    ? await findScript({ prisma }, { name: global.script, tenant: global.tenant })
    : undefined;
  if (options.resume !== undefined && options.checkpoint !== undefined)
    throw new OpsError("Give --resume or --checkpoint, not both: each notes how far it came in its file.");
  if (options.resume !== undefined && !existsSync(options.resume))
    throw new OpsError(
      `There is no checkpoint ${options.resume}. Begin one with --checkpoint ${options.resume}.`,
    );
  return {
    checks: new Set(options.check ?? CHECK_NAMES),
    selection: {
      tenantId: key?.tenantId ?? global.tenant ?? null,
      scriptId: key?.scriptId ?? null,
      since: options.since ?? null,
      sample: options.sample ?? null,
      seed: options.seed,
    },
    parallel: options.parallel,
    maxExamples: options.examples,
    stuckAfterMs: options.stuckAfter * 60_000,
    checkpoint: options.resume ?? options.checkpoint,
  };
}

function describe(report: VerifyReport, ms: number): string {
  const { scripts, commands, violations, checks, complete } = report;
  const rows = checks.map(({ check, looked, violations }) => ({
    check,
    looked,
    violations,
    result: violations > 0 ? "FAILED" : "ok",
  }));
  const examples = checks
    .filter(({ violations }) => violations > 0)
    .map((result) => describeExamples(result))
    .join("\n");
  const rate = Math.round((commands * 1_000) / Math.max(ms, 1)).toLocaleString("en-US");
  const what = `${commands.toLocaleString("en-US")} commands of ${scripts.toLocaleString("en-US")} scripts in ${formatDuration(ms)} (${rate}/s)`;
  // A mistyped tenant looks like perfect data otherwise.
  const clean = scripts > 0 ? "No violations." : "No script was looked at: none is selected.";
  const verdict = violations > 0 ? `${violations} violation(s).` : clean;
  const rest = complete ? "" : " Stopped before the end; go on with --resume and the checkpoint.";
  return `${table(rows)}\n\n${examples}${what}. ${verdict}${rest}`;
}

function describeExamples({ check, says, violations, examples }: VerifyReport["checks"][number]): string {
  const lines = examples.map(({ tenantId, scriptId, sequence, message }) => {
    const where = [tenantId, scriptId, sequence === undefined ? undefined : `@${sequence}`];
    const place = where.filter((part) => part !== undefined).join(" ");
    return `  ${place}${place ? ": " : ""}${message}`;
  });
  const more = violations - examples.length;
  if (more > 0) lines.push(`  and ${more} more`);
  return `${check}: ${says}\n${lines.join("\n")}\n`;
}

/** commander hands over what was gathered so far. */
function collectChecks(text: string, before: readonly CheckName[] = []): CheckName[] {
  const names = text.split(",").filter((name) => name !== "");
  for (const name of names)
    if (!(name in CHECKS))
      throw new InvalidArgumentError(`There is no check "${name}". There are: ${CHECK_NAMES.join(", ")}.`);
  return [...before, ...(names as CheckName[])];
}

function parseSample(text: string): NonNullable<Selection["sample"]> {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (!percent) return { count: parseCount(text) };
  const share = Number(percent[1]) / 100;
  if (share <= 0 || share > 1) throw new InvalidArgumentError("Give a share between 0% and 100%.");
  return { share };
}
