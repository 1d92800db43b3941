import { decideBatch } from "../scripts/decideBatch.ts";
import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { findProblems, type Finding } from "../scripts/findProblems.ts";

interface Validation {
  readonly valid: boolean;
  readonly problems: { readonly code: string; readonly path: string; readonly message: string }[];
  readonly findings: Finding[];
}

/**
 * Checks a graph as if it replaced that of an empty script, by the same command that would: what this lets
 * pass can be stored, and the other way round.
 */
export function validateDocument(document: {
  readonly graphJson: unknown;
  readonly variablesDef?: unknown;
}): Validation {
  const { graphJson, variablesDef = [] } = document;
  const command = { command: "Scripts.ReplaceGraph.v1", payload: { graphJson, variablesDef } };
  const decision = decideBatch({ state: EMPTY_STATE, sequence: 1 }, [command], NOTHING_KNOWN);
  if (decision.kind === "refused") {
    const problems = decision.refusals.map(({ code, path, message }) => ({ code, path, message }));
    return { valid: false, problems, findings: [] };
  }
  const findings = findProblems(decision.state);
  return { valid: findings.every(({ severity }) => severity !== "error"), problems: [], findings };
}

const NOTHING_KNOWN = { sealedDocument: () => undefined };
