// npm run bench: what the service does per second on this machine, beside what the machine can do at all.
import { readEnvironment } from "./environment.ts";
import { makeScripts } from "./makeScripts.ts";
import { measureAppends } from "./measureAppends.ts";
import { measureBackfill } from "./measureBackfill.ts";
import { measureCommands } from "./measureCommands.ts";
import { measureLag } from "./measureLag.ts";
import { measureLongLog } from "./measureLongLog.ts";
import { measureReplay } from "./measureReplay.ts";
import { measureStreams } from "./measureStreams.ts";
import { openBench, type Bench } from "./openBench.ts";
import { readOptions, type BenchOptions, type Part } from "./options.ts";
import { readMemory } from "./readMemory.ts";
import { formatReport, type BenchReport } from "./report.ts";

async function run(options: BenchOptions): Promise<BenchReport> {
  const startedAt = performance.now();
  await using opened = new AsyncDisposableStack();
  tell("starting PostgreSQL and the service ...");
  const bench = opened.adopt(await openBench(), (one) => one.close());
  const environment = await readEnvironment(bench.ownerUrl);
  const report: BenchReport = { environment, options, seconds: 0, memory: [] };
  for (const part of options.parts) {
    tell(`${part} ...`);
    try {
      await measure(part, bench, report);
    } catch (error) {
      // What was measured until then is worth telling; the parts behind would start from an unknown state.
      report.failure = `${part}: ${error instanceof Error ? error.message : String(error)}`;
      break;
    }
    if (part !== "replay") report.memory.push({ after: part, memory: readMemory(bench.service.pid) });
  }
  return { ...report, seconds: (performance.now() - startedAt) / 1_000 };
}

async function measure(part: Part, bench: Bench, report: BenchReport): Promise<void> {
  const { options } = report;
  if (part === "replay") report.replay = measureReplay(options);
  else if (part === "longlog") report.longLog = await measureLongLog(bench, options, tell);
  else if (part === "backfill") report.backfill = await measureBackfill(bench, options, tell);
  else if (part === "commands") report.commands = await measureCommands(bench, options, tell);
  else if (part === "streams")
    report.streams = await measureStreams(bench, await target(bench, options), options, tell);
  else if (part === "appends")
    report.appends = await measureAppends(bench, await target(bench, options), options, tell);
  else report.lag = await measureLag(bench, await target(bench, options), options);
}

let scripts: ReturnType<typeof makeScripts> | undefined;

/** The scripts that the load goes to, made once. */
async function target({ service }: Bench, options: BenchOptions): ReturnType<typeof makeScripts> {
  scripts ??= makeScripts(service.url, options.scripts, options.nodesPerScript);
  return { ...(await scripts), url: service.url };
}

/** How it goes on, beside the result. */
function tell(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

try {
  const options = readOptions(process.argv.slice(2));
  const report = await run(options);
  if (report.failure !== undefined) process.exitCode = 1;
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReport(report)}\n`);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
