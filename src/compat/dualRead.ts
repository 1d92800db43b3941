import jsonPatch from "fast-json-patch";
import type { Logger } from "pino";
import type { InTenant, TenantTx } from "../db/inTenant.ts";
import { parseLegacyJson } from "../guidance/legacyJson.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { newId } from "../kernel/newId.ts";
import { isIgnored, type IgnoredDifference } from "./ignoredDifferences.ts";
import type { Side } from "./sides.sql.ts";

/** How a comparison ended. skipped: too many were under way. */
export type Compared = "same" | "different" | "ignored" | "failed" | "skipped";

export interface DualReadDeps {
  readonly inTenant: InTenant;
  readonly now: () => Date;
  readonly log: Pick<Logger, "warn">;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly ignored: readonly IgnoredDifference[];
  /** store: kept for the operator. throw: the read fails, for tests. */
  readonly differences: "store" | "throw";
  readonly counted: (compared: Compared) => void;
}

export interface DualRead {
  readonly operation: string;
  /** What is read, such as the key of a script. */
  readonly subject: string;
  readonly tenantId: string;
  /** Whether it is known, and signed, that the canonical side does not have it. Asked when it has none. */
  isLeftBehind(tx: TenantTx): Promise<boolean>;
}

/** Comparisons that may be under way at once in this process: no more of the database than this is theirs. */
const MOST_AT_ONCE = 4;
/** Entries of a difference that are kept. */
const MOST_ENTRIES = 100;
/** The move whose two sides these are. */
const BACKFILL = "guidance";

/**
 * Answers from one side and has a share of the answers compared with what the other side says. The client never
 * waits for that and never sees it: the comparison begins once its answer is there.
 */
export function createDualRead(deps: DualReadDeps) {
  const underWay = new Set<Promise<void>>();
  return {
    async read<T>(
      about: DualRead,
      plan: { readonly from: Side; readonly share: number },
      sides: { readonly [side in Side]: () => Promise<T | undefined> },
    ): Promise<T | undefined> {
      const given = await sides[plan.from]();
      if (plan.share <= 0 || deps.random() >= plan.share) return given;
      const other = sides[plan.from === "LEGACY" ? "CANONICAL" : "LEGACY"];
      if (deps.differences === "throw") {
        const found = await findDifference(plan.from, given, other);
        if (found && !isExpected(deps, about, found))
          throw new Error(`${about.operation} of ${about.subject} differs: ${JSON.stringify(found)}`);
        return given;
      }
      if (underWay.size >= MOST_AT_ONCE) deps.counted("skipped");
      else {
        const work = compareAndKeep(deps, about, plan.from, given, other).finally(() =>
          underWay.delete(work),
        );
        underWay.add(work);
      }
      return given;
    },
    /** Resolves when the comparisons under way have ended. */
    async settle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

async function compareAndKeep(
  deps: DualReadDeps,
  about: DualRead,
  from: Side,
  given: unknown,
  other: () => Promise<unknown>,
): Promise<void> {
  try {
    const found = await findDifference(from, given, other);
    // What neither side has says nothing about what was moved, and anybody may ask for it.
    const isEmpty = given === undefined && !found;
    deps.counted(isEmpty ? "same" : await keep(deps, about, found));
  } catch (error) {
    deps.counted("failed");
    deps.log.warn(
      { err: error, operation: about.operation, subject: about.subject },
      "a dual read could not be kept",
    );
  }
}

interface Difference {
  /** RFC 6902, from the legacy answer to the canonical one; or which side failed, and why. */
  readonly diff: Json;
  readonly paths: readonly string[];
  /** The legacy side has an answer, and the canonical one has none. */
  readonly isMissing: boolean;
}

async function findDifference(
  from: Side,
  given: unknown,
  readOther: () => Promise<unknown>,
): Promise<Difference | undefined> {
  let other: unknown;
  try {
    other = await readOther();
  } catch (error) {
    const side = from === "LEGACY" ? "CANONICAL" : "LEGACY";
    return {
      diff: { failed: side, message: String(error).slice(0, 500) },
      paths: ["/failed"],
      isMissing: false,
    };
  }
  const [legacy, canonical] = from === "LEGACY" ? [given, other] : [other, given];
  // One that answers nothing differs at the root: a patch has no word for "is not there".
  const patch = jsonPatch.compare({ answer: legacy ?? null }, { answer: canonical ?? null });
  if (patch.length === 0) return undefined;
  const entries = patch.map((operation) => ({ ...operation, path: operation.path.slice("/answer".length) }));
  return {
    diff: entries.slice(0, MOST_ENTRIES) as unknown as Json,
    paths: entries.map(({ path }) => path),
    isMissing: legacy !== undefined && canonical === undefined,
  };
}

function isExpected(deps: DualReadDeps, { operation }: DualRead, { paths }: Difference): boolean {
  return isIgnored(deps.ignored, { operation, paths }, deps.now());
}

/** Counts a read that was compared, and keeps what differed. */
async function keep(deps: DualReadDeps, about: DualRead, found: Difference | undefined): Promise<Compared> {
  const thing = {
    backfill: BACKFILL,
    tenantId: about.tenantId,
    operation: about.operation,
    subject: about.subject,
  };
  const now = deps.now();
  let ignored = found !== undefined && isExpected(deps, about, found);
  await deps.inTenant(about.tenantId, async (tx) => {
    await tx.backfillComparison.upsert({
      where: { backfill_tenantId_operation_subject: thing },
      create: { ...thing, reads: 1, comparedAt: now },
      update: { reads: { increment: 1 }, comparedAt: now },
    });
    if (!found) return;
    ignored ||= found.isMissing && (await about.isLeftBehind(tx));
    // Legacy answers may hold what jsonb cannot.
    const diffJson = parseLegacyJson(JSON.stringify(found.diff)).value as object;
    await tx.backfillDifference.createMany({
      data: [{ ...thing, id: newId(), diffJson, isIgnored: ignored, createdAt: now }],
    });
  });
  if (!found) return "same";
  return ignored ? "ignored" : "different";
}
