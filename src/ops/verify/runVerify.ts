import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { GLOBAL_CHECKERS } from "./checkGlobal.ts";
import { isGlobalCheck, isScriptCheck, type CheckName } from "./checks.ts";
import { Findings, type CheckResult } from "./findings.ts";
import { InOrder } from "./inOrder.ts";
import { selectScripts, type Selection } from "./selectScripts.ts";
import { verifyScript } from "./verifyScript.ts";

export interface VerifyDeps {
  readonly prisma: PrismaClient;
  readonly now: () => Date;
  /** Told of commands that were checked. */
  readonly onCommands: (count: number) => void;
  readonly stopping: AbortSignal;
}

export interface VerifyInput {
  readonly checks: ReadonlySet<CheckName>;
  readonly selection: Selection;
  /** Scripts at a time: one waits for the database while another is checked. */
  readonly parallel: number;
  readonly maxExamples: number;
  readonly stuckAfterMs: number;
  /** Where to note how far it came, and go on from; undefined: nowhere. */
  readonly checkpoint: string | undefined;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** False: it was stopped before the end. */
  readonly complete: boolean;
  readonly scripts: number;
  readonly commands: number;
  readonly violations: number;
  readonly checks: readonly CheckResult[];
}

/** Most violations that one query of a check of the whole database brings back. */
const QUERY_LIMIT = 1_000;

/** Checks scripts one after another, a few at a time, then the database as a whole. */
export async function runVerify(deps: VerifyDeps, input: VerifyInput): Promise<VerifyReport> {
  const pass = openPass(input);
  if ([...input.checks].some(isScriptCheck)) await verifyScripts(deps, input, pass);
  const complete = !deps.stopping.aborted;
  // After the scripts, and anew each time: they say how the database is now.
  if (complete) await verifyDatabase(deps, input, pass.findings);
  const { findings, scripts, commands } = pass;
  return {
    ok: findings.violations === 0,
    complete,
    scripts,
    commands,
    violations: findings.violations,
    checks: findings.results(),
  };
}

interface Pass {
  readonly findings: Findings;
  after: ScriptKey | null;
  scripts: number;
  commands: number;
}

function openPass({ checks, checkpoint, maxExamples, ...input }: VerifyInput): Pass {
  const earlier =
    checkpoint === undefined ? undefined : readCheckpoint(checkpoint, questionOf({ ...input, checks }));
  if (!earlier) return { findings: new Findings(checks, maxExamples), after: null, scripts: 0, commands: 0 };
  const results = earlier.results.filter(({ check }) => isScriptCheck(check));
  return { ...earlier, findings: new Findings(checks, maxExamples, results) };
}

/** What a checkpoint must have in common with the run that goes on from it. */
function questionOf({ checks, selection }: Pick<VerifyInput, "checks" | "selection">): string {
  return JSON.stringify({ checks: [...checks].toSorted(), ...selection });
}

/** Checkpoints are small, but a file per script would be most of the work. */
const NOTE_EVERY_MS = 1_000;

async function verifyScripts(deps: VerifyDeps, input: VerifyInput, pass: Pass): Promise<void> {
  const keys = selectScripts(deps, input.selection, pass.after ?? undefined);
  let noted = performance.now();
  // In key order, so that a checkpoint says of each script whether it is in it.
  const done = new InOrder<DoneScript>(({ key, findings, commands }) => {
    pass.findings.merge(findings);
    pass.after = key;
    pass.scripts++;
    pass.commands += commands;
    if (performance.now() - noted < NOTE_EVERY_MS) return;
    note(input, pass);
    noted = performance.now();
  });
  const work = async (): Promise<void> => {
    while (!deps.stopping.aborted) {
      // A generator hands out one key at a time, however many ask.
      const next = await keys.next();
      if (next.done) return;
      const finish = done.begin();
      try {
        finish(await verifyOne(deps, input, next.value));
      } catch (error) {
        // In the middle of a script: it is looked at anew when the run goes on.
        if (error !== deps.stopping.reason) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: input.parallel }, work));
  note(input, pass);
}

interface DoneScript {
  readonly key: ScriptKey;
  readonly findings: Findings;
  readonly commands: number;
}

async function verifyOne(deps: VerifyDeps, input: VerifyInput, key: ScriptKey): Promise<DoneScript> {
  const findings = new Findings(input.checks, input.maxExamples);
  let commands = 0;
  const onCommands = (count: number): void => {
    commands += count;
    deps.onCommands(count);
    deps.stopping.throwIfAborted();
  };
  await verifyScript({ prisma: deps.prisma, findings, onCommands }, key);
  return { key, findings, commands };
}

async function verifyDatabase(deps: VerifyDeps, input: VerifyInput, findings: Findings): Promise<void> {
  const { tenantId, scriptId } = input.selection;
  for (const check of input.checks)
    if (isGlobalCheck(check))
      await GLOBAL_CHECKERS[check]({
        prisma: deps.prisma,
        findings,
        now: deps.now(),
        tenantId,
        scriptId,
        stuckAfterMs: input.stuckAfterMs,
        limit: QUERY_LIMIT,
      });
}

function note(input: VerifyInput, { findings, after, scripts, commands }: Pass): void {
  if (input.checkpoint === undefined) return;
  writeCheckpoint(input.checkpoint, {
    question: questionOf(input),
    after,
    scripts,
    commands,
    results: findings.results(),
  });
}
