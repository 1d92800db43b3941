import { capRole } from "../access/capRole.ts";
import { rolesFor } from "./role.ts";
import type { Submission, SubmitOutcome } from "./submission.ts";

/**
 * The first command of a batch that its submitter's role may not submit; undefined: they may submit them all.
 * A dry run needs the same role: it answers what the command would do.
 */
export function findForbidden(
  submission: Pick<Submission, "actor" | "role" | "commands">,
): Extract<SubmitOutcome, { kind: "forbidden" }> | undefined {
  const role = capRole(submission.role, submission.actor.type);
  for (const [index, { command }] of submission.commands.entries()) {
    const allowed = rolesFor(command);
    if (allowed.includes(role)) continue;
    const message = `The role ${role} may not submit ${command}. These may: ${allowed.join(", ")}.`;
    return { kind: "forbidden", index, command, role, allowed, message };
  }
  return undefined;
}
