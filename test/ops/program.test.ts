import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";
import { installJobs } from "../../src/db/jobs.ts";
import { migrate } from "../../src/db/migrate.ts";
import { VERBS } from "../../src/ops/verbs.ts";
import { openOps, writeStory, type WrittenOps } from "./support/openOps.ts";
import { runProgram, startProgram } from "./support/runProgram.ts";

describe("the program", () => {
  let ops: WrittenOps;
  let env: Record<string, string>;
  beforeAll(async () => {
    ops = await openOps();
    await writeStory(ops, "s1");
    env = { OPERATOR_DATABASE_URL: ops.urls.operatorUrl };
  });
  afterAll(() => ops.close());

  test("names every verb in its help, and what it takes", async () => {
    const { code, out, err } = await runProgram(["--help"], {});
    for (const verb of VERBS) expect(out).toContain(verb.name.split(" ")[0]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect((await runProgram(["verify", "--help"], {})).out).toContain("hash-chain");
  });

  test("answers 0 for sound data, 2 for damage, with JSON when nobody looks on", async () => {
    const sound = await runProgram(["verify"], env);
    expect(JSON.parse(sound.out)).toMatchObject({ ok: true, scripts: 1 });
    expect(sound).toMatchObject({ code: 0, err: "" });
    await ops.damage(`update scripts."Script" set name = 'Forged'`);
    const damaged = await runProgram(["verify", "--no-json", "--check", "listing-equals-log"], env);
    expect(damaged.code).toBe(2);
    expect(damaged.out).toContain('t1 s1: The script\'s name is "Forged", its log says "Script s1".');
  });

  test.each([
    [["frobnicate"], /unknown command 'frobnicate'/],
    [["verify", "--sample", "some"], /--sample <n\|%>.* Give a whole number/],
    [["verify", "--check", "nonsense"], /There is no check "nonsense"\. There are: sequences-contiguous/],
    [["replay"], /missing required argument 'script'/],
  ])("names the option that is wrong: %j", async (argv, says) => {
    const { code, out, err } = await ops.run(...argv);
    expect(err).toMatch(says);
    expect({ code, out }).toEqual({ code: 1, out: "" });
  });

  test.each([
    [["lag"], { DATABASE_URL: "mysql://x" }, /The configuration is not valid:\n {2}DATABASE_URL/],
    [
      ["lag"],
      { DATABASE_URL: "postgresql://u@127.0.0.1:1/none" },
      /Cannot connect to the database u@127\.0\.0\.1:1\/none as script_operator/,
    ],
    [
      ["lag"],
      { DATA_DIR: join(tmpdir(), "script-ops-none") },
      /There is no database in .*script-ops-none\. Start the service once/,
    ],
  ])("tells a person what is wrong: %j", async (argv, wrong, says) => {
    const { code, out, err } = await runProgram(argv, wrong);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/^\s+at /m);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(readdirSync(tmpdir())).not.toContain("script-ops-none");
  });

  test("follows a log until Ctrl-C", async () => {
    const following = startProgram(["log", "s1", "--from", "100000", "--follow"], env);
    const shown = startProgram(["log", "s1", "--follow"], env);
    await expect.poll(shown.out, { timeout: 20_000 }).toContain('"sequence":1,');
    await ops.append("s1", { command: "Scripts.UpdateDetails.v1", payload: { name: "Seen at once" } });
    await expect.poll(shown.out, { timeout: 20_000 }).toContain("Seen at once");
    for (const { child } of [shown, following]) child.kill("SIGINT");
    expect(await Promise.all([shown.ended, following.ended])).toEqual([0, 0]);
    expect(following.out()).toBe("");
  });

  test("ends without a word when nobody reads on", async () => {
    const { child, ended } = startProgram(["log", "s1", "--follow"], env);
    child.stdout!.destroy();
    expect(await ended).toBe(0);
  });

  test("shows where an error comes from when it is being debugged", async () => {
    const { err } = await runProgram(["log", "nothing"], { ...env, LOG_LEVEL: "debug" });
    expect(err).toMatch(/^\s+at .*findScript/m);
  });

  test("hides passwords of the configuration", async () => {
    const { out } = await runProgram(["config"], { DATABASE_URL: "postgresql://u:secret@h/d" });
    expect(JSON.parse(out)).toMatchObject({ DATABASE_URL: "postgresql://u:***@h/d", ROLE: "all" });
  });
});

describe("the embedded database", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "script-ops-embedded-"));
  // As root the server runs as another user, who has to get in.
  chmodSync(dataDir, 0o711);
  const elsewhere = join(tmpdir(), "script-command-service");
  const start = () => startEmbeddedPostgres({ dataDir, durable: false, elsewhere, log: () => undefined });
  let server: Awaited<ReturnType<typeof start>> | undefined;
  beforeAll(async () => {
    server = await start();
    await migrate({ url: server.ownerUrl });
    await installJobs({ url: server.ownerUrl });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("is looked at through the server of the running service, which stays", async () => {
    const { code, out, err } = await runProgram(["doctor"], { DATA_DIR: dataDir });
    expect(err).toBe("");
    const { diagnoses, connections } = JSON.parse(out) as {
      diagnoses: { what: string; result: string }[];
      connections: { application: string }[];
    };
    expect(
      diagnoses.filter(({ what }) => /^role|disk|triggers|migrations/.test(what)).map(({ result }) => result),
    ).toEqual(["ok", "ok", "ok", "ok", "ok", "ok"]);
    expect(connections.map(({ application }) => application)).toContain("script-ops");
    expect(code).not.toBe(1);
    expect(await runProgram(["lag"], { DATA_DIR: dataDir })).toMatchObject({ code: 0 });
  });

  test("is served for the time of the command when no service runs, and free after it", async () => {
    await server!.stop();
    server = undefined;
    const { code, out } = await runProgram(["verify"], { DATA_DIR: dataDir });
    expect(JSON.parse(out)).toMatchObject({ ok: true, scripts: 0 });
    expect(code).toBe(0);
    server = await start();
    expect(server.freshlyCreated).toBe(false);
  });
});
