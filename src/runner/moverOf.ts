import type { CommandOutbox } from "../db/generated/client.ts";
import type { Mover } from "./runnerDeps.ts";

/** In whose name a command was sent. */
export function moverOf(
  row: Pick<CommandOutbox, "actorType" | "actorId" | "onBehalfOf" | "actorRole">,
): Mover {
  const { actorType: type, actorId: id, onBehalfOf, actorRole: role } = row;
  return { actor: onBehalfOf === null ? { type, id } : { type, id, onBehalfOf }, role };
}
