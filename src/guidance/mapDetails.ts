import type { LegacyScriptRow } from "./legacyRows.ts";
import { legible, slugOf } from "./names.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

const NAME_LENGTH = 200;
const DESCRIPTION_LENGTH = 5_000;
const LABEL_LENGTH = 100;
const MOST_LABELS = 50;

/** The payload of Scripts.CreateScript.v1. */
export interface MappedDetails {
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly labels: readonly string[];
}

/** Maps what a script is called. `mustDiffer`: its key may be another script's as well. */
export function mapDetails(
  problems: Problems,
  row: LegacyScriptRow,
  scriptId: string,
  mustDiffer: boolean,
): MappedDetails {
  const slug = slugOf(row.key, scriptId, mustDiffer);
  if (slug !== row.key) find(problems, "slug_made", "Script", row.id, `It is ${slug}.`);
  const name = legible(row.title.trim() || row.key.trim() || row.id, NAME_LENGTH).trim();
  if (name !== row.title) find(problems, "title_repaired", "Script", row.id);
  const description = row.description === null ? null : legible(row.description, DESCRIPTION_LENGTH);
  if (description !== row.description) find(problems, "description_cut", "Script", row.id);
  const cut = row.tags.filter((tag) => tag !== "").map((tag) => legible(tag, LABEL_LENGTH));
  const labels = [...new Set(cut)].slice(0, MOST_LABELS);
  if (labels.length !== row.tags.length || labels.some((label, place) => label !== row.tags[place]))
    find(problems, "tags_repaired", "Script", row.id);
  return { name, slug, description, labels };
}
