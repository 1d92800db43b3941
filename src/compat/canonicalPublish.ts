import type { SubmitOutcome, Submission } from "../commands/submission.ts";
import type { InTenant, TenantTx } from "../db/inTenant.ts";
import type { LegacyVersionSummary } from "../guidance/legacyShapes.ts";
import { toLegacyVersionSummary } from "../guidance/toLegacyVersion.ts";
import { getVersion } from "../reads/getVersion.ts";
import { describeVersion } from "./canonicalScript.ts";
import { findFacts, findMovedById } from "./findMoved.sql.ts";
import type { Outcome, PublishInput } from "./outcome.ts";

export interface CanonicalPublishDeps {
  readonly inTenant: InTenant;
  readonly now: () => Date;
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
  /** Waits until reads show a write, for as long as a caller waits who does not say. */
  readonly waitFor: (write: {
    readonly tenantId: string;
    readonly scriptId: string;
    readonly sequence: number;
  }) => Promise<unknown>;
}

/** POST /guidance/scripts/:id/publish as the command that it is now. */
export async function publishInCanonical(
  deps: CanonicalPublishDeps,
  input: PublishInput,
): Promise<Outcome<LegacyVersionSummary>> {
  const { tenantId } = input;
  const found = await deps.inTenant(tenantId, (tx) => findVersion(tx, input));
  if (found.kind !== "found") return found;
  const { scriptId, version } = found;
  const outcome = await deps.submit(toSubmission(input, found));
  if (outcome.kind !== "accepted") return { kind: "not_submitted", outcome, scriptId };
  await deps.waitFor({ tenantId, scriptId, sequence: outcome.result.headSequence });
  const answer = await deps.inTenant(tenantId, async (tx) => {
    const row = (await getVersion({ prisma: tx }, { tenantId, scriptId, version }))!;
    const { canonical, facts } = await describeVersion(tx, tenantId, row);
    // What is acknowledged is published, also when the row does not say so yet.
    const publishedAt = canonical.publishedAt ?? deps.now().toISOString();
    return toLegacyVersionSummary({ ...canonical, isPublished: true, publishedAt }, facts);
  });
  return { kind: "answered", answer };
}

type Found =
  | { readonly kind: "found"; readonly scriptId: string; readonly version: number }
  | { readonly kind: "script_not_found" }
  | { readonly kind: "version_not_found"; readonly version: number | undefined };

async function findVersion(tx: TenantTx, input: PublishInput): Promise<Found> {
  const { tenantId, scriptId: legacyId, version } = input;
  const moved = await findMovedById(tx, { tenantId, kind: "script", legacyId });
  const scriptId = moved?.newId ?? legacyId;
  const script = await tx.script.findUnique({
    where: { tenantId_id: { tenantId, id: scriptId } },
    select: { id: true },
  });
  if (!script) return { kind: "script_not_found" };
  const row = await tx.scriptVersion.findFirst({
    where: { tenantId, scriptId, sealedAt: { not: null }, ...(version === undefined ? {} : { version }) },
    orderBy: { version: "desc" },
    select: { version: true },
  });
  const isThere = row && !(await fillsGap(tx, tenantId, scriptId, row.version, moved?.facts?.latestVersion));
  return isThere ? { kind: "found", scriptId, version: row.version } : { kind: "version_not_found", version };
}

/** A version that only stands where a legacy number was missing is nobody's to publish. */
async function fillsGap(
  tx: TenantTx,
  tenantId: string,
  scriptId: string,
  version: number,
  latestMoved = 0,
): Promise<boolean> {
  if (version > latestMoved) return false;
  return !(await findFacts(tx, { tenantId, kind: "version", newId: `${scriptId}/${version}` }));
}

function toSubmission(
  input: PublishInput,
  { scriptId, version }: { readonly scriptId: string; readonly version: number },
): Submission {
  const { tenantId, mover, role, correlationId, traceparent, effectId: commandId } = input;
  return {
    tenantId,
    scriptId,
    actor: mover.actor,
    role,
    correlationId,
    traceparent,
    commands: [{ commandId, command: "Scripts.PublishVersion.v1", payload: { version } }],
    onConflict: "reject",
    dryRun: false,
  };
}
