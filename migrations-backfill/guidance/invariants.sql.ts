import { Prisma } from "../../src/db/generated/client.ts";
import type { Invariant } from "../core/definition.ts";
import { isNowhere, violations } from "../core/invariantQueries.sql.ts";

/** What must hold once the data is moved, each as a query for the rows that break it. */
export const INVARIANTS: readonly Invariant[] = [
  {
    name: "every_script_is_somewhere",
    rule: "A legacy script is on the id map, or it or a part of it says in quarantine why it is not.",
    findViolations: violations(Prisma.sql`
      select script."id" as "legacyId", script."key"
      from guidance."Script" as script
      where ${isNowhere("guidance", "Script", Prisma.sql`script."id"`)}
        and ${holdsNothingBack(Prisma.sql`script."id"`)}`),
  },
  {
    name: "every_version_is_somewhere",
    rule: "A legacy version is on the id map, or it or its script says in quarantine why it is not.",
    findViolations: violations(Prisma.sql`
      select version."id" as "legacyId", version."scriptId", version."version"
      from guidance."ScriptVersion" as version
      where ${isNowhere("guidance", "ScriptVersion", Prisma.sql`version."id"`)}
        and ${holdsNothingBack(Prisma.sql`version."scriptId"`)}`),
  },
  {
    name: "every_run_is_somewhere",
    rule: "A legacy run is on the id map, or says in quarantine why it is not.",
    findViolations: violations(Prisma.sql`
      select run."id" as "legacyId", run."scriptId"
      from guidance."ScriptRun" as run
      where ${isNowhere("guidance", "ScriptRun", Prisma.sql`run."id"`)}`),
  },
  {
    name: "every_answer_is_somewhere",
    rule: "A legacy answer is on the id map, or it or its run says in quarantine why it is not.",
    findViolations: violations(Prisma.sql`
      select answer."id" as "legacyId", answer."runId"
      from guidance."ScriptAnswer" as answer
      where ${isNowhere("guidance", "ScriptAnswer", Prisma.sql`answer."id"`)}
        and ${holdsNothingBack(Prisma.sql`answer."runId"`)}`),
  },
  {
    name: "moved_rows_have_their_legacy_rows",
    rule: "What is on the id map was not deleted behind the move. Put the row back, or reverse and start again.",
    findViolations: violations(Prisma.sql`
      select moved."legacyTable", moved."legacyId"
      from backfill."BackfillIdMap" as moved
      where moved."backfill" = 'guidance' and moved."takenBackAt" is null
        and not exists (select from guidance."Script" where "id" = moved."legacyId" and moved."legacyTable" = 'Script')
        and not exists (select from guidance."ScriptVersion" where "id" = moved."legacyId" and moved."legacyTable" = 'ScriptVersion')
        and not exists (select from guidance."ScriptRun" where "id" = moved."legacyId" and moved."legacyTable" = 'ScriptRun')
        and not exists (select from guidance."ScriptAnswer" where "id" = moved."legacyId" and moved."legacyTable" = 'ScriptAnswer')`),
  },
  {
    name: "moved_scripts_are_materialized",
    // What people edit meanwhile is always behind for a moment.
    rule: "The versions that the move made of every moved script are written.",
    findViolations: violations(Prisma.sql`
      select stream."tenantId", stream."scriptId", stream."headSequence", stream."materializedSequence"
      from backfill."BackfillIdMap" as moved
      join scripts."ScriptStream" as stream
        on stream."tenantId" = moved."tenantId" and stream."scriptId" = moved."newId"
      where moved."backfill" = 'guidance' and moved."kind" = 'script'
        and stream."materializedSequence" < stream."headSequence"
        and exists (
          select from scripts."ScriptCommand" as command
          where command."tenantId" = stream."tenantId" and command."scriptId" = stream."scriptId"
            and command."sequence" > stream."materializedSequence" and command."actorType" = 'BACKFILL')`),
  },
  {
    name: "moved_versions_have_rows",
    rule: "Every moved version is a sealed version of its script, under the number it had.",
    findViolations: violations(Prisma.sql`
      select moved."legacyId", moved."newId"
      from backfill."BackfillIdMap" as moved
      where moved."backfill" = 'guidance' and moved."kind" = 'version'
        and not exists (
          select from scripts."ScriptVersion" as version
          where version."tenantId" = moved."tenantId"
            and version."scriptId" || '/' || version."version" = moved."newId"
            and version."scriptId" = split_part(moved."newId", '/', 1)
            and version."sealedAt" is not null)`),
  },
  {
    name: "moved_runs_have_rows",
    rule: "Every moved run is there, pinned to the version it ran.",
    findViolations: violations(Prisma.sql`
      select moved."legacyId", moved."newId"
      from backfill."BackfillIdMap" as moved
      join guidance."ScriptRun" as legacy on legacy."id" = moved."legacyId"
      left join scripts."ScriptRun" as run on run."tenantId" = moved."tenantId" and run."id" = moved."newId"
      where moved."backfill" = 'guidance' and moved."kind" = 'run'
        and run."version" is distinct from legacy."scriptVersion"`),
  },
];

/** A row whose owner stays behind as a whole stays behind with it: no row of its unit is on the id map. */
function holdsNothingBack(ownerId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`not exists (
    select from backfill."BackfillQuarantine"
    where "backfill" = 'guidance' and "unitKey" ->> 0 = ${ownerId} and "status" <> 'RESOLVED'
      and not exists (
        select from backfill."BackfillIdMap"
        where "backfill" = 'guidance' and "legacyId" = ${ownerId} and "kind" in ('script', 'run')))`;
}
