import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import type { ScriptCheck } from "./checks.ts";
import type { Findings } from "./findings.ts";
import type { ScriptFacts } from "./readScript.ts";

/** What the checks of one script share during the pass over its log. */
export interface PassContext {
  readonly prisma: Pick<PrismaClient, "scriptVersion" | "scriptAuditLog">;
  readonly key: ScriptKey;
  readonly facts: ScriptFacts;
  readonly findings: Findings;
}

/** Takes note of a violation of the script at hand. */
export function report(
  { findings, key }: Pick<PassContext, "findings" | "key">,
  check: ScriptCheck,
  message: string,
  sequence?: number,
): void {
  findings.add({ check, ...key, ...(sequence === undefined ? {} : { sequence }), message });
}
