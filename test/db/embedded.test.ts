import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findBinaries } from "../../src/db/embedded/binaries.ts";
import { placeBinaries } from "../../src/db/embedded/home.ts";
import { lockHome } from "../../src/db/embedded/lockHome.ts";
import { identifyProcess } from "../../src/db/embedded/processes.ts";
import { canEnter, findServerUser } from "../../src/db/embedded/serverUser.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";

const asRoot = process.getuid?.() === 0;
const hasProc = existsSync("/proc/self/stat");

let root: string;
let dataDir: string;
let elsewhere: string;
const servers: EmbeddedPostgres[] = [];
const services: ChildProcess[] = [];

/** A data folder that was started and stopped once. Making one takes a second, copying it a twentieth of that. */
let pristine: string;

beforeAll(async () => {
  makeRoot();
  pristine = root;
  await stop(await start());
});

afterAll(() => rmSync(pristine, { recursive: true, force: true }));

beforeEach(makeRoot);

function makeRoot(): void {
  root = mkdtempSync(join(tmpdir(), "embedded-"));
  chmodSync(root, 0o711);
  dataDir = join(root, "data");
  elsewhere = join(root, "elsewhere");
}

function usePristine(): void {
  execFileSync("cp", ["-a", join(pristine, "data"), dataDir]);
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const service of services.splice(0)) await endService(service, "SIGTERM");
  rmSync(root, { recursive: true, force: true });
});

interface Started extends EmbeddedPostgres {
  readonly log: string[];
}

async function start(more: { port?: number; dataDir?: string } = {}): Promise<Started> {
  const log: string[] = [];
  const server = await startEmbeddedPostgres({
    dataDir,
    elsewhere,
    durable: false,
    log: (message) => log.push(message),
    ...more,
  });
  servers.push(server);
  return { ...server, log };
}

async function stop(server: EmbeddedPostgres): Promise<void> {
  servers.splice(0);
  await server.stop();
}

/** Starts a process that holds the database; resolves when it is up, and rejects with what it said when not. */
async function startService(
  options: { uid?: number; gid?: number } = {},
): Promise<ChildProcess & { ownerUrl: string }> {
  const service = spawn(
    process.execPath,
    ["test/support/embeddedProcess.ts", JSON.stringify({ dataDir, elsewhere })],
    {
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
    },
  );
  services.push(service);
  let said = "";
  service.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [line] = (await Promise.race([
    once(service.stdout, "data"),
    once(service, "close").then(() => Promise.reject(new Error(said))),
  ])) as [Buffer];
  const { ownerUrl } = JSON.parse(line.toString()) as { ownerUrl: string };
  return Object.assign(service, { ownerUrl });
}

async function endService(service: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const ended = once(service, "exit");
  service.kill(signal);
  await ended;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const cluster = (): string => join(dataDir, "postgres", "cluster");
const serverPid = (): number =>
  Number(readFileSync(join(cluster(), "postmaster.pid"), "utf8").split("\n")[0]);

function watcherOf(pid: number): number | undefined {
  const command = `watch-postgres\u0000${pid}\u0000`;
  return readdirSync("/proc")
    .map(Number)
    .filter((candidate) => candidate > 0)
    .find((candidate) => {
      try {
        return readFileSync(`/proc/${candidate}/cmdline`, "utf8").includes(command);
      } catch {
        return false;
      }
    });
}

describe("the embedded server", () => {
  it("keeps its data and passwords from start to start, and shows neither", async () => {
    const first = await start();
    expect(first.freshlyCreated).toBe(true);
    await query(first.ownerUrl, "create table kept (id int); insert into kept values (7)");
    await stop(first);
    const second = await start();
    expect(second.freshlyCreated).toBe(false);
    expect(await query(second.ownerUrl, "select id from kept")).toEqual([{ id: 7 }]);
    expect(new URL(second.apiUrl).password).toBe(new URL(first.apiUrl).password);
    expect(statSync(join(dataDir, "postgres", "passwords.json")).mode & 0o777).toBe(0o600);
    expect(statSync(cluster()).mode & 0o777).toBe(0o700);
  });

  it("lets in who knows a password, on 127.0.0.1 alone", async () => {
    usePristine();
    const server = await start();
    for (const url of [server.ownerUrl, server.apiUrl, server.workerUrl])
      expect(await query(url, "select host(inet_server_addr()) as at, current_user as role")).toEqual([
        { at: "127.0.0.1", role: new URL(url).username },
      ]);
    const wrong = new URL(server.ownerUrl);
    wrong.password = "guess";
    await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
    expect(await query(server.ownerUrl, "show listen_addresses")).toEqual([
      { listen_addresses: "127.0.0.1" },
    ]);
  });

  it("gives its lock back when it stops, and stops twice without harm", async () => {
    usePristine();
    const server = await start();
    await stop(server);
    await server.stop();
    expect(readdirSync(join(dataDir, "postgres")).sort()).toEqual([
      "cluster",
      "passwords.json",
      "server.log",
    ]);
  });

  it("says which port is taken", async () => {
    usePristine();
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    await expect(start({ port })).rejects.toThrow(new RegExp(`^Port ${port} on 127.0.0.1 is taken`));
    taken.close();
    await once(taken, "close");
    expect((await start({ port })).ownerUrl).toContain(`:${port}/`);
  });

  it("refuses a data folder of another major version and says the way out", async () => {
    usePristine();
    writeFileSync(join(cluster(), "PG_VERSION"), "16\n");
    await expect(start()).rejects.toThrow(
      /was made by PostgreSQL 16; this service brings PostgreSQL 18.*Move .* away .*DATABASE_URL/s,
    );
  });

  it("starts over when an earlier first start was cut short", async () => {
    usePristine();
    rmSync(cluster(), { recursive: true });
    writeFileSync(join(dataDir, "postgres", "service.lock"), "{");
    expect((await start()).freshlyCreated).toBe(true);
  });

  it("shows the end of the server's log when it does not come up", async () => {
    usePristine();
    writeFileSync(join(cluster(), "postgresql.conf"), "no_such_setting = 1\n");
    await expect(start()).rejects.toThrow(/did not start: it ended with code 1.*no_such_setting/s);
  });
});

describe("two services on one folder", () => {
  it("the second is refused and told who holds it", async () => {
    usePristine();
    const service = await startService();
    await expect(start()).rejects.toThrow(
      new RegExp(`^Another service uses this data folder: process ${service.pid} holds .*DATA_DIR`),
    );
    await expect(startService()).rejects.toThrow(new RegExp(`process ${service.pid} holds`));
    expect(await query(service.ownerUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it.runIf(hasProc)("a lock of a process whose number was given to another is taken over", () => {
    const path = join(root, "lock");
    writeFileSync(path, JSON.stringify({ pid: process.ppid, identity: "another boot:1" }));
    const release = lockHome(path);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      pid: process.pid,
      identity: identifyProcess(process.pid),
    });
    expect(() => lockHome(path)).toThrow(`process ${process.pid} holds`);
    release();
    expect(existsSync(path)).toBe(false);
  });
});

describe("after kill -9 of the service", () => {
  beforeEach(usePristine);

  it("the server ends by itself and a new start finds the data", async () => {
    const service = await startService();
    await query(service.ownerUrl, "create table kept (id int); insert into kept values (7)");
    const pid = serverPid();
    await endService(service, "SIGKILL");
    await expect.poll(() => identifyProcess(pid), { interval: 10, timeout: 10_000 }).toBeUndefined();
    const server = await start();
    expect(await query(server.ownerUrl, "select id from kept")).toEqual([{ id: 7 }]);
    expect(server.log).toEqual([]);
  });

  it.runIf(hasProc)("a server that was left behind is stopped first, with its sessions", async () => {
    const service = await startService();
    const pid = serverPid();
    const client = new Client({ connectionString: service.ownerUrl });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("create table kept (id int); insert into kept values (7)");
    process.kill(watcherOf(pid)!, "SIGKILL");
    await endService(service, "SIGKILL");
    expect(identifyProcess(pid)).toBeDefined();
    const server = await start();
    expect(server.log).toEqual([
      `Stopping the database server that an earlier run left behind (process ${pid}).`,
    ]);
    expect(identifyProcess(pid)).toBeUndefined();
    expect(await query(server.ownerUrl, "select id from kept")).toEqual([{ id: 7 }]);
  });

  it("and of the server, it recovers", async () => {
    const service = await startService();
    await query(service.ownerUrl, "create table kept (id int); insert into kept values (7)");
    const pid = serverPid();
    process.kill(pid, "SIGKILL");
    await endService(service, "SIGKILL");
    const server = await start();
    expect(await query(server.ownerUrl, "select id from kept")).toEqual([{ id: 7 }]);
  });

  it("a pid file that names some other process does that process no harm", async () => {
    const bystander = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
    writeFileSync(
      join(cluster(), "postmaster.pid"),
      `${bystander.pid}\n${cluster()}\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    expect(await query((await start()).ownerUrl, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(bystander.exitCode).toBe(null);
    await endService(bystander, "SIGKILL");
  });
});

describe("a server that ends by itself", () => {
  it("is reported", async () => {
    usePristine();
    const server = await start();
    process.kill(serverPid(), "SIGQUIT");
    await expect
      .poll(() => server.log, { interval: 10, timeout: 5_000 })
      .toEqual([expect.stringMatching(/^The database server ended by itself: .*See .*server\.log\.$/)]);
  });
});

describe.runIf(asRoot)("as root", () => {
  it("runs the server as somebody else", async () => {
    usePristine();
    await start();
    const owner = execFileSync("ps", ["-o", "uid=", "-p", String(serverPid())], { encoding: "utf8" });
    expect(Number(owner)).toBe(findServerUser(cluster())!.uid);
    expect(Number(owner)).not.toBe(0);
  });

  it("keeps the data elsewhere when the server's user cannot enter the folder, and finds it again", async () => {
    chmodSync(root, 0o700);
    elsewhere = mkdtempSync(join(tmpdir(), "elsewhere-"));
    chmodSync(elsewhere, 0o711);
    const first = await start();
    expect(first.log).toEqual([
      expect.stringMatching(/cannot enter .*data; its data is in .*elsewhere-.*linked from/),
    ]);
    expect(lstatSync(join(dataDir, "postgres")).isSymbolicLink()).toBe(true);
    await query(first.ownerUrl, "create table kept (id int)");
    await stop(first);
    const second = await start();
    expect([second.freshlyCreated, second.log]).toEqual([false, []]);
    await query(second.ownerUrl, "select id from kept");
    await stop(second);
    rmSync(dataDir, { recursive: true });
    expect((await start()).freshlyCreated).toBe(true);
    await stop(servers[0]!);
    rmSync(elsewhere, { recursive: true });
    await expect(start()).rejects.toThrow(/postgres points to .* which does not exist/);
  });

  it("copies the programs once when the server's user cannot enter their folder", () => {
    const installed = findBinaries();
    const closed = join(root, "closed");
    execFileSync("sh", [
      "-c",
      'mkdir -m 700 "$1" && cp -al "$2" "$1/native" 2>/dev/null || cp -a "$2" "$1/native"',
      "sh",
      closed,
      installed.folder,
    ]);
    const user = findServerUser(cluster())!;
    const log: string[] = [];
    const place = () =>
      placeBinaries(
        { ...installed, folder: join(closed, "native") },
        { user, elsewhere, log: (m) => log.push(m) },
      );
    const placed = place();
    expect(canEnter(user, join(placed.folder, "bin"))).toBe(true);
    expect(
      execFileSync(join(placed.folder, "bin", "postgres"), ["--version"], { ...user, encoding: "utf8" }),
    ).toMatch(/^postgres/);
    expect(place()).toEqual(placed);
    expect(log).toEqual([expect.stringMatching(/^Copying PostgreSQL to /)]);
  });

  it("and as an ordinary user it needs nobody else", async () => {
    const user = findServerUser(cluster())!;
    execFileSync("sh", ["-c", 'mkdir "$1" && chown "$2" "$1"', "sh", dataDir, `${user.uid}:${user.gid}`]);
    const service = await startService(user);
    expect(await query(service.ownerUrl, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(statSync(join(dataDir, "postgres", "passwords.json")).uid).toBe(user.uid);
  });
});
