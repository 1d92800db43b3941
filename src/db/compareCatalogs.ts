import { KIND_NAMES, KINDS, type Catalog, type CatalogKind } from "./catalog.ts";

/** One thing that is not as it should be. */
export interface CatalogDifference {
  readonly kind: CatalogKind;
  readonly name: string;
  /** undefined: it should not be there. */
  readonly expected: string | undefined;
  /** undefined: it is missing. */
  readonly found: string | undefined;
}

/**
 * What differs between the catalog that is wanted and the one of a database.
 *
 * exact: everything. needed: only what the service cannot do without; what the database has beside it is fine.
 * Of a table that is missing, its columns, indexes and grants are not listed as well.
 */
export function compareCatalogs(
  wanted: Catalog,
  actual: Catalog,
  how: "exact" | "needed",
): CatalogDifference[] {
  const differences = KIND_NAMES.filter((kind) => how === "exact" || KINDS[kind].isNeeded).flatMap((kind) => {
    const names = Object.keys(how === "exact" ? { ...wanted[kind], ...actual[kind] } : wanted[kind]);
    return names.map((name) => ({ kind, name, expected: wanted[kind][name], found: actual[kind][name] }));
  });
  return withoutParts(differences.filter(({ expected, found }) => expected !== found));
}

function withoutParts(differences: CatalogDifference[]): CatalogDifference[] {
  const wholes = differences.filter(
    ({ kind, found, expected }) => WHOLES.includes(kind) && (found === undefined || expected === undefined),
  );
  return differences.filter((part) => !wholes.some((whole) => whole !== part && isPartOf(part, whole)));
}

/** What takes other entries with it when it comes or goes. */
const WHOLES: readonly CatalogKind[] = [
  "tables",
  "columns",
  "constraints",
  "indexes",
  "triggers",
  "functions",
  "policies",
];

function isPartOf(part: CatalogDifference, whole: CatalogDifference): boolean {
  // "script_api: SELECT on table scripts.Script" is about scripts.Script.
  const object = part.kind === "grants" ? part.name.replace(/^.* on \w+ /, "") : part.name;
  // A unique constraint and its index have one name: the first of two kinds is the whole.
  if (object === whole.name) return KIND_NAMES.indexOf(whole.kind) < KIND_NAMES.indexOf(part.kind);
  return whole.kind === "tables" && object.startsWith(`${whole.name}.`);
}

/** One difference in a sentence. */
export function describeDifference({ kind, name, expected, found }: CatalogDifference): string {
  const object = `The ${KINDS[kind].noun} ${name}`;
  if (found === undefined) return `${object} is missing.`;
  if (expected === undefined) return `${object} is there and should not be.`;
  return `${object} is "${found}" and should be "${expected}".`;
}
