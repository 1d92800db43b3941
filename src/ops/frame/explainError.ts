import { findSchemaProblems } from "../../db/assertSchema.ts";
import { urlAsRole } from "../../db/connectionUrl.ts";
import { OpsError } from "./opsError.ts";
import type { OpsStore } from "./store.ts";

/**
 * What went wrong, in words of the operator: a query that fails on a database of another release says which table it
 * misses, and not why. One that has another cause is answered as it is.
 */
export async function explainError(failure: unknown, store: Pick<OpsStore, "urlFor">): Promise<unknown> {
  if (failure instanceof OpsError || !(failure instanceof Error)) return failure;
  const url = urlAsRole(store.urlFor("script_operator"), "script_operator");
  const [first, ...more] = await findSchemaProblems({ url }).catch(() => []);
  if (first === undefined) return failure;
  const others = more.length === 0 ? "" : ` And ${more.length} more.`;
  return new OpsError(
    `${failure.message.trim()}\n\nThe database is not that of this release: ${first}${others} ` +
      `"ops doctor" lists it all; starting the service once with MIGRATE=true brings an older database up.`,
    { cause: failure },
  );
}
