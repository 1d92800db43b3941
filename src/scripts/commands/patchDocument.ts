import jsonPatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import type { Json } from "../../kernel/canonicalJson.ts";
import { cloneJson } from "../cloneJson.ts";
import { own } from "../document/document.ts";
import { jsonBytes } from "../document/checkJson.ts";
import type { KeyedDocument } from "../document/document.ts";
import { toTokens } from "../pointer.ts";
import { isRecord, nextOrder } from "./editDraft.ts";
import type { ClientOperation, ClientPatch } from "./patchSchema.ts";

export type PatchOutcome =
  /** The document may still be unsound in every way. Entities that the patch does not name are shared with the input. */
  | { readonly kind: "patched"; readonly document: KeyedDocument }
  | { readonly kind: "failed"; readonly index: number; readonly code: string; readonly message: string };

type JsonRecord = Record<string, unknown>;

const PARTS = ["nodes", "edges", "variables"] as const;

/**
 * Applies a client's patch to a copy of a document, operation by operation.
 *
 * fast-json-patch takes what Object.prototype has for existing members, index 01 for 1, and sets the length of
 * lists. So the place of every operation is looked up here first, and move and copy, for which it would copy
 * the whole document each time, are handed to it as remove and add.
 *
 * maxCopiedBytes bounds what all copy operations together may copy, as JSON in UTF-8: 30 copies of an object
 * into itself make 2^30 of it. It is for decide only: what was accepted once is not measured again.
 */
export function patchDocument(
  document: KeyedDocument,
  patch: ClientPatch,
  maxCopiedBytes = Number.POSITIVE_INFINITY,
): PatchOutcome {
  const copy = copyNamed(document, patch);
  let copiedBytes = 0;
  for (const [index, operation] of patch.entries()) {
    if (operation.op === "copy") copiedBytes += bytesAt(copy, operation.from);
    const failure = copiedBytes > maxCopiedBytes ? tooLarge(maxCopiedBytes) : applyOne(copy, operation);
    if (failure) return { kind: "failed", index, ...failure };
  }
  fillOrders(copy);
  return { kind: "patched", document: copy as object as KeyedDocument };
}

/**
 * A copy that the patch can change without changing the document: deep where an operation leads, else shared.
 * What operations bring and move is copied again, so a moved part shares nothing any more.
 */
function copyNamed(document: KeyedDocument, patch: ClientPatch): JsonRecord {
  const places = patch.flatMap((operation) =>
    "from" in operation ? [toTokens(operation.from), toTokens(operation.path)] : [toTokens(operation.path)],
  );
  const { nodes, edges, variables, viewport, entryNodeId } = document;
  const copy: JsonRecord = {
    nodes: { ...nodes },
    edges: { ...edges },
    variables: { ...variables },
    viewport: { ...viewport },
    entryNodeId,
  };
  for (const [part, id] of places) {
    const entities = copy[part!];
    if (isRecord(entities) && Object.hasOwn(entities, id!)) entities[id!] = cloneJson(entities[id!]);
  }
  return copy;
}

function applyOne(document: JsonRecord, operation: ClientOperation): Failure | undefined {
  if (operation.op === "move" || operation.op === "copy") return relocate(document, operation);
  const place = findPlace(document, operation.path);
  if (place.kind === "nowhere") return place.failure;
  if (operation.op !== "add" && !place.exists) {
    return failed("patch_path_not_found", `There is nothing at ${operation.path}.`);
  }
  return applyToCopy(document, cloneJson(operation));
}

function relocate(
  document: JsonRecord,
  { op, from, path }: Extract<ClientOperation, { from: string }>,
): Failure | undefined {
  if (op === "move" && path.startsWith(`${from}/`)) {
    return failed("patch_path_invalid", `${from} cannot be moved into itself.`);
  }
  const place = findPlace(document, from);
  if (place.kind === "nowhere") return place.failure;
  if (!place.exists) return failed("patch_path_not_found", `There is nothing at ${from}.`);
  const value = place.value as Json;
  const removed = op === "move" ? applyToCopy(document, { op: "remove", path: from }) : undefined;
  return removed ?? applyOne(document, { op: "add", path, value });
}

function bytesAt(document: JsonRecord, pointer: string): number {
  const place = findPlace(document, pointer);
  return place.kind === "place" && place.exists ? jsonBytes(place.value) : 0;
}

function tooLarge(maxBytes: number): Failure {
  return failed("patch_too_large", `The patch copies more than ${maxBytes} bytes. Split it.`);
}

function applyToCopy(document: JsonRecord, operation: Operation): Failure | undefined {
  try {
    // The ban of prototype changes also bans a data member "prototype" inside "constructor". findPlace sees
    // own members only and the schema refuses __proto__, so there is no way to a prototype.
    jsonPatch.applyOperation(document, operation, true, true, false);
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return name === "TEST_OPERATION_FAILED"
      ? failed("patch_test_failed", `The value at ${operation.path} is another one.`)
      : failed("patch_not_applicable", message.split("\n", 1)[0]!);
  }
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

type Place =
  | { readonly kind: "place"; readonly exists: boolean; readonly value: unknown }
  | { readonly kind: "nowhere"; readonly failure: Failure };

/** Looks a pointer up, own members only. All but its last token must exist. */
function findPlace(document: JsonRecord, pointer: string): Place {
  let at: unknown = document;
  const tokens = toTokens(pointer);
  for (const [depth, token] of tokens.entries()) {
    const isLast = depth === tokens.length - 1;
    const place = step(at, token);
    if (place === undefined) {
      return nowhere(
        "patch_path_invalid",
        `${pointer} does not fit a list: a place is 0, 1, 2, ... or - for the end.`,
      );
    }
    if (isLast) return { kind: "place", ...place };
    if (!place.exists || !isContainer(place.value)) {
      return nowhere("patch_path_not_found", `${pointer} leads through something that is not there.`);
    }
    at = place.value;
  }
  return nowhere("patch_path_invalid", "The whole document cannot be the target.");
}

/** One step down; undefined when a list is addressed by something else than an index. */
function step(at: unknown, token: string): { exists: boolean; value: unknown } | undefined {
  if (Array.isArray(at)) {
    if (token === "-") return { exists: false, value: undefined };
    if (!/^(0|[1-9]\d{0,8})$/.test(token)) return undefined;
    return { exists: Number(token) < at.length, value: at[Number(token)] };
  }
  const record = at as JsonRecord;
  return { exists: Object.hasOwn(record, token), value: own(record, token) };
}

/** Entities that the patch added have no order: they go behind all others, sorted by id. jsonb keeps no key order. */
function fillOrders(document: JsonRecord): void {
  for (const part of PARTS) {
    const entities = document[part];
    if (!isRecord(entities)) continue;
    const without = Object.keys(entities).filter(
      (id) => isRecord(entities[id]) && !Object.hasOwn(entities[id], "order"),
    );
    if (without.length === 0) continue;
    let order = nextOrder(onlyOrdered(entities));
    for (const id of without.toSorted()) (entities[id] as JsonRecord)["order"] = order++;
  }
}

function onlyOrdered(entities: JsonRecord): { [id: string]: { order: number } } {
  const ordered = Object.entries(entities).filter(
    ([, entity]) => isRecord(entity) && typeof entity["order"] === "number",
  );
  return Object.fromEntries(ordered) as { [id: string]: { order: number } };
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function failed(code: string, message: string): Failure {
  return { code, message };
}

function nowhere(code: string, message: string): Place {
  return { kind: "nowhere", failure: { code, message } };
}
