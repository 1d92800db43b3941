import type { PgBoss } from "pg-boss";
import type { Prisma, PrismaClient } from "../../src/db/generated/client.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { newId } from "../../src/kernel/newId.ts";
import type { BackfillDefinition } from "./definition.ts";
import { lockBackfill } from "./lockUnit.sql.ts";
import { whyNotNow, type Phase, type Status, type Verb } from "./phases.ts";

export interface ControlDeps {
  /** Connected in the role script_worker. */
  readonly prisma: PrismaClient;
  readonly boss: Pick<PgBoss, "insert">;
  /** Enqueues materialization in a transaction. */
  readonly sendJobs: (
    tx: Prisma.TransactionClient,
    scripts: readonly { tenantId: string; scriptId: string }[],
  ) => Promise<void>;
  /** Runs a script of SQL as the owner of the database. */
  readonly runOwnerSql: (sql: string) => Promise<void>;
  readonly now: () => Date;
  /** Who gives the order, for the ledger. */
  readonly operator: string;
  /** How long processes may still go by a switch as it was, in ms. */
  readonly settleMs: number;
}

/** What an order came to. */
export type Order = { readonly kind: "done"; readonly phase: Phase; readonly status: Status } | Refused;

export interface Refused {
  readonly kind: "refused";
  /** Each says what is in the way and the way out. */
  readonly reasons: readonly string[];
}

/** What becomes of the move; undefined leaves it as it is. */
export type Decision = Prisma.BackfillUpdateInput | Refused | undefined;

interface Request {
  readonly verb: Verb;
  /** What the ledger calls it; the verb when left out. */
  readonly noted?: string;
  readonly details?: { readonly [name: string]: Json | undefined };
}

export const TRANSACTION = { maxWait: 30_000, timeout: 120_000 };

/** Decides under the move's lock, changes it, and writes the ledger, all in one transaction. */
export async function decide(
  deps: ControlDeps,
  definition: BackfillDefinition,
  request: Request,
  work: (
    tx: Prisma.TransactionClient,
    move: { readonly phase: Phase; readonly status: Status },
  ) => Promise<Decision>,
): Promise<Order> {
  const { name } = definition;
  return deps.prisma.$transaction(async (tx) => {
    await lockBackfill(tx, name);
    const move = await tx.backfill.findUnique({ where: { name } });
    if (!move) return refused(notBegun(name));
    const reason = whyNotNow(request.verb, move);
    if (reason) return refused(reason);
    const decision = await work(tx, move);
    if (decision && isRefused(decision)) return decision;
    const after = decision
      ? await tx.backfill.update({ where: { name }, data: { ...decision, updatedAt: deps.now() } })
      : move;
    await tx.backfillLedger.create({
      data: {
        id: newId(),
        backfill: name,
        verb: request.noted ?? request.verb,
        operator: deps.operator,
        phase: after.phase,
        details: request.details ?? {},
        createdAt: deps.now(),
      },
    });
    return { kind: "done", phase: after.phase, status: after.status };
  }, TRANSACTION);
}

/** Whether a verb would be refused for where the move stands, before anything costly is done for it. */
export async function peek(
  deps: Pick<ControlDeps, "prisma">,
  { name }: BackfillDefinition,
  verb: Verb,
): Promise<Refused | undefined> {
  const move = await deps.prisma.backfill.findUnique({ where: { name } });
  if (!move) return refused(notBegun(name));
  const reason = whyNotNow(verb, move);
  return reason === undefined ? undefined : refused(reason);
}

function notBegun(name: string): string {
  return `"${name}" has not begun: "expand" first.`;
}

export function refused(...reasons: readonly string[]): Refused {
  return { kind: "refused", reasons };
}

/** Refuses when there are reasons to; else undefined. */
export function refusedFor(reasons: readonly string[]): Refused | undefined {
  return reasons.length > 0 ? { kind: "refused", reasons } : undefined;
}

function isRefused(decision: Prisma.BackfillUpdateInput | Refused): decision is Refused {
  return "kind" in decision;
}
