import type { Prisma } from "../db/generated/client.ts";

/** What lists show of a version: its documents can be megabytes. */
export const VERSION_SUMMARY_COLUMNS = {
  id: true,
  scriptId: true,
  version: true,
  changelog: true,
  isPublished: true,
  createdById: true,
  createdAt: true,
  fromSequence: true,
  toSequence: true,
  graphHash: true,
  stateHash: true,
  reducerVersion: true,
  sealedAt: true,
} as const satisfies Prisma.ScriptVersionSelect;

/** A version with its documents, without what only a replay needs. */
export const VERSION_COLUMNS = {
  ...VERSION_SUMMARY_COLUMNS,
  graphJson: true,
  variablesDef: true,
} as const satisfies Prisma.ScriptVersionSelect;

export type VersionSummaryRow = Prisma.ScriptVersionGetPayload<{ select: typeof VERSION_SUMMARY_COLUMNS }>;
export type VersionRow = Prisma.ScriptVersionGetPayload<{ select: typeof VERSION_COLUMNS }>;
