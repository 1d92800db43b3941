import type { SubmitResult } from "../commands/submission.ts";
import type { MaterializeFailure } from "../materializer/recordFailure.ts";
import { getVersion } from "../reads/getVersion.ts";
import type { VersionRow } from "../reads/versionColumns.ts";
import type { HttpDeps } from "./httpDeps.ts";
import { preferredWait } from "./preferWait.ts";
import { answer, type WriteRequest } from "./route.ts";
import { etagOf, writeReceipt } from "./submitWrite.ts";

/** Where a write stands after the wait, and what its answer's headers say. */
export interface Waited {
  readonly headers: Readonly<Record<string, string>>;
  readonly isDone: boolean;
  /** The failure that holds the script up. */
  readonly failure: MaterializeFailure | null;
}

/** Waits until the materializer has caught up with a write, as long as the caller prefers. */
export async function waitForWrite(
  deps: Pick<HttpDeps, "waitUntilMaterialized" | "config">,
  request: WriteRequest,
  result: SubmitResult,
): Promise<Waited> {
  const { waitMs, applied } = preferredWait(request.headers, deps.config.defaultWaitSeconds);
  const outcome = await deps.waitUntilMaterialized({
    tenantId: request.tenantId,
    scriptId: result.scriptId,
    sequence: result.headSequence,
    timeoutMs: waitMs,
    signal: request.hangUp(),
  });
  return {
    headers: { ...etagOf(result), ...(applied === undefined ? {} : { "preference-applied": applied }) },
    isDone: outcome.kind === "materialized",
    failure: outcome.kind === "failed" ? outcome.failure : null,
  };
}

/** Waits for a write and reads the version that it made or changed; no row: it is not there yet. */
export async function waitForVersion(
  deps: HttpDeps,
  request: WriteRequest,
  result: SubmitResult,
  version: number,
): Promise<Waited & { readonly row: VersionRow | undefined }> {
  const waited = await waitForWrite(deps, request, result);
  const key = { tenantId: request.tenantId, scriptId: result.scriptId, version };
  const row = waited.isDone
    ? await deps.inTenant(request.tenantId, (tx) => getVersion({ prisma: tx }, key))
    : undefined;
  return { ...waited, headers: { ...waited.headers, location: versionPath(result.scriptId, version) }, row };
}

/** 202: the write is in the log and will take effect; this is where to look. */
export function pending(result: SubmitResult, waited: Waited, version: number | null) {
  const { scriptId } = result;
  const location = version === null ? `/scripts/${scriptId}` : versionPath(scriptId, version);
  const materializeFailure = waited.failure;
  const body = { scriptId, version, location, materializeFailure, write: writeReceipt(result) };
  return answer(202, body, { ...waited.headers, location, "retry-after": "1" });
}

function versionPath(scriptId: string, version: number): string {
  return `/scripts/${scriptId}/versions/${version}`;
}

/** The number of the version that a batch sealed, from what it added to the state. */
export function sealedVersion(result: SubmitResult): number | undefined {
  const added = result.diff.added.findLast((id) => id.startsWith("versions/"));
  return added === undefined ? undefined : Number(added.slice("versions/".length));
}
