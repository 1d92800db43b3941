import type { Client } from "pg";
import { allowUnsoundDatabase } from "../../support/testDatabase.ts";

/** Makes a stored command one that this reducer does not know, as after a rollback of a deployment. */
export async function poison(
  owner: Client,
  command: { readonly scriptId: string; readonly sequence: number },
): Promise<void> {
  allowUnsoundDatabase(owner.database ?? "", "a command is not the one that was appended");
  const table = `alter table scripts."ScriptCommand"`;
  await owner.query(`${table} disable trigger "ScriptCommand_append_only"`);
  await owner.query(
    `update scripts."ScriptCommand" set type = 'Scripts.Teleport' where "scriptId" = $1 and sequence = $2`,
    [command.scriptId, command.sequence],
  );
  await owner.query(`${table} enable always trigger "ScriptCommand_append_only"`);
}
