import type { InTenant, TenantTx } from "../db/inTenant.ts";
import type { LegacyScriptAnswer } from "../guidance/legacyShapes.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { publishInCanonical, type CanonicalPublishDeps } from "./canonicalPublish.ts";
import {
  advanceInCanonical,
  answerInCanonical,
  startInCanonical,
  type CanonicalRunDeps,
} from "./canonicalRuns.ts";
import { readCanonicalScript, type ScriptByKey } from "./canonicalScript.ts";
import { createDualRead, type DualReadDeps } from "./dualRead.ts";
import { isFrozen } from "./isFrozen.ts";
import { isLeftBehind } from "./isLeftBehind.sql.ts";
import { publishInLegacy } from "./legacyPublish.ts";
import { advanceInLegacy, answerInLegacy, startInLegacy, type LegacyRunDeps } from "./legacyRuns.ts";
import { readLegacyScript } from "./legacyScript.ts";
import type { Outcome, PublishInput, RunInput, StartInput } from "./outcome.ts";
import { SideCache } from "./sideCache.ts";
import { readSides } from "./sides.sql.ts";

export interface GuidanceDeps
  extends LegacyRunDeps, CanonicalRunDeps, CanonicalPublishDeps, Omit<DualReadDeps, "inTenant" | "now"> {
  readonly inTenant: InTenant;
  /** Makes the worker look for commands now. */
  readonly wake: () => void;
}

export type Guidance = ReturnType<typeof createGuidance>;

/**
 * The legacy routes: each asks where its tenant is served from (BackfillSwitch), and is answered there. What a
 * process knows of that is 2 s old at most (sideCache.ts).
 */
export function createGuidance(deps: GuidanceDeps) {
  const { inTenant } = deps;
  const sides = new SideCache((tenantId) => inTenant(tenantId, (tx) => readSides(tx, tenantId)), deps.now);
  const dual = createDualRead(deps);

  async function readScript(input: ScriptByKey): Promise<Outcome<LegacyScriptAnswer>> {
    const { tenantId, key } = input;
    const { reads, dualShare, isReadable } = await sides.of(tenantId);
    if (reads === "LEGACY" && !isReadable) return { kind: "not_here" };
    const answer = await dual.read(
      {
        operation: "getGuidanceScript",
        subject: key,
        tenantId,
        isLeftBehind: (tx) => isLeftBehind(tx, input),
      },
      { from: reads, share: isReadable ? dualShare : 0 },
      {
        LEGACY: () => inTenant(tenantId, (tx) => readLegacyScript(tx, input)),
        CANONICAL: () => inTenant(tenantId, (tx) => readCanonicalScript(tx, input)),
      },
    );
    return answer ? { kind: "answered", answer } : { kind: "script_not_found" };
  }

  /** Writes on the side that takes the tenant's writes, or says that none does. */
  async function write<Answer>(
    { tenantId }: { readonly tenantId: string },
    legacy: (tx: TenantTx) => Promise<Outcome<Answer>>,
    canonical: () => Promise<Outcome<Answer>>,
  ): Promise<Outcome<Answer>> {
    const { writes, isReadable, isWritable } = await sides.of(tenantId);
    if (writes === "CANONICAL") return canonical();
    if (!isReadable) return { kind: "not_here" };
    if (!isWritable) return { kind: "frozen" };
    try {
      return await inTenant(tenantId, legacy);
    } catch (error) {
      if (!isFrozen(error)) throw error;
      sides.forget(tenantId);
      return { kind: "frozen" };
    }
  }

  return {
    readScript,
    startRun: (input: StartInput) =>
      write(
        input,
        (tx) => startInLegacy(deps, tx, input),
        () => startInCanonical(deps, input),
      ),
    answer: (input: RunInput & { readonly nodeKey: string; readonly value: Json }) =>
      write(
        input,
        (tx) => answerInLegacy(deps, tx, input),
        () => answerInCanonical(deps, input),
      ),
    advance: async (input: RunInput) => {
      let sent = false;
      const dispatch: GuidanceDeps["dispatch"] = async (tx, command) => {
        await deps.dispatch(tx, command);
        sent = true;
      };
      const outcome = await write(
        input,
        (tx) => advanceInLegacy({ ...deps, dispatch }, tx, input),
        () => advanceInCanonical(deps, input),
      );
      if (sent) deps.wake();
      return outcome;
    },
    publish: (input: PublishInput) =>
      write(
        input,
        (tx) => publishInLegacy(deps, tx, input),
        () => publishInCanonical(deps, input),
      ),
    /** Resolves when the comparisons under way have ended. */
    settle: () => dual.settle(),
  };
}
