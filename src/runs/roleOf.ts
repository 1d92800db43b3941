import type { GraphNode } from "../scripts/storedCommand.ts";

/** What the runner does at a node: wait for an answer, send an action, end, or go on. */
export type Role = "ask" | "act" | "end" | "pass";

/**
 * The role of a node. A node of a custom type asks when it has options or names a variable to fill, and is
 * passed like a message otherwise.
 */
export function roleOf({ type, data }: Pick<GraphNode, "type" | "data">): Role {
  switch (type) {
    case "question":
    case "choice":
      return "ask";
    case "action":
      return "act";
    case "end":
      return "end";
    case "start":
    case "message":
    case "condition":
      return "pass";
    default: {
      const hasOptions = Array.isArray(data["options"]) && data["options"].length > 0;
      return hasOptions || typeof data["variable"] === "string" ? "ask" : "pass";
    }
  }
}
