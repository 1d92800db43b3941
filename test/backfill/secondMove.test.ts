import { afterAll, beforeAll, expect, test } from "vitest";
import { complete, finalize } from "../../migrations-backfill/core/complete.ts";
import { reverse } from "../../migrations-backfill/core/reverse.ts";
import { planMove } from "../../migrations-backfill/core/planMove.ts";
import { switchReads, switchWrites } from "../../migrations-backfill/core/switchSides.ts";
import { histories, HISTORIES_SQL } from "./support/histories/definition.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { expectDone, moveAll, verifyAll } from "./support/steps.ts";

/* A move that has nothing to do with guidance, by the same engine. */

let move: TestMove;

beforeAll(async () => {
  move = await openMove({ data: { scripts: 0, trapsEach: 0 }, isExpanded: false });
  await move.owner.query(HISTORIES_SQL);
  // Five edits of one moment: a cursor on the time alone would loop for ever, or leave some behind.
  await move.owner.query(`
    insert into histories."Edit"
    select 'e' || n, 'tenant-1', 'script-' || n % 3, 'Title ' || n, timestamptz '2024-01-01' + (n / 5) * interval '1 h'
    from generate_series(1, 12) as n;
    insert into histories."Edit" values ('bad', 'tenant-1', 'script-1', ' ', '2024-02-01')`);
});
afterAll(async () => {
  await move.stop();
});

const names = async (): Promise<unknown[]> =>
  (await move.deps.prisma.script.findMany({ orderBy: { id: "asc" } })).map(({ id, name, status }) => [
    id,
    name,
    status,
  ]);

test(
  "edit histories are moved from expand to contract, with a way back until then",
  { timeout: 120_000 },
  async () => {
    const { deps } = move;
    await moveAll(deps, {}, histories);
    const moved = [
      ["script-0", "Title 12", "DRAFT"],
      ["script-1", "Title 10", "DRAFT"],
      ["script-2", "Title 11", "DRAFT"],
    ];
    expect(await names()).toEqual(moved);
    const plan = await planMove(deps, histories, {
      options: {},
      onRows: () => undefined,
      stopping: new AbortController().signal,
    });
    expect(plan).toMatchObject({
      units: [{ unit: "edits", rows: 13, movable: 12 }],
      quarantined: [{ code: "title_empty", rows: 1 }],
    });
    expect(await verifyAll(deps, histories)).toEqual(["1 row(s) stand in quarantine; 0 are allowed."]);

    expectDone(await reverse(deps, histories, { acceptLoss: false }));
    expect((await names()).map((row) => (row as string[])[2])).toEqual(["ARCHIVED", "ARCHIVED", "ARCHIVED"]);
    await move.owner.query(`
    update histories."Edit" set "title" = 'Title 13', "editedAt" = '2024-03-01' where "id" = 'bad'`);
    await moveAll(deps, {}, histories);
    expect(await verifyAll(deps, histories)).toEqual([]);
    moved[1]![1] = "Title 13";
    expect(await names()).toEqual(moved);

    // No read is compared, because nobody reads them.
    const everybody = { tenantId: "*", to: "CANONICAL" } as const;
    expectDone(await switchReads(deps, histories, { ...everybody, dualShare: 0 }));
    expectDone(await switchWrites(deps, histories, everybody));
    expectDone(await finalize(deps, histories));
    await move.owner.query(`alter table histories."Edit" disable trigger "frozen"`);
    await move.owner.query(`update histories."Edit" set "title" = 'Other' where "id" = 'e3'`);
    expect(await complete(deps, histories, { acceptLoss: false })).toMatchObject({
      kind: "refused",
      reasons: ['"edits_agree" is broken by 1 row(s).', '"legacy_tables_are_frozen" is broken by 1 row(s).'],
    });
    await move.owner.query(`update histories."Edit" set "title" = 'Title 3' where "id" = 'e3'`);
    await move.owner.query(`alter table histories."Edit" enable always trigger "frozen"`);
    expectDone(await complete(deps, histories, { acceptLoss: false }));
    const { rows } = await move.owner.query(`select to_regnamespace('histories')::text as there`);
    expect(rows).toEqual([{ there: null }]);
  },
);
