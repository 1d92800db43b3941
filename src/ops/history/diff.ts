import { diffDocuments } from "../../reads/diffDocuments.ts";
import { toDocument } from "../../scripts/document/document.ts";
import { sameJson } from "../../scripts/sameJson.ts";
import { toTokens } from "../../scripts/pointer.ts";
import type { ScriptState } from "../../scripts/state.ts";
import type { PatchOperation } from "../../scripts/storedCommand.ts";
import { findScript } from "../frame/findScript.ts";
import type { Verb } from "../frame/verb.ts";
import { findPoint } from "../log/findPoint.ts";
import { replayScript } from "../log/replayScript.ts";
import { shortJson } from "./shortJson.ts";

/** What lies between two places of a script's log. */
export const diff: Verb = {
  name: "diff <script> <a> <b>",
  summary: "what changed between two points: versions (3 or v3), sequences (@120), head or times",
  run: async ({ store, output, global }, [name, a, b]) => {
    const { prisma } = await store();
    const key = await findScript({ prisma }, { name: name!, tenant: global.tenant });
    const from = await findPoint({ prisma }, key, a!);
    const to = await findPoint({ prisma }, key, b!);
    const before = await replayScript({ prisma }, { ...key, upTo: from.sequence });
    const after = await replayScript({ prisma }, { ...key, upTo: to.sequence });
    const { added, updated, removed, patch } = diffDocuments(toDocument(before), toDocument(after));
    const details = diffDetails(before, after);
    const isSame = patch.length === 0 && details.length === 0;
    const result = { ...key, from: from.sequence, to: to.sequence, added, updated, removed, details, patch };
    output.result(result, () =>
      [
        `${from.name} -> ${to.name}`,
        ...details.map(({ field, from, to }) => `~ ${field}: ${shortJson(from)} -> ${shortJson(to)}`),
        ...added.map((id) => `+ ${id}`),
        ...removed.map((id) => `- ${id}`),
        ...updated.flatMap((id) => [`~ ${id}`, ...describeFields(id, patch, before)]),
        ...(isSame ? ["The documents are the same."] : []),
      ].join("\n"),
    );
    return isSame ? 0 : 2;
  },
};

interface ChangedDetail {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What a script's row shows of it: the document has none of it. */
function diffDetails(before: ScriptState, after: ScriptState): ChangedDetail[] {
  const old: Record<string, unknown> = { ...before.details, status: before.status };
  const now: Record<string, unknown> = { ...after.details, status: after.status };
  return Object.keys(now)
    .filter((field) => !sameJson(old[field], now[field]))
    .map((field) => ({ field, from: old[field], to: now[field] }));
}

function describeFields(id: string, patch: readonly PatchOperation[], before: ScriptState): string[] {
  return patch.flatMap((operation) => {
    const tokens = toTokens(operation.path);
    const isOf = tokens.join("/") === id || tokens.slice(0, 2).join("/") === id;
    if (!isOf) return [];
    const field = tokens.slice(2).join(".") || tokens[0]!;
    const old = valueAt(before, tokens);
    const now = operation.op === "remove" ? undefined : operation.value;
    return [`    ${field}: ${shortJson(old)} -> ${shortJson(now)}`];
  });
}

function valueAt(state: ScriptState, tokens: readonly string[]): unknown {
  let at: unknown = state;
  for (const token of tokens) at = (at as { [member: string]: unknown } | undefined)?.[token];
  return at;
}
