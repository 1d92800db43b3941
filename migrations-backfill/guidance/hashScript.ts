import type { Prisma } from "../../src/db/generated/client.ts";
import type { MappedDetails } from "../../src/guidance/mapDetails.ts";
import type { ScriptPlan } from "../../src/guidance/planScript.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { hashJson } from "../../src/kernel/sha256.ts";
import type { ScriptKey } from "../../src/log/logRow.ts";
import { readCommandPages } from "../../src/log/readCommands.ts";
import { toDocument } from "../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { replay } from "../../src/scripts/replay.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import type { ScriptState } from "../../src/scripts/state.ts";

/** What both sides say of a script, as far as they can be compared. Documents stand for themselves by hash. */
export interface ScriptSummary {
  readonly details: MappedDetails;
  readonly activeVersion: number | null;
  readonly versions: readonly {
    readonly version: number;
    readonly documentHash: string;
    readonly changelog: string | null;
  }[];
}

/** How the ids of the move's commands begin. */
const OURS = "guidance.";

/** What a plan leads to. */
export function summarizePlan(plan: Extract<ScriptPlan, { kind: "planned" }>): ScriptSummary {
  return {
    details: plan.details,
    activeVersion: plan.activeVersion,
    versions: plan.versions.map(({ version, document, changelog }) => ({
      version,
      documentHash: hashDocument(document),
      changelog,
    })),
  };
}

/**
 * What the log's commands of the move lead to, by replay and not by what was materialized. Edits that people made
 * after the move are not looked at, nor the versions that they made. Undefined: the move wrote no such script.
 */
export async function summarizeLog(
  tx: Prisma.TransactionClient,
  key: ScriptKey,
): Promise<ScriptSummary | undefined> {
  const last = await tx.scriptCommand.findFirst({
    where: { ...key, commandId: { startsWith: OURS } },
    orderBy: { sequence: "desc" },
    select: { sequence: true },
  });
  if (!last) return undefined;
  let state: ScriptState = EMPTY_STATE;
  const versions: ScriptSummary["versions"][number][] = [];
  for await (const page of readCommandPages({ prisma: tx }, { ...key, after: 0, upTo: last.sequence }))
    for (const command of page) {
      state = replay(state, [command]);
      if (command.type !== "Scripts.CommitVersion" || !command.commandId.startsWith(OURS)) continue;
      const { changelog = null } = command.payload as { readonly changelog?: string };
      versions.push({
        version: state.latestVersion,
        documentHash: hashDocument(toDocument(state)),
        changelog,
      });
    }
  const { name, slug, description, labels } = state.details;
  return { details: { name, slug, description, labels }, activeVersion: state.activeVersion, versions };
}

/** Versions of one statement: their documents may be large. */
const VERSIONS_AT_ONCE = 5;

/**
 * The same, and what clients are served: where the row of a version says another thing than the log, the row's
 * document stands. Versions that are not materialized yet stand as they are in the log.
 */
export async function summarizeServed(
  tx: Prisma.TransactionClient,
  key: ScriptKey,
): Promise<ScriptSummary | undefined> {
  const logged = await summarizeLog(tx, key);
  if (!logged) return undefined;
  const versions = [...logged.versions];
  for (let place = 0; place < versions.length; place += VERSIONS_AT_ONCE) {
    const rows = await tx.scriptVersion.findMany({
      where: { ...key, version: { gt: place, lte: place + VERSIONS_AT_ONCE }, sealedAt: { not: null } },
      select: { version: true, graphJson: true, variablesDef: true, changelog: true },
    });
    for (const { version, changelog, ...document } of rows)
      if (version <= versions.length)
        versions[version - 1] = {
          version,
          documentHash: hashDocument(document as unknown as ScriptDocument),
          changelog,
        };
  }
  return { ...logged, versions };
}

/**
 * Places are left out. Legacy nodes have none: they are laid out for all versions together, so a version that is
 * added later gives the nodes of earlier ones other places than those that they were sealed with.
 */
function hashDocument({ graphJson, variablesDef }: ScriptDocument): string {
  const nodes = graphJson.nodes.map((node) => ({ ...node, position: null }));
  return hashJson({ graphJson: { ...graphJson, nodes }, variablesDef });
}

/** What differs between the sides, member by member, for a person. */
export function explainDifference(planned: ScriptSummary, logged: ScriptSummary | undefined): Json {
  if (!logged) return "There is no such script on the canonical side.";
  const names = ["details", "activeVersion", "versions"] as const;
  return Object.fromEntries(
    names
      .filter((name) => hashJson(planned[name]) !== hashJson(logged[name]))
      .map((name) => [name, { legacy: planned[name], canonical: logged[name] } as unknown as Json]),
  );
}
