import type { PrismaClient } from "../../db/generated/client.ts";
import type { Findings } from "./findings.ts";

/** What the checks of the whole database share. */
export interface GlobalContext {
  readonly prisma: PrismaClient;
  readonly findings: Findings;
  readonly now: Date;
  /** Null: all tenants, all scripts. */
  readonly tenantId: string | null;
  readonly scriptId: string | null;
  /** What waits or works longer than this, in ms, is stuck. */
  readonly stuckAfterMs: number;
  /** Most violations that one query brings back; there may be more. */
  readonly limit: number;
}
