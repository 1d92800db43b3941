import { Prisma } from "../../../../src/db/generated/client.ts";
import { hashJson } from "../../../../src/kernel/sha256.ts";
import { loadTip } from "../../../../src/log/loadTip.ts";
import { appendSteps, type MoveTarget } from "../../../../migrations-backfill/core/appendSteps.ts";
import { archiveScript } from "../../../../migrations-backfill/core/archiveScript.ts";
import type {
  BackfillDefinition,
  BackfillUnit,
  Prepared,
  PreparedRow,
  ReadTx,
} from "../../../../migrations-backfill/core/definition.ts";
import { isNowhere, violations } from "../../../../migrations-backfill/core/invariantQueries.sql.ts";
import { mapEdit, type EditRow, type MappedEdit } from "./mapEdit.ts";

/** The legacy table of this move: who gave a script which title, and when. */
export const HISTORIES_SQL = `
  create schema histories;
  create table histories."Edit" (
    "id" text primary key, "tenantId" text not null, "scriptId" text not null, "title" text not null,
    "editedAt" timestamptz(3) not null);
  create index on histories."Edit" ("editedAt", "id")`;

const NAME = "histories";

/** Each edit becomes a command of its script's log. Many of them have one time, so the cursor has two columns. */
const edits: BackfillUnit = {
  name: "edits",
  legacyTable: "Edit",
  kind: "edit",
  batchSize: 2,
  needsVersions: false,
  countRows: async (tx) => {
    const [row] = await tx.$queryRaw<
      { count: number }[]
    >`select count(*)::int as count from histories."Edit"`;
    return row!.count;
  },
  findUpperBound: async (tx) => {
    const [row] = await tx.$queryRaw<{ at: string; id: string }[]>`
      select "editedAt"::text as at, "id" from histories."Edit" order by "editedAt" desc, "id" desc limit 1`;
    return row ? [row.at, row.id] : null;
  },
  listKeys: async (tx, { after, upTo, limit }) => {
    const rows = await tx.$queryRaw<{ at: string; id: string }[]>`
      select "editedAt"::text as at, "id" from histories."Edit"
      where (${after?.[0] ?? null}::text is null
          or ("editedAt", "id") > (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::text))
        and ("editedAt", "id") <= (${upTo[0]}::timestamptz, ${upTo[1]}::text)
      order by "editedAt", "id"
      limit ${limit}`;
    return rows.map(({ at, id }) => [at, id]);
  },
  prepare: async (tx, [, id]) => {
    const [row] = await tx.$queryRaw<EditRow[]>`
      select "id", "tenantId", "scriptId", "title", "editedAt" from histories."Edit" where "id" = ${id}`;
    return row ? toPrepared(row) : { kind: "gone" };
  },
  listStrays: async () => [],
  takeBack: (context, { tenantId, newId: scriptId }) =>
    archiveScript(context, { tenantId, scriptId, backfill: NAME, legacyId: scriptId }),
};

function toPrepared(row: EditRow): Prepared {
  const mapped = mapEdit(row);
  if (mapped.kind === "blocked")
    return { kind: "quarantined", rows: [{ ...mapped.row, legacyTable: "Edit" }] };
  const { edit } = mapped;
  return {
    kind: "prepared",
    legacyId: row.id,
    sourceHash: hashJson({ ...edit, at: null }),
    idMap: [
      { legacyTable: "Edit", legacyId: row.id, tenantId: edit.tenantId, kind: "edit", newId: edit.scriptId },
    ],
    quarantined: [],
    findings: [],
    write: (context) => write(context, edit),
    hashCanonical: async (tx) => {
      const found = await findCommand(tx, edit);
      return found === undefined ? null : hashJson({ ...edit, name: found, at: null });
    },
    explain: async (tx) => ({ legacy: edit.name, canonical: (await findCommand(tx, edit)) ?? null }),
  };
}

const write = async (
  context: Parameters<PreparedRow["write"]>[0],
  edit: MappedEdit,
): ReturnType<PreparedRow["write"]> => {
  const { tenantId, scriptId, commandId, name, at } = edit;
  const target: MoveTarget = { tenantId, scriptId, backfill: NAME, legacyId: commandId };
  const tip = await loadTip({ prisma: context.tx }, { tenantId, scriptId });
  const stays = (code: string, message: string) =>
    ({
      kind: "quarantined",
      rows: [{ legacyTable: "Edit", legacyId: commandId.slice(NAME.length + 1), code, message }],
    }) as const;
  const known = await findCommand(context.tx, edit);
  if (known !== undefined && known !== name)
    return stays("changed_since_moved", `It is "${known}" in the log, which is never rewritten.`);
  const back = { commandId: `${commandId}.back${tip?.sequence}`, command: "Scripts.ChangeStatus.v1" };
  const commands =
    known !== undefined
      ? tip!.state.status === "ARCHIVED"
        ? [{ ...back, payload: { status: "DRAFT" } }]
        : []
      : tip
        ? [{ commandId, command: "Scripts.UpdateDetails.v1", payload: { name } }]
        : [{ commandId, command: "Scripts.CreateScript.v1", payload: { name, slug: scriptId } }];
  if (commands.length === 0) return { kind: "written" };
  const refused = await appendSteps(context, target, tip, [{ at, note: "histories", commands }]);
  return refused === undefined ? { kind: "written" } : stays("refused_by_rules", refused);
};

/** The name that an edit's command gives its script. */
async function findCommand(
  tx: ReadTx,
  { tenantId, scriptId, commandId }: MappedEdit,
): Promise<string | undefined> {
  const row = await tx.scriptCommand.findFirst({
    where: { tenantId, scriptId, commandId },
    select: { payload: true },
  });
  return (row?.payload as { readonly name: string } | undefined)?.name;
}

export const histories: BackfillDefinition = {
  name: NAME,
  title: "From the edit histories to commands",
  units: [edits],
  legacy: { schema: "histories", tables: ["Edit"] },
  // Nobody reads histories while they are moved.
  comparesReads: false,
  options: [],
  invariants: [
    {
      name: "every_edit_is_somewhere",
      rule: "A legacy edit is on the id map, or says in quarantine why it is not.",
      findViolations: violations(Prisma.sql`
        select edit."id" from histories."Edit" as edit where ${isNowhere(NAME, "Edit", Prisma.sql`edit."id"`)}`),
    },
  ],
  sql: {
    expand: `grant usage on schema histories to script_worker; grant select on histories."Edit" to script_worker;`,
    retract: "",
    contract: "drop schema if exists histories cascade;",
  },
  describeLoss: async () => [],
  describeNativeWrites: async () => [],
};
