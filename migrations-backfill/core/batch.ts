import type { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { Prisma, PrismaClient } from "../../src/db/generated/client.ts";
import type { RowKey } from "./definition.ts";
import type { BackfillJob } from "./jobs.ts";

export interface BatchDeps {
  /** Connected in the role script_worker. */
  readonly prisma: PrismaClient;
  readonly boss: Pick<PgBoss, "insert" | "complete">;
  readonly sendJobs: (
    tx: Prisma.TransactionClient,
    scripts: readonly { tenantId: string; scriptId: string }[],
  ) => Promise<void>;
  readonly now: () => Date;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Stops at a named point, for tests of races and crashes. */
  readonly pause?: (point: BatchPausePoint) => Promise<void>;
}

/** In the order in which a batch passes them. */
export type BatchPausePoint = "locked" | "row_written" | "before_commit" | "committed";

export type BatchOutcome =
  | {
      readonly kind: "moved";
      readonly unit: string;
      readonly rows: number;
      /** Rows that the next batch should have, when this one had to be smaller than the unit's are. */
      readonly nextSize?: number;
    }
  /** Its rows point at versions that are not written yet. */
  | { readonly kind: "resting"; readonly because: string }
  /** Every row of every unit has been looked at. */
  | { readonly kind: "finished" }
  /** The operator said so. */
  | { readonly kind: "stopped"; readonly status: string };

/** What a batch is told. */
export interface Reach {
  /** Instead of the unit's own. */
  readonly size: number | undefined;
  /** A row that is put into quarantine unread. */
  readonly skip: { readonly key: RowKey; readonly message: string } | undefined;
  readonly job: BackfillJob | undefined;
}

/** How far a batch came, for the case that it fails. */
export interface Seen {
  /** The last row that it began. */
  key?: RowKey;
  size: number;
  /** Every row was written: what failed then is not the last one's fault. */
  isPastRows: boolean;
}
