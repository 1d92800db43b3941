import type { PlanOptions } from "../../src/guidance/planScript.ts";
import type { MoveSettings } from "../core/definition.ts";

/** What the move was told, as the mapping wants it. */
export function planOptions({ asOf, options }: MoveSettings): PlanOptions {
  const { tenantForNull } = options;
  return { asOf, ...(tenantForNull === undefined ? {} : { tenantForNull }) };
}
