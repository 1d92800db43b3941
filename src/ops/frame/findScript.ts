import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { OpsError } from "./opsError.ts";

/**
 * Finds a script by its id or slug. A tenant is needed only when several have such a script.
 *
 * Throws OpsError when there is none, or more than one.
 */
export async function findScript(
  deps: { readonly prisma: Pick<PrismaClient, "script"> },
  input: { readonly name: string; readonly tenant: string | undefined },
): Promise<ScriptKey> {
  const tenant = input.tenant === undefined ? {} : { tenantId: input.tenant };
  const select = { tenantId: true, id: true };
  // By id first: a slug of another script may read like it.
  const byId = await deps.prisma.script.findMany({ where: { id: input.name, ...tenant }, select, take: 10 });
  const found =
    byId.length > 0
      ? byId
      : await deps.prisma.script.findMany({ where: { slug: input.name, ...tenant }, select, take: 10 });
  const where = input.tenant === undefined ? "" : ` in tenant ${input.tenant}`;
  if (found.length === 0)
    throw new OpsError(
      `There is no script with id or slug "${input.name}"${where}. Check the name and --tenant.`,
    );
  if (found.length > 1)
    throw new OpsError(
      `"${input.name}" is a script of several tenants: ${found.map(({ tenantId }) => tenantId).join(", ")}. Say which with --tenant.`,
    );
  return { tenantId: found[0]!.tenantId, scriptId: found[0]!.id };
}
