import { drive } from "../../../migrations-backfill/core/drive.ts";
import { guidance } from "../../../migrations-backfill/guidance/definition.ts";
import { begin } from "./steps.ts";
import { startApp, type TestApp } from "../../support/startApp.ts";
import type { TestMove } from "./openMove.ts";

/** An API on the move's database, which outlives it. It has looked at no switch yet, so it knows none that is old. */
export function openCompatApp(
  move: TestMove,
  options: Parameters<typeof startApp>[0] = {},
): Promise<TestApp> {
  const database = { ...move.database, drop: async () => undefined };
  return startApp({ ...options, database, worker: false });
}

/** Begins the move: from here on the legacy tables are frozen. */
export async function freeze(move: TestMove): Promise<void> {
  await begin(move.deps);
}

/** Moves every row. */
export async function moveAll(move: TestMove): Promise<void> {
  for await (const step of drive(move.deps, guidance))
    if (step.kind === "stopped") throw new Error(JSON.stringify(step));
}

/** Says from where everybody is served, as the verbs of the move do once it has come that far. */
export async function serveFrom(
  move: TestMove,
  { reads, writes = reads, dualShare = 0 }: { reads: string; writes?: string; dualShare?: number },
): Promise<void> {
  await move.owner.query(
    `insert into backfill."BackfillSwitch" ("backfill", "tenantId", "reads", "writes", "dualShare", "updatedAt")
     values ('guidance', '*', $1::backfill."BackfillSide", $2::backfill."BackfillSide", $3, now())
     on conflict ("backfill", "tenantId") do update
       set "reads" = excluded."reads", "writes" = excluded."writes", "dualShare" = excluded."dualShare"`,
    [reads, writes, dualShare],
  );
}
