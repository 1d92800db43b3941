import { userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { newId } from "../../kernel/newId.ts";
import type { ExitCode } from "../frame/exitCode.ts";
import { findScript } from "../frame/findScript.ts";
import { OpsError } from "../frame/opsError.ts";
import { table } from "../frame/output.ts";
import { parseCount } from "../frame/parseOption.ts";
import type { Session } from "../frame/session.ts";
import type { Verb } from "../frame/verb.ts";
import { countCommands } from "../verify/selectScripts.ts";
import { acceptVersion } from "./acceptVersion.ts";
import { beginRebuild, resumeRebuild, runRebuild, type RebuildReport, type Scope } from "./runRebuild.ts";

interface Options {
  readonly rate?: number;
  readonly resume?: string;
  readonly accept?: string;
  readonly reason?: string;
  readonly by: string;
}

/** Makes what follows from the log anew. */
export const rebuild: Verb = {
  name: "rebuild",
  summary: "make versions, pointers and listings anew from the log, compare, and switch script by script",
  help: `Edits go on meanwhile. A draft, a pointer, a mark of the published version or a listing that differs is
replaced; a sealed version that differs is shown and kept, until --accept <script>:<version> --reason <text> lets
it be replaced, which the audit log tells. The log, the head of its stream, the audit log and the feed are never
touched, and of a log that is damaged nothing is made. No event and no command follows from a rebuild.
--dry-run compares and writes nothing.`,
  addOptions: (command) =>
    command
      .option("--rate <n>", "most commands a second", parseCount)
      .option("--resume <id>", "go on with a rebuild that was stopped or killed")
      .option("--accept <script:version>", "let this sealed version become what its log gives")
      .option("--reason <text>", "why; goes into the audit log with --accept")
      .option("--by <name>", "who accepts", userInfo().username),
  run: async (session, _args, options) => runVerb(session, options as unknown as Options),
};

async function runVerb(session: Session, options: Options): Promise<ExitCode> {
  const { global, now, output, stopping } = session;
  const store = await session.store();
  const { prisma } = store;
  const accepted = options.accept === undefined ? undefined : await accept(session, options);
  const worker = global.dryRun ? undefined : (await store.as("script_worker")).prisma;
  const { scope, place } =
    options.resume === undefined
      ? await begin(session, worker, accepted)
      : await resumeRebuild(prisma, options.resume);
  if (worker)
    output.note(`Rebuild ${place.rebuildId}. If it is stopped, go on with --resume ${place.rebuildId}.`);
  const total = await countCommands({ prisma }, { ...scope, since: null, sample: null, seed: "" });
  const progress = output.progress("rebuild", total);
  const pace = createPace(options.rate, stopping);
  const report = await runRebuild(
    {
      prisma,
      worker,
      now,
      stopping,
      pace: async (count) => {
        progress.add(count);
        await pace(count);
      },
    },
    scope,
    place,
  );
  progress.end();
  output.result({ ...report, dryRun: global.dryRun }, () => describe(report, global.dryRun));
  if (report.kept > 0) return 2;
  return report.complete ? 0 : 1;
}

async function begin(
  { global, now, store }: Session,
  worker: Parameters<typeof beginRebuild>[0],
  accepted: Scope | undefined,
) {
  const { prisma } = await store();
  const scope = accepted ?? (await readScope(prisma, global));
  return { scope, place: await beginRebuild(worker, { id: newId(), scope, now: now() }) };
}

async function readScope(
  prisma: Parameters<typeof findScript>[0]["prisma"],
  { script, tenant, all }: Session["global"],
): Promise<Scope> {
  if (script !== undefined) return findScript({ prisma }, { name: script, tenant });
  if (tenant === undefined && !all)
    throw new OpsError("Say what to rebuild: --script <id>, --tenant <id>, or --all.");
  return { tenantId: tenant ?? null, scriptId: null };
}

async function accept({ global, now, store }: Session, options: Options): Promise<Scope> {
  const parts = /^(.+):v?(\d+)$/.exec(options.accept!);
  if (!parts) throw new OpsError("--accept takes a script and a version: --accept onboarding:3.");
  const reason = options.reason?.trim() ?? "";
  if (reason === "") throw new OpsError("Say why with --reason: it goes into the audit log.");
  if (global.dryRun)
    throw new OpsError("--accept and --dry-run do not go together: look first, then accept.");
  const { prisma } = await store();
  const key = await findScript({ prisma }, { name: parts[1]!, tenant: global.tenant });
  await acceptVersion({ prisma, now }, key, { version: Number(parts[2]), reason, by: options.by });
  return key;
}

/** Lets no more than so many commands a second through; once it is stopped, all. */
function createPace(rate: number | undefined, stopping: AbortSignal): (count: number) => Promise<void> {
  if (rate === undefined) return async () => undefined;
  const started = performance.now();
  let done = 0;
  return async (count) => {
    done += count;
    const aheadMs = (done * 1_000) / rate - (performance.now() - started);
    if (aheadMs > 0) await delay(aheadMs, undefined, { signal: stopping }).catch(() => undefined);
  };
}

function describe(report: RebuildReport, isDryRun: boolean): string {
  const { scripts, same, switched, kept, differences, complete } = report;
  const rows = differences.map(({ keptBecause, isSealed, blocks: _blocks, ...row }) => ({
    ...row,
    sealed: row.version === null ? null : isSealed ? "yes" : "no",
    result: keptBecause === null ? (isDryRun ? "would be replaced" : "replaced") : `kept: ${keptBecause}`,
  }));
  return [
    ...(rows.length > 0 ? [table(rows), ""] : []),
    `${scripts} script(s): ${same} the same, ${switched} switched, ${kept} with differences that ${isDryRun ? "were left" : "were kept"}.`,
    ...(complete ? [] : [`Stopped before the end. Go on with --resume ${report.rebuildId}.`]),
  ].join("\n");
}
