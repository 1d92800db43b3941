import { canonicalJson } from "../kernel/canonicalJson.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { isObject } from "../scripts/document/handles.ts";
import { cutText } from "./cutText.ts";
import { lookUp } from "./lookUp.ts";
import type { RunData } from "./lookUp.ts";
import { RUN_LIMITS } from "./runLimits.ts";

// The same places that templateVariables finds, and {{answers.<nodeId>}}, which names no variable.
const TEMPLATE = /\{\{\s{0,20}([A-Za-z_][A-Za-z0-9_]{0,63}(?:\.[^{}\s]{1,200})?)\s{0,20}\}\}/g;
const ONE_TEMPLATE = new RegExp(`^${TEMPLATE.source}$`);

/**
 * The text with each {{key}}, {{key.member}} and {{answers.nodeId}} replaced by its value: nothing when there is
 * none, JSON for lists and objects. Cut to RUN_LIMITS.textLength characters, each value to insertLength.
 */
export function renderTemplate(text: string, data: RunData): string {
  if (!text.includes("{{")) return cutText(text, RUN_LIMITS.textLength);
  let rendered = "";
  let end = 0;
  for (const { 0: whole, 1: name, index } of text.matchAll(TEMPLATE)) {
    rendered += text.slice(end, index) + cutText(toText(lookUp(data, name!)), RUN_LIMITS.insertLength);
    end = index + whole.length;
    // A text of 50,000 templates must not become gigabytes before it is cut.
    if (rendered.length > RUN_LIMITS.textLength) break;
  }
  return cutText(rendered + text.slice(end), RUN_LIMITS.textLength);
}

/** What renderJson may still make. Changed in place: below 0, nothing more is rendered. */
export interface Room {
  /** Characters. */
  left: number;
}

/**
 * The JSON value with every text in it rendered. A text that is one template and nothing else becomes the value
 * itself, with its type: { "damage": "{{damage}}" } gives { "damage": 1200 }, and null when there is none. Keys
 * stay as they are.
 */
export function renderJson(value: Json, data: RunData, room: Room): Json {
  if (room.left < 0) return null;
  if (typeof value === "string") {
    const name = ONE_TEMPLATE.exec(value)?.[1];
    const rendered = name === undefined ? renderTemplate(value, data) : (lookUp(data, name) ?? null);
    room.left -= typeof rendered === "string" ? rendered.length : toText(rendered).length;
    return rendered;
  }
  if (Array.isArray(value)) return value.map((member: Json) => renderJson(member, data, room));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, renderJson(member, data, room)]),
  );
}

/** Canonical, because jsonb does not keep the order of keys. */
function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : canonicalJson(value);
}
