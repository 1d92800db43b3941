import type { ActorType } from "../scripts/storedCommand.ts";
import type { Role } from "./role.ts";

/** The role that counts: an AI agent never has more than the role agent, whatever its credential says. */
export function capRole(role: Role, actorType: ActorType): Role {
  return actorType === "AI_AGENT" && role !== "viewer" ? "agent" : role;
}
