import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { programPath, type Binaries } from "./binaries.ts";
import type { Home } from "./home.ts";
import { commandLineOf, isRunning } from "./processes.ts";
import { runProgram, serverEnvironment } from "./runProgram.ts";
import type { ServerUser } from "./serverUser.ts";

const START_TIMEOUT_MS = 60_000;
const MAX_LOG_BYTES = 10_000_000;

export interface Postmaster {
  /** Ends the server when we end without doing so. */
  readonly watcher: ChildProcess | undefined;
  /** Tells when the server ends and nobody asked it to. */
  onUnexpectedEnd(listener: (how: string) => void): void;
}

/**
 * Starts the server on 127.0.0.1 and waits until it accepts connections. Its log goes to a file.
 * Throws with the end of that log when it does not come up.
 */
export async function startPostmaster(
  binaries: Binaries,
  home: Home,
  input: { readonly port: number; readonly durable: boolean },
): Promise<Postmaster> {
  const logStart = rotateLog(home.serverLog);
  const log = openSync(home.serverLog, "a");
  // A session of its own: Ctrl-C in a terminal goes to every process of the session, and would stop the
  // server before the service has finished its work.
  const server = spawn(programPath(binaries, "postgres"), serverArguments(home, input), {
    ...home.user,
    cwd: "/",
    env: serverEnvironment(),
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  server.unref();
  await untilReady(server, home, logStart);
  const watcher = watchOver(server, home.user);
  return {
    watcher,
    onUnexpectedEnd: (listener) =>
      server.once("exit", (code, signal) => {
        if (!watcher?.killed) listener(signal ?? `code ${code}`);
        watcher?.kill("SIGKILL");
      }),
  };
}

/** Asks the server to end now: sessions are cut off, data is flushed. Returns when it is gone. */
export async function stopPostmaster(
  binaries: Binaries,
  home: Home,
  { watcher }: Pick<Postmaster, "watcher">,
): Promise<void> {
  watcher?.kill("SIGKILL");
  await stopServer(binaries, home);
}

/**
 * Ends a server that still runs on this cluster although its service is gone, and clears away the pid file of
 * one that runs no more. The caller holds the home's lock.
 *
 * PostgreSQL itself keeps to a pid file as long as any process has that number: one that got it later, or the
 * server itself, dead and not yet collected by its parent, which in some containers never happens.
 */
export async function stopOrphan(
  binaries: Binaries,
  home: Home,
  log: (message: string) => void,
): Promise<void> {
  const pid = readPid(home);
  if (pid === undefined || !isRunning(pid) || !serves(pid, home)) {
    rmSync(pidFile(home), { force: true });
    return;
  }
  log(`Stopping the database server that an earlier run left behind (process ${pid}).`);
  await stopServer(binaries, home);
}

async function stopServer(binaries: Binaries, home: Home): Promise<void> {
  const pid = readPid(home);
  if (pid === undefined || !isRunning(pid)) return;
  try {
    await runProgram(binaries, home, "pg_ctl", [
      "stop",
      "--pgdata",
      home.cluster,
      "--mode",
      "fast",
      "--timeout",
      "60",
    ]);
  } catch (error) {
    // It was ending already when pg_ctl looked for it: that is what was asked for.
    if (!(await endsWithin(pid, 5_000))) throw error;
  }
}

async function endsWithin(pid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

function serverArguments(home: Home, { port, durable }: { port: number; durable: boolean }): string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 200,
    // Statistics soon after a first start: without them a lookup can go through a script's whole log.
    autovacuum_naptime: "10s",
    timezone: "UTC",
    log_timezone: "UTC",
    // A commit still reaches the operating system before it is acknowledged: kill -9 loses nothing, a power cut may.
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  return [
    "-D",
    home.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

async function untilReady(server: ChildProcess, home: Home, logStart: number): Promise<void> {
  let ended: string | undefined;
  server.once("error", (error) => (ended = error.message));
  server.once("exit", (code, signal) => (ended = `it ended with ${signal ?? `code ${code}`}`));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!isReady(home, server.pid)) {
    if (ended === undefined && performance.now() < deadline) {
      await delay(10);
      continue;
    }
    server.kill("SIGQUIT");
    throw new Error(
      `The database server did not start: ${ended ?? `not ready after ${START_TIMEOUT_MS / 1000} s`}. ` +
        `Its log (${home.serverLog}) says:\n${readLog(home, logStart)}`,
    );
  }
}

// The last line of the server's pid file says "ready" once it accepts connections; pg_ctl looks there too.
function isReady(home: Home, pid: number | undefined): boolean {
  const lines = readPidFile(home);
  return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
}

/** The port on which the server of this home accepts connections; undefined when there is none, or not yet. */
export function findPort(home: Home): number | undefined {
  const pid = readPid(home);
  if (pid === undefined || !isReady(home, pid) || !isRunning(pid) || !serves(pid, home)) return undefined;
  return Number(readPidFile(home)[3]);
}

// A process that reads from a pipe whose other end is ours. The kernel closes our end however we end, kill -9
// included; then it asks the server for a fast shutdown. It runs as the server's user and so can signal
// nothing else of importance.
function watchOver(server: ChildProcess, user: ServerUser | undefined): ChildProcess | undefined {
  if (process.platform === "win32") return undefined;
  const watcher = spawn(
    "/bin/sh",
    ["-c", 'read -r line; kill -INT "$1"', "watch-postgres", String(server.pid)],
    {
      ...user,
      cwd: "/",
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    },
  );
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  watcher.stdin?.on("error", () => undefined);
  watcher.on("error", () => undefined);
  return watcher;
}

function serves(pid: number, home: Home): boolean {
  return commandLineOf(pid)?.includes(`-D ${home.cluster} `) ?? false;
}

function readPid(home: Home): number | undefined {
  const pid = Number(readPidFile(home)[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function readPidFile(home: Home): string[] {
  try {
    return readFileSync(pidFile(home), "utf8").split("\n");
  } catch {
    return [];
  }
}

function pidFile(home: Home): string {
  return join(home.cluster, "postmaster.pid");
}

/** Starts a new log when the old one is large. Answers where this run's part begins. */
function rotateLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= MAX_LOG_BYTES) return size;
  renameSync(path, `${path}.1`);
  return 0;
}

function readLog(home: Home, from: number): string {
  return readFileSync(home.serverLog).subarray(from).toString("utf8").trim().slice(-2_000);
}
