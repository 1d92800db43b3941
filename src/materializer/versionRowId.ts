import type { ScriptKey } from "../log/logRow.ts";

/**
 * The id of a version's row. It follows from the script and the number, so a row keeps it when the version is
 * sealed, and a rebuild from the log gives every row the id it had.
 */
export function versionRowId({ scriptId }: Pick<ScriptKey, "scriptId">, version: number): string {
  return `${scriptId}-v${version}`;
}
