import { edgeTraps } from "./traps/edgeTraps.ts";
import { nodeTraps } from "./traps/nodeTraps.ts";
import { runTraps } from "./traps/runTraps.ts";
import { scriptTraps } from "./traps/scriptTraps.ts";
import { variableTraps } from "./traps/variableTraps.ts";
import { versionTraps } from "./traps/versionTraps.ts";
import type { Traps } from "./traps/trapContext.ts";

/** Every trap by its name. Each is planted in rows of its own, so that one cannot hide another. */
export const TRAPS: Traps = {
  ...scriptTraps,
  ...versionTraps,
  ...nodeTraps,
  ...edgeTraps,
  ...variableTraps,
  ...runTraps,
};
