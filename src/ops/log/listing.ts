import type { Prisma } from "../../db/generated/client.ts";
import type { LogRow } from "../../log/logRow.ts";
import { sameJson } from "../../scripts/sameJson.ts";
import type { ScriptState } from "../../scripts/state.ts";

type ScriptRow = Prisma.ScriptGetPayload<object>;

/** What the log says about a script's row. Its pointers are left to the materializer. */
export type Listing = Omit<ScriptRow, "tenantId" | "id" | "activeVersionId" | "latestVersion">;

/** The row as the first and the last command and the state after the last one give it. */
export function listingOf(
  state: Pick<ScriptState, "details" | "status">,
  { first, last }: { readonly first: LogRow; readonly last: LogRow },
): Listing {
  return {
    ...state.details,
    labels: [...state.details.labels],
    intents: [...state.details.intents],
    languageCodes: [...state.details.languageCodes],
    status: state.status,
    createdById: first.actorId,
    createdAt: first.createdAt,
    updatedById: last.actorId,
    updatedAt: last.createdAt,
  };
}

/** Names of the members in which a row differs from what its log says. */
export function differingMembers(row: ScriptRow, listing: Listing): (keyof Listing)[] {
  return (Object.keys(listing) as (keyof Listing)[]).filter(
    (name) => !sameJson(toJson(row[name]), toJson(listing[name])),
  );
}

function toJson(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
