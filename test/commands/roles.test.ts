import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLES, type Role } from "../../src/access/role.ts";
import { commandNames } from "../../src/scripts/registry.ts";
import { startApp, type TestApp } from "../support/startApp.ts";
import { addNode, openWriter, type Writer } from "../support/openWriter.ts";

/*
 * Who may submit which command: each role at each command at each door. The table is written out here once
 * more, so that a slip in the code's own table does not prove itself right.
 */

const SEALS = ["CommitVersion"];
const PUBLISHES = ["ChangeStatus", "PublishVersion", "UnpublishVersion", "RollbackToVersion"];

function rolesOf(command: string): readonly Role[] {
  const [, type] = /^Scripts\.(\w+)\.v\d+$/u.exec(command)!;
  if (PUBLISHES.includes(type!)) return ["publisher", "operator"];
  if (SEALS.includes(type!)) return ["editor", "publisher", "operator"];
  return ["agent", "editor", "publisher", "operator"];
}

let app: TestApp;
let writer: Writer;
beforeAll(async () => {
  app = await startApp({ env: { DEFAULT_WAIT_SECONDS: "0" } });
  writer = await openWriter(app.database.apiUrl);
  await app.client.post("/scripts", { id: "scr", name: "Script", slug: "script" });
});
afterAll(async () => {
  await writer.close();
  await app.stop();
});

const matrix = commandNames.flatMap((command) => ROLES.map((role) => [role, command] as const));

describe.each(matrix)("%s and %s", (role, command) => {
  const mayNot = !rolesOf(command).includes(role);
  const forbidden = { index: 0, command, role, allowed: rolesOf(command) };

  test.each([false, true])(`at the submit path, dry run: %s`, async (dryRun) => {
    // A script that nobody made: whoever is let through changes nothing either.
    const outcome = await writer.submit("nobodys", [{ command, payload: null }], { role, dryRun });
    if (mayNot) expect(outcome).toMatchObject({ kind: "forbidden", ...forbidden });
    else expect(outcome.kind).not.toBe("forbidden");
  });

  const edit = { command, payload: null };
  test.each([
    ["/scripts/nobodys/commands", { commands: [edit] }],
    ["/commands", { ...edit, payload: { scriptId: "nobodys", payload: null } }],
    [
      "/commands",
      { command: "Scripts.ApplyCommands.v1", payload: { scriptId: "nobodys", commands: [edit] } },
    ],
  ])("at POST %s", async (path, sent) => {
    const { status, body } = await app.client.as({ "x-role": role }).post(path, sent);
    if (!mayNot) expect(status).not.toBe(403);
    else {
      const details = role === "viewer" ? { role } : forbidden;
      expect([status, body.code, body.details]).toEqual([
        403,
        "role_insufficient",
        expect.objectContaining(details),
      ]);
    }
  });
});

describe("at POST /commands", () => {
  test("an agent edits, and a viewer sends nothing", async () => {
    const envelope = {
      command: "Scripts.AddNode.v1",
      payload: { scriptId: "scr", payload: addNode("by-outbox").payload },
      actor: {},
      context: {},
    };
    const agent = app.client.as({ "x-actor-id": "helper", "x-actor-type": "AI_AGENT" });
    const sent = await agent.post("/commands", envelope, { prefer: "wait=20", "idempotency-key": "agent" });
    expect([sent.status, sent.body.status]).toEqual([200, "COMPLETED"]);
    const viewer = app.client.as({ "x-role": "viewer" });
    expect((await viewer.post("/commands", envelope, { "idempotency-key": "viewer" })).status).toBe(403);
  });
});

describe("an AI agent", () => {
  const agent = { type: "AI_AGENT", id: "helper" } as const;

  test.each(["editor", "publisher", "operator"] as const)(
    "with a token of a %s is an agent nevertheless",
    async (role) => {
      const outcome = await writer.submit("scr", [{ command: "Scripts.CommitVersion.v1", payload: {} }], {
        actor: agent,
        role,
      });
      expect(outcome).toMatchObject({ kind: "forbidden", role: "agent" });
    },
  );

  test("with a token of a viewer is no more than that", async () => {
    const outcome = await writer.submit("scr", [addNode("n")], { actor: agent, role: "viewer" });
    expect(outcome).toMatchObject({ kind: "forbidden", role: "viewer" });
  });

  test("gets nothing through that stands in a batch with what it may do", async () => {
    const before = await app.prisma.scriptCommand.count();
    const batch = [addNode("n"), { command: "Scripts.CommitVersion.v1", payload: {} }];
    const outcome = await writer.submit("scr", batch, { actor: agent, role: "agent" });
    expect(outcome).toMatchObject({ kind: "forbidden", index: 1 });
    expect(await app.prisma.scriptCommand.count()).toBe(before);
  });

  test("may not seal, publish, roll back or archive by the operations made for that", async () => {
    const client = app.client.as({ "x-actor-id": "helper", "x-actor-type": "AI_AGENT" });
    const graph = { graphJson: { nodes: [], edges: [] } };
    const key = { "idempotency-key": "by-agent" };
    const answers = [
      await client.post("/scripts/scr/commit", {}),
      await client.post("/scripts/scr/versions", graph, key),
      await client.post("/scripts/scr/versions/1/publish", {}),
      await client.post("/scripts/scr/versions/1/unpublish", {}),
      await client.post("/scripts/scr/rollback", { version: 1 }),
      await client.patch("/scripts/scr", { status: "ARCHIVED" }),
      await client.patch("/scripts/scr", { name: "Renamed", status: "DRAFT" }),
    ];
    for (const { status, body } of answers)
      expect([status, body.code, body.details.role]).toEqual([403, "role_insufficient", "agent"]);
    expect((await client.patch("/scripts/scr", { name: "Renamed" })).status).toBe(200);
  });
});

test("a command that nobody knows is refused as such, not for the role", async () => {
  const outcome = await writer.submit("scr", [{ command: "Scripts.Fly.v1", payload: {} }], { role: "agent" });
  expect(outcome.kind).toBe("refused");
});
