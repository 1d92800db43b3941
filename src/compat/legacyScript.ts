import type { TenantTx } from "../db/inTenant.ts";
import { scriptAnswerFromRows } from "../guidance/legacyFromRows.ts";
import type { LegacyScriptAnswer } from "../guidance/legacyShapes.ts";
import type { ScriptByKey } from "./canonicalScript.ts";
import { readActiveLegacyScript } from "./readLegacyScript.sql.ts";

/** GET /guidance/scripts/:key from the legacy tables; undefined when there is none, or none is ACTIVE. */
export async function readLegacyScript(
  tx: TenantTx,
  input: ScriptByKey,
): Promise<LegacyScriptAnswer | undefined> {
  const legacy = await readActiveLegacyScript(tx, input);
  return legacy && scriptAnswerFromRows(legacy);
}
