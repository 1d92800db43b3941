import type { BackfillDefinition } from "./core/definition.ts";
import { guidance } from "./guidance/definition.ts";

/** Every move there is. */
export const DEFINITIONS: readonly BackfillDefinition[] = [guidance];
