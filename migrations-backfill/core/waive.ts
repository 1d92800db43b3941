import { decide, refused, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";

/** Who a waiver is signed by and why. */
export interface Waiver {
  readonly by: string;
  readonly note: string;
}

/** Lets rows stay behind: they are in quarantine for good, and somebody has said so. */
export async function waive(
  deps: ControlDeps,
  definition: BackfillDefinition,
  filter: { readonly code?: string; readonly legacyId?: string },
  waiver: Waiver,
): Promise<Order & { readonly waived?: number }> {
  let waived = 0;
  const request = { verb: "quarantine", noted: "waive", details: { ...filter, ...waiver } } as const;
  const order = await decide(deps, definition, request, async (tx) => {
    const changed = await tx.backfillQuarantine.updateMany({
      where: { backfill: definition.name, status: "OPEN", ...filter },
      data: { status: "WAIVED", waivedBy: waiver.by, waiverNote: waiver.note, updatedAt: deps.now() },
    });
    waived = changed.count;
    return waived === 0 ? refused("No open row of the quarantine is like that.") : undefined;
  });
  return order.kind === "refused" ? order : { ...order, waived };
}
