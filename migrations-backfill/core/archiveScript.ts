import { newId } from "../../src/kernel/newId.ts";
import { loadTip } from "../../src/log/loadTip.ts";
import { appendSteps, type MoveTarget } from "./appendSteps.ts";
import type { WriteContext } from "./definition.ts";

/** Archives a moved script: its log stays, and nobody takes it for the one that people work on. */
export async function archiveScript(
  context: Omit<WriteContext, "wasTakenBack">,
  target: MoveTarget,
): Promise<void> {
  const { tenantId, scriptId } = target;
  const tip = await loadTip({ prisma: context.tx }, { tenantId, scriptId });
  if (!tip || tip.state.status === "ARCHIVED") return;
  const refused = await appendSteps(context, target, tip, [
    {
      at: context.now,
      note: "The move of legacy data was reversed.",
      // No id of the move's: what it archives it has not moved.
      commands: [{ commandId: newId(), command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } }],
    },
  ]);
  if (refused) throw new Error(`Script ${scriptId} cannot be archived: ${refused}`);
}
