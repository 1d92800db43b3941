import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { KEY_EXPIRY_QUEUE } from "../../src/db/queues.ts";
import { routes } from "../../src/http/routes.ts";
import { newId } from "../../src/kernel/newId.ts";
import { createHttpClient, type TestResponse } from "../support/httpClient.ts";
import { openOwnerSession } from "../support/ownerSession.ts";
import { startApp, type TestApp } from "../support/startApp.ts";
import { startProcess } from "../support/startProcess.ts";

let app: TestApp;
let script = "";
beforeAll(async () => {
  app = await startApp({ env: { IDEMPOTENCY_LEASE_SECONDS: "1", IDEMPOTENCY_WAIT_SECONDS: "5" } });
});
afterAll(async () => {
  await app.stop();
});
beforeEach(async () => {
  script = `scr-${newId()}`;
  await app.client.post("/scripts", { id: script, name: "Script", slug: script });
});

const at = (path: string) => `/scripts/${script}${path}`;
const keyed = (key: string) => ({ "idempotency-key": key });
const describeAs = (description: string) => ({
  commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description } }],
});
const graphJson = {
  nodes: [
    { id: "n_start", type: "start", position: { x: 0, y: 0 }, data: {} },
    { id: "n_end", type: "end", position: { x: 0, y: 100 }, data: {} },
  ],
  edges: [{ id: "e_1", source: "n_start", target: "n_end" }],
  entryNodeId: "n_start",
};

/** The head of the script. */
async function head(): Promise<number> {
  const { body } = await app.client.get(at("/commands?limit=1"));
  return (body as { headSequence: number }).headSequence;
}

const answerOf = ({ status, body, headers }: TestResponse) => ({
  status,
  body: body as unknown,
  etag: headers.get("etag"),
  location: headers.get("location"),
});

describe("a request with an Idempotency-Key", () => {
  test("is answered again as it was, header for header, and has one effect", async () => {
    const send = () =>
      app.client.post(at("/versions"), { graphJson }, { ...keyed("version-1"), prefer: "wait=10" });
    const first = await send();
    const again = await send();
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(answerOf(again)).toEqual(answerOf(first));
    expect(again.headers.get("preference-applied")).toBe(first.headers.get("preference-applied"));
    expect(await head()).toBe(3);
  });

  test("has one effect and one answer when fifty come at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        app.client.post(at("/versions"), { graphJson }, { ...keyed("fifty"), prefer: "wait=10" }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answerOf(answer)))).size).toBe(1);
    expect(answers[0]!.status).toBe(201);
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === null)).toHaveLength(1);
    expect(await head()).toBe(3);
  });

  test("has one effect when fifty come to two processes at once", async () => {
    const other = await startApp({
      worker: false,
      database: { ...app.database, drop: async () => undefined },
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? app : other).client.post(at("/commands"), describeAs("once"), keyed("two")),
      ),
    );
    await other.stop();
    expect(new Set(answers.map((answer) => JSON.stringify(answerOf(answer)))).size).toBe(1);
    expect(await head()).toBe(2);
  });

  test("creates one script, whose id the service chose", async () => {
    const body = { name: "Made once", slug: `once-${newId()}` };
    const send = () => app.client.post("/scripts", body, keyed(`create-${script}`));
    const [first, again] = [await send(), await send()];
    expect(first.status).toBe(201);
    expect(answerOf(again)).toEqual(answerOf(first));
  });

  test("starts one run, and moves it once", async () => {
    await app.client.post(at("/versions"), { graphJson }, { prefer: "wait=10" });
    const start = () => app.client.post("/runs", { scriptId: script, version: 1 }, keyed(`run-${script}`));
    const started = await Promise.all([start(), start(), start()]);
    expect(new Set(started.map((answer) => JSON.stringify(answerOf(answer)))).size).toBe(1);
    expect(started[0].status).toBe(201);
    const finish = () =>
      app.client.post(
        `/runs/${String(started[0].body.runId)}/finish`,
        { status: "SUCCEEDED" },
        keyed(`finish-${script}`),
      );
    const [finished, again] = [await finish(), await finish()];
    expect(finished.status).toBe(200);
    expect(answerOf(again)).toEqual(answerOf(finished));
    const { body } = await app.client.get(`/runs?scriptId=${script}`);
    expect((body as { entries: unknown[] }).entries).toHaveLength(1);
  });

  test("sends one generic command", async () => {
    const envelope = { command: "Contacts.Link.v1", actor: { userId: "u1" }, context: {}, payload: {} };
    const send = () => app.client.post("/commands", envelope, keyed(`command-${script}`));
    const [sent, again] = [await send(), await send()];
    expect(sent.status).toBe(202);
    expect(answerOf(again)).toEqual(answerOf(sent));
  });

  test("sends one generic command when fifty come at once, whatever their correlation ids", async () => {
    const envelope = { command: "Contacts.Link.v1", payload: { script } };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => app.client.post("/commands", envelope, keyed(`fifty-${script}`))),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answerOf(answer)))).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get("correlation-id"))).size).toBe(1);
    const rows = await app.prisma.commandOutbox.findMany({ where: { payloadJson: { equals: { script } } } });
    expect(rows.map(({ id }) => id)).toEqual([answers[0]!.body.id]);
  });

  test("is taken by every operation that has an effect", () => {
    const without = routes.filter(
      ({ method, headers }) => method !== "get" && !headers.includes("idempotency-key"),
    );
    // Two only look, and the answer of the third is a secret, which is kept nowhere.
    expect(without.map(({ operationId }) => operationId)).toEqual([
      "validateGraph",
      "simulateScript",
      "createTicket",
    ]);
  });

  test("is not kept when the caller may not do it, and runs once they may", async () => {
    const archive = () => [at(""), { status: "ARCHIVED" }, keyed("may")] as const;
    const refused = await app.client.as({ "x-role": "viewer" }).patch(...archive());
    expect(refused.status).toBe(403);
    const allowed = await app.client.patch(...archive());
    expect([allowed.status, allowed.headers.get("idempotency-replayed")]).toEqual([200, null]);
  });

  test("is refused when the key stands for another body, path or expected head", async () => {
    const path = at("/commands");
    await app.client.post(path, describeAs("one"), keyed("reuse"));
    const others = [
      await app.client.post(path, describeAs("two"), keyed("reuse")),
      await app.client.post(path, { ...describeAs("one"), note: "more" }, keyed("reuse")),
      await app.client.post(path, describeAs("one"), { ...keyed("reuse"), "if-match": '"2"' }),
      await app.client.post("/scripts/scr_other/commands", describeAs("one"), keyed("reuse")),
    ];
    expect(others.map(({ status, body }) => [status, body.code])).toEqual(
      others.map(() => [422, "idempotency_key_reused"]),
    );
    const reordered = {
      commands: [{ payload: { description: "one" }, command: "Scripts.UpdateDetails.v1" }],
    };
    expect((await app.client.post(path, reordered, keyed("reuse"))).status).toBe(201);
    expect(await head()).toBe(2);
  });

  test("is another request for another caller, another tenant and another operation", async () => {
    const body = describeAs("mine");
    const first = await app.client.post(at("/commands"), body, keyed("shared"));
    const colleague = await app.client
      .as({ "x-actor-id": "u2" })
      .post(at("/commands"), body, keyed("shared"));
    const stranger = await app.client
      .as({ "x-tenant-id": "t2" })
      .post(at("/commands"), body, keyed("shared"));
    const elsewhere = await app.client.patch(at(""), { name: "Other" }, keyed("shared"));
    expect([first, colleague, stranger, elsewhere].map(({ status }) => status)).toEqual([201, 201, 404, 200]);
    const replayed = [colleague, stranger, elsewhere].map(({ headers }) =>
      headers.get("idempotency-replayed"),
    );
    expect(replayed).toEqual([null, null, null]);
  });

  test("is the same request with its key in quotes, and refused when the key is not one", async () => {
    await app.client.post(at("/commands"), describeAs("quoted"), keyed('"q-1"'));
    const bare = await app.client.post(at("/commands"), describeAs("quoted"), keyed("q-1"));
    expect(bare.headers.get("idempotency-replayed")).toBe("true");
    for (const key of ["", "a b", "a, b", '"a', '"a", "b"', "x".repeat(256), '""']) {
      const { status, body } = await app.client.post(at("/commands"), describeAs("no"), keyed(key));
      expect([key, status, body.code]).toEqual([key, 400, "invalid_header"]);
    }
  });

  test("is refused without a key only where one is needed", async () => {
    const none = { "idempotency-key": undefined };
    const version = await app.client.post(at("/versions"), { graphJson }, none);
    expect([version.status, version.body.code]).toEqual([400, "idempotency_key_missing"]);
    expect((await app.client.post(at("/commands"), describeAs("free"), none)).status).toBe(201);
  });

  test("keeps a refusal and a conflict", async () => {
    const stale = { ...describeAs("late"), expectedSequence: 0 };
    const conflict = await app.client.post(at("/commands"), stale, keyed("stale"));
    await app.client.post(at("/commands"), describeAs("moves on"));
    const again = await app.client.post(at("/commands"), stale, keyed("stale"));
    expect([conflict.status, again.headers.get("idempotency-replayed")]).toEqual([409, "true"]);
    expect(answerOf(again)).toEqual(answerOf(conflict));
  });

  test("does not count when it was never understood", async () => {
    const bad = await app.client.post(at("/commands"), { commands: 1 }, keyed("typo"));
    expect(bad.status).toBe(422);
    expect((await app.client.post(at("/commands"), describeAs("fixed"), keyed("typo"))).status).toBe(201);
  });

  test("may be anything anew after its day", async () => {
    await app.client.post(at("/commands"), describeAs("yesterday"), keyed("daily"));
    await using owner = await openOwnerSession(app.database);
    await owner.query(`update scripts."IdempotencyKey" set "expiresAt" = now() where key = 'daily'`);
    const today = await app.client.post(at("/commands"), describeAs("today"), keyed("daily"));
    expect([today.status, today.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect(await head()).toBe(3);
  });

  test("has its effect found again when its answer was too large to keep", async () => {
    const talk = Array.from({ length: 300 }, (_, index) => ({
      id: `n_${index}`,
      type: "message",
      position: { x: 0, y: index },
      data: { prompt: "x".repeat(4_000) },
    }));
    const large = { ...graphJson, nodes: [...graphJson.nodes, ...talk] };
    const send = () =>
      app.client.post(at("/versions"), { graphJson: large }, { ...keyed("large"), prefer: "wait=20" });
    const [first, again] = [await send(), await send()];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get("idempotency-replayed")).toBeNull();
    expect(again.body).toEqual({ ...first.body, write: { ...first.body.write, alreadyApplied: true } });
    expect(await head()).toBe(3);
  });
});

describe("when the first one is not answered", () => {
  test("a repeat waits, and then hears that the first is being worked on", async () => {
    await using owner = await openOwnerSession(app.database);
    const quick = await startApp({
      worker: false,
      database: { ...app.database, drop: async () => undefined },
      env: { IDEMPOTENCY_WAIT_SECONDS: "0" },
    });
    const release = await owner.holdKeys();
    const first = app.client.post(at("/commands"), describeAs("held"), keyed("held"));
    await owner.untilHeld(1);
    const repeat = await quick.client.post(at("/commands"), describeAs("held"), keyed("held"));
    expect([repeat.status, repeat.body.code]).toEqual([409, "idempotency_key_in_use"]);
    expect(Number(repeat.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await release();
    expect((await first).status).toBe(201);
    const later = await quick.client.post(at("/commands"), describeAs("held"), keyed("held"));
    expect([later.status, later.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    await quick.stop();
  });

  test("because the client hung up, it is done nevertheless, and the repeat has its answer", async () => {
    await using owner = await openOwnerSession(app.database);
    const release = await owner.holdKeys();
    const client = new AbortController();
    const hungUp = fetch(`${app.url}${at("/commands")}`, {
      method: "POST",
      headers: {
        authorization: "Bearer dev-token",
        "x-tenant-id": "t1",
        "x-actor-id": "u1",
        "content-type": "application/json",
        ...keyed("hung-up"),
      },
      body: JSON.stringify(describeAs("hung up")),
      signal: client.signal,
    });
    await owner.untilHeld(1);
    client.abort();
    await expect(hungUp).rejects.toThrow("aborted");
    await release();
    const repeat = await app.client.post(at("/commands"), describeAs("hung up"), keyed("hung-up"));
    expect([repeat.status, repeat.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(await head()).toBe(2);
  });

  test("an answer that could not be kept is given all the same, and the repeat finds the effect", async () => {
    await using owner = await openOwnerSession(app.database);
    const release = await owner.holdKeys();
    const send = () => app.client.post(at("/commands"), describeAs("lost"), keyed("lost"));
    const first = send();
    await owner.untilHeld(1);
    await owner.endHeld();
    await release();
    const [answered, repeat] = [await first, await send()];
    expect([answered.status, repeat.status]).toEqual([201, 201]);
    expect(repeat.headers.get("idempotency-replayed")).toBeNull();
    expect(repeat.body).toEqual({ ...answered.body, alreadyApplied: true });
    expect(await head()).toBe(2);
  });

  test("a process killed between the effect and the kept answer: the repeat finds the effect", async () => {
    await using owner = await openOwnerSession(app.database);
    const { apiUrl, ownerUrl } = app.database;
    const doomed = await startProcess({
      ROLE: "api",
      DATABASE_URL: ownerUrl,
      API_DATABASE_URL: apiUrl,
      MIGRATE: "false",
      MODE: "development",
      LOG_LEVEL: "silent",
      IDEMPOTENCY_LEASE_SECONDS: "1",
    });
    onTestFinished(async () => void (await doomed.stop()));
    const client = createHttpClient(doomed.url, {
      authorization: "Bearer dev-token",
      "x-tenant-id": "t1",
      "x-actor-id": "u1",
    });
    const release = await owner.holdKeys();
    const send = (to: typeof client) =>
      to.post(at("/versions"), { graphJson }, { ...keyed("crash"), prefer: "wait=10" });
    const unanswered = send(client).then(
      () => "answered",
      () => "cut off",
    );
    // In the log, and the answer on its way into the row.
    await owner.untilHeld(1);
    expect(await head()).toBe(3);
    process.kill(doomed.pid, "SIGKILL");
    expect(await unanswered).toBe("cut off");
    await owner.endHeld();
    await release();
    const repeat = await send(app.client);
    expect([repeat.status, repeat.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect(repeat.body.write).toMatchObject({ alreadyApplied: true, headSequence: 3 });
    expect(await head()).toBe(3);
    const [row] = await owner.query(`select "effectId" from scripts."IdempotencyKey" where key = 'crash'`);
    const { body } = await app.client.get(at("/commands?after=1&limit=10"));
    const ids = (body as { commands: { commandId: string }[] }).commands.map(({ commandId }) => commandId);
    expect(ids).toEqual([row!["effectId"], `${String(row!["effectId"])}.2`]);
    expect(answerOf(await send(app.client))).toEqual(answerOf(repeat));
  });
});

describe("the scheduled job", () => {
  test("deletes keys whose time is over, and is on the schedule", async () => {
    await app.client.post(at("/commands"), describeAs("old"), keyed(`old-${script}`));
    await app.client.post(at("/commands"), describeAs("young"), keyed(`young-${script}`));
    await using owner = await openOwnerSession(app.database);
    await owner.query(
      `update scripts."IdempotencyKey" set "expiresAt" = now() - interval '1 second' where key = 'old-${script}'`,
    );
    const [schedule] = await owner.query(
      `select cron from pgboss.schedule where name = '${KEY_EXPIRY_QUEUE}'`,
    );
    expect(schedule).toEqual({ cron: "*/10 * * * *" });
    // As the schedule does when it is time.
    await owner.query(`insert into pgboss.job_common (name, data) values ('${KEY_EXPIRY_QUEUE}', '{}')`);
    const keys = () => owner.query(`select key from scripts."IdempotencyKey" where key like '%-${script}'`);
    await expect.poll(keys, { timeout: 20_000 }).toEqual([{ key: `young-${script}` }]);
  });
});
