import { expect } from "vitest";
import { beginVerification, endVerification } from "../../../migrations-backfill/core/beginVerification.ts";
import type { BatchDeps } from "../../../migrations-backfill/core/batch.ts";
import type { ControlDeps, Order } from "../../../migrations-backfill/core/decide.ts";
import { drive, type DriveStep } from "../../../migrations-backfill/core/drive.ts";
import { expand } from "../../../migrations-backfill/core/expand.ts";
import { findFailures } from "../../../migrations-backfill/core/findFailures.ts";
import { freeze } from "../../../migrations-backfill/core/freeze.ts";
import { start, type StartSettings } from "../../../migrations-backfill/core/start.ts";
import { switchReads, switchWrites } from "../../../migrations-backfill/core/switchSides.ts";
import { verify } from "../../../migrations-backfill/core/verify.ts";
import { waive } from "../../../migrations-backfill/core/waive.ts";
import { guidance } from "../../../migrations-backfill/guidance/definition.ts";

type Deps = ControlDeps & Omit<BatchDeps, "pause">;

export function expectDone(order: Order): void {
  expect(order).toMatchObject({ kind: "done" });
}

/** Drives a started move to its end; gives the steps that moved something, or ended it. */
export async function driveToEnd(deps: Deps, definition = guidance): Promise<DriveStep[]> {
  const steps: DriveStep[] = [];
  for await (const step of drive(deps, definition)) if (step.kind !== "resting") steps.push(step);
  return steps;
}

/** Begins a move, from nothing or after a reverse, or walks every row again. */
export async function begin(deps: Deps, settings: StartSettings = {}, definition = guidance): Promise<void> {
  const move = await deps.prisma.backfill.findUnique({ where: { name: definition.name } });
  if (!move) expectDone(await expand(deps, definition));
  if (!move?.frozenAt) expectDone(await freeze(deps, definition));
  expectDone(await start(deps, definition, settings));
}

/** From the beginning until every row was walked. */
export async function moveAll(
  deps: Deps,
  settings: StartSettings = {},
  definition = guidance,
): Promise<void> {
  await begin(deps, settings, definition);
  expect((await driveToEnd(deps, definition)).at(-1)).toEqual({ kind: "finished" });
}

/** Verifies from the first row; gives what is in the way, in sentences. */
export async function verifyAll(deps: Deps, definition = guidance): Promise<string[]> {
  expectDone(await beginVerification(deps, definition, { goesOn: false }));
  for await (const _ of verify(deps, definition));
  const failures = await findFailures(deps.prisma, definition);
  expectDone(await endVerification(deps, definition, failures));
  return failures;
}

export async function waiveAll(deps: Deps): Promise<void> {
  await waive(deps, guidance, {}, { by: "test", note: "planted" });
}

/** From a clean verification until everybody is read and written on the canonical side. */
export async function cutOver(deps: Deps): Promise<void> {
  const everybody = { tenantId: "*" } as const;
  const waiver = { by: "test", note: "nobody reads here" };
  expectDone(await switchReads(deps, guidance, { ...everybody, to: "LEGACY", dualShare: 1 }));
  expectDone(await switchReads(deps, guidance, { ...everybody, to: "CANONICAL", dualShare: 0, waiver }));
  expectDone(await switchWrites(deps, guidance, { ...everybody, to: "CANONICAL" }));
}

/** What a move has written, in a form that two times can be compared. */
export async function readWritten({ prisma }: Pick<Deps, "prisma">) {
  return {
    heads: await prisma.scriptStream.findMany({
      orderBy: [{ tenantId: "asc" }, { scriptId: "asc" }],
      select: { tenantId: true, scriptId: true, headSequence: true, chainHash: true },
    }),
    commands: await prisma.scriptCommand.count(),
    versions: await prisma.scriptVersion.count(),
    runs: await prisma.scriptRun.count(),
    variables: await prisma.runVariable.count(),
    runLog: await prisma.scriptRunLog.count(),
    ids: await prisma.backfillIdMap.count(),
    quarantined: await prisma.backfillQuarantine.count(),
    findings: await prisma.backfillFinding.count(),
  };
}
