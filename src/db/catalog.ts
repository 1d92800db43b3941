import { readFileSync } from "node:fs";

/**
 * What a database is made of, as text: per kind of object its names, each with what counts about it. Sorted, so
 * that the same schema gives the same JSON on PostgreSQL 15 to 18, whoever owns it.
 */
export type Catalog = { readonly [kind in CatalogKind]: { readonly [name: string]: string } };

export type CatalogKind = keyof typeof KINDS;

/**
 * Kind by kind: how a message calls one of them, and whether the service refuses to start without it. The
 * others hold what PostgreSQL makes of a definition in its own words: they are compared where the words are those
 * of a known version, in tests and by the operator, so that a start never fails over a newer server's spelling.
 */
export const KINDS = {
  roles: { noun: "role", isNeeded: true },
  enums: { noun: "enum", isNeeded: true },
  tables: { noun: "table", isNeeded: true },
  tableRules: { noun: "storage of table", isNeeded: false },
  columns: { noun: "column", isNeeded: true },
  columnRules: { noun: "rule of column", isNeeded: false },
  constraints: { noun: "constraint", isNeeded: true },
  constraintDefinitions: { noun: "definition of constraint", isNeeded: false },
  indexes: { noun: "index", isNeeded: true },
  indexDefinitions: { noun: "definition of index", isNeeded: false },
  triggers: { noun: "trigger", isNeeded: true },
  triggerDefinitions: { noun: "definition of trigger", isNeeded: false },
  functions: { noun: "function", isNeeded: true },
  functionDefinitions: { noun: "definition of function", isNeeded: false },
  policies: { noun: "policy", isNeeded: true },
  policyDefinitions: { noun: "definition of policy", isNeeded: false },
  sequences: { noun: "sequence", isNeeded: true },
  grants: { noun: "grant", isNeeded: true },
} as const;

export const KIND_NAMES = Object.keys(KINDS) as CatalogKind[];

/** Schemas that prisma/migrations makes. */
export const CATALOG_SCHEMAS = ["scripts", "backfill"] as const;

/** Where the catalog of a database at the newest migration is kept. */
export const CATALOG_FILE = new URL("../../prisma/catalog.json", import.meta.url);

/** The command that writes CATALOG_FILE anew. */
export const CATALOG_COMMAND = "npm run catalog";

/** The catalog that this version of the code was written for. */
export function readCommittedCatalog(): Catalog {
  return JSON.parse(readFileSync(CATALOG_FILE, "utf8")) as Catalog;
}
