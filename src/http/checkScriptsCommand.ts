import type { Principal } from "../access/principal.ts";
import { findForbidden } from "../commands/findForbidden.ts";
import type { ScriptsPayload } from "../outbox/handlers/scriptsPayload.ts";
import { parseCommand } from "../scripts/parseCommand.ts";
import type { Problem } from "./problems.ts";
import { refusedSubmission } from "./refusedSubmission.ts";

/**
 * Why a Scripts.* command need not be stored: what POST /scripts/{scriptId}/commands says of it without a look at
 * the script. Undefined: nothing is wrong so far.
 *
 * This spares the caller the wait for a failure that is certain. The lock itself is in the submit path, which
 * asks again.
 */
export function checkScriptsCommand(
  { actor, role }: Pick<Principal, "actor" | "role">,
  { scriptId, commands }: ScriptsPayload,
): Problem | undefined {
  const forbidden = findForbidden({ actor, role, commands });
  if (forbidden) return refusedSubmission(forbidden, scriptId, false);
  for (const [index, command] of commands.entries()) {
    const parsed = parseCommand(command);
    if (parsed.kind === "parsed") continue;
    const refusals = parsed.refusals.map((reason) => ({ index, ...reason }));
    return refusedSubmission({ kind: "refused", refusals }, scriptId, false);
  }
  return undefined;
}
