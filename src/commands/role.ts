import type { Role } from "../access/role.ts";
import { commandDefinitions, parseCommandName } from "../scripts/registry.ts";

export type { Role } from "../access/role.ts";

/*
 * What each role may do:
 *
 *              read   edit   seal   publish, unpublish,    operate
 *                                   roll back, archive
 *   viewer      x
 *   agent       x      x
 *   editor      x      x      x
 *   publisher   x      x      x      x
 *   operator    x      x      x      x                      x
 */

/** Who may read, simulate and follow events. */
export const READERS: readonly Role[] = ["viewer", "agent", "editor", "publisher", "operator"];
/** Who may edit a draft, check a graph, and try an edit without storing it. */
export const WRITERS: readonly Role[] = ["agent", "editor", "publisher", "operator"];
/** Who may seal versions, drive runs and send generic commands. */
export const EDITORS: readonly Role[] = ["editor", "publisher", "operator"];
/** Who may change what callers of the script get. */
export const PUBLISHERS: readonly Role[] = ["publisher", "operator"];
/** Who may do what concerns the service itself. */
export const OPERATORS: readonly Role[] = ["operator"];

/** Who may submit a command, by its type. */
const ALLOWED: { readonly [type: string]: readonly Role[] } = {
  "Scripts.CreateScript": WRITERS,
  "Scripts.UpdateDetails": WRITERS,
  "Scripts.AddNode": WRITERS,
  "Scripts.UpdateNode": WRITERS,
  "Scripts.MoveNodes": WRITERS,
  "Scripts.RemoveNode": WRITERS,
  "Scripts.DuplicateNode": WRITERS,
  "Scripts.AddEdge": WRITERS,
  "Scripts.UpdateEdge": WRITERS,
  "Scripts.ReconnectEdge": WRITERS,
  "Scripts.RemoveEdge": WRITERS,
  "Scripts.SetEntryNode": WRITERS,
  "Scripts.DefineVariable": WRITERS,
  "Scripts.UpdateVariable": WRITERS,
  "Scripts.RenameVariable": WRITERS,
  "Scripts.RemoveVariable": WRITERS,
  "Scripts.ReplaceGraph": WRITERS,
  "Scripts.ApplyPatch": WRITERS,
  "Scripts.CommitVersion": EDITORS,
  "Scripts.ChangeStatus": PUBLISHERS,
  "Scripts.PublishVersion": PUBLISHERS,
  "Scripts.UnpublishVersion": PUBLISHERS,
  "Scripts.RollbackToVersion": PUBLISHERS,
};

/**
 * The roles that may submit a command, by its name (Scripts.AddNode.v1).
 *
 * A command that the table forgot is for operators. A name that stands for nothing is let through to whoever
 * may edit, so that they are told what is wrong with it.
 */
export function rolesFor(command: string): readonly Role[] {
  const type = parseCommandName(command)?.type;
  if (type === undefined || !commandDefinitions.has(type)) return WRITERS;
  return Object.hasOwn(ALLOWED, type) ? ALLOWED[type]! : OPERATORS;
}
