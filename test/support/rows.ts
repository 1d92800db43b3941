import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { newId } from "../../src/kernel/newId.ts";
import type { AppendOutcome, AppendRequest, ScriptProjection } from "../../src/log/appendCommands.ts";
import type { LogRow } from "../../src/log/logRow.ts";
import { allowUnsoundDatabase } from "./testDatabase.ts";

// Valid rows for tests of the database itself. Their documents and hashes mean nothing.

function allowUnsound(client: Client): void {
  allowUnsoundDatabase(client.database ?? "", "rows of test/support/rows.ts mean nothing");
}

export function someHash(): string {
  return randomBytes(32).toString("hex");
}

export function logRow(row: Partial<LogRow> & Pick<LogRow, "scriptId" | "sequence">): LogRow {
  return {
    tenantId: "t1",
    id: newId(),
    commandId: newId(),
    batchId: newId(),
    type: "Scripts.UpdateNode",
    typeVersion: 1,
    payload: { nodeId: "n1", data: { title: "Hello" } },
    facts: {},
    patch: [{ op: "replace", path: "/nodes/n1/data/title", value: "Hello" }],
    inversePatch: [{ op: "remove", path: "/nodes/n1/data/title" }],
    actorType: "USER",
    actorId: "u1",
    onBehalfOf: null,
    correlationId: "c1",
    causationId: null,
    note: null,
    reducerVersion: 1,
    chainHash: someHash(),
    createdAt: new Date("2026-01-02T03:04:05.678Z"),
    ...row,
  };
}

export function projection(
  script: Partial<ScriptProjection> & Pick<ScriptProjection, "id">,
): ScriptProjection {
  return {
    tenantId: "t1",
    name: `Script ${script.id}`,
    slug: `slug-${script.id}`,
    description: null,
    status: "DRAFT",
    labels: ["sales"],
    intents: [],
    languageCodes: ["en"],
    embeddingKey: null,
    createdById: "u1",
    updatedById: "u1",
    createdAt: "2026-01-02T03:04:05.678Z",
    updatedAt: "2026-01-02T03:04:05.678Z",
    ...script,
  };
}

/** A request that appends `count` commands after `after`; 0 creates the script. */
export function appendRequest(
  input: { scriptId: string; tenantId?: string; after?: number; count?: number; commandIds?: string[] },
  more: Partial<AppendRequest> = {},
): AppendRequest {
  const { scriptId, tenantId = "t1", after = 0, commandIds = [] } = input;
  const count = input.count ?? Math.max(1, commandIds.length);
  const commands = Array.from({ length: count }, (_, index) =>
    logRow({
      tenantId,
      scriptId,
      sequence: after + 1 + index,
      ...(commandIds[index] === undefined ? {} : { commandId: commandIds[index] }),
    }),
  );
  return {
    tenantId,
    scriptId,
    expectedSequence: after,
    expectedChainHash: null,
    wait: false,
    headSequence: after + count,
    chainHash: commands.at(-1)!.chainHash,
    script: after === 0 ? projection({ tenantId, id: scriptId }) : null,
    updatedById: "u2",
    updatedAt: "2026-01-02T03:04:06.000Z",
    commands,
    ...more,
  };
}

/** Calls the database function as it is, without Prisma. */
export async function append(
  client: Client,
  ...requests: readonly AppendRequest[]
): Promise<AppendOutcome[]> {
  allowUnsound(client);
  const { rows } = await client.query<{ outcomes: AppendOutcome[] }>(
    "select scripts.append_commands($1::jsonb) as outcomes",
    [JSON.stringify(requests)],
  );
  return rows[0]!.outcomes;
}

type Row = Record<string, unknown>;

export function versionRow(row: Row): Row {
  const { version = 1, scriptId = "s1" } = row;
  return {
    tenantId: "t1",
    id: `${String(scriptId)}-v${String(version)}`,
    scriptId,
    version,
    graphJson: { schemaVersion: 1, nodes: [], edges: [] },
    variablesDef: "[]",
    streamJson: {},
    createdById: "u1",
    createdAt: "2026-01-02T03:04:05.678Z",
    fromSequence: 1,
    toSequence: 3,
    graphHash: someHash(),
    stateHash: someHash(),
    reducerVersion: 1,
    sealedAt: "2026-01-02T03:04:05.678Z",
    ...row,
  };
}

export function auditRow(row: Row = {}): Row {
  return {
    tenantId: "t1",
    id: newId(),
    scriptId: "s1",
    version: 1,
    batchId: newId(),
    actorType: "USER",
    actorId: "u1",
    action: "UPDATE",
    diffJson: "[]",
    correlationId: "c1",
    fromSequence: 1,
    toSequence: 1,
    createdAt: "2026-01-02T03:04:05.678Z",
    ...row,
  };
}

/** Inserts a row into a table of schema scripts as it is. JSON arrays are given as text. */
export async function insertRow(client: Client, table: string, row: Row): Promise<void> {
  allowUnsound(client);
  const columns = Object.keys(row).map((name) => `"${name}"`);
  const values = columns.map((_, index) => `$${index + 1}`);
  await client.query(
    `insert into scripts."${table}" (${columns.join(", ")}) values (${values.join(", ")})`,
    Object.values(row),
  );
}
