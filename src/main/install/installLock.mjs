import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InstallError } from "./installError.mjs";
import { ROOT } from "./paths.mjs";

// Beside node_modules, not inside: npm ci deletes everything inside.
const LOCK_FILE = join(ROOT, ".install.lock");
/** First line of the lock file; each further line is the id of a process that works for the holder. */
const OWN_NAME = `${hostname()} ${process.pid}`;
const STEAL_GUARD = `${LOCK_FILE}.steal`;
const POLL_MS = 200;
const HEARTBEAT_MS = 2_000;
/**
 * A holder whose heartbeat stood still for this long, on the clock of the one that waits, is gone: soon when its
 * processes cannot be seen from this host; late when they can, for a process id may have been given to another.
 */
const SILENT_ELSEWHERE_MS = 20_000;
const SILENT_HERE_MS = 600_000;

/**
 * Does the work while nobody else installs in this folder: two npm ci at once leave half a node_modules.
 *
 * A holder that died is noticed at once by its process ids on the same host, and by its silence from another
 * host or container that shares the folder.
 */
export async function withInstallLock(work) {
  await acquire();
  const heartbeat = setInterval(touch, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    release();
  }
}

/**
 * Says that a process started by the holder is at work too. npm outlives its parent's kill -9 and goes on
 * deleting and writing: without this the next npm ci failed with ENOTEMPTY beside it.
 */
export function lockAlsoFor(pid) {
  if (isOurs()) appendFileSync(LOCK_FILE, `${pid}\n`);
}

async function acquire() {
  let seen = { stamp: "", sinceMs: 0 };
  let told = false;
  while (!tryToTake()) {
    if (!told)
      console.log(
        `Another process installs here. Waiting for it (if there is none, remove ${LOCK_FILE}) ...`,
      );
    told = true;
    const holder = readHolder();
    const stamp = holder ? `${holder.text} ${holder.touchedMs}` : "";
    if (stamp !== seen.stamp) seen = { stamp, sinceMs: performance.now() };
    if (holder && isGone(holder.text, performance.now() - seen.sinceMs)) steal(holder.text);
    await sleep(POLL_MS);
  }
}

function tryToTake() {
  try {
    writeFileSync(LOCK_FILE, `${OWN_NAME}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw new InstallError(
      `Packages have to be installed, but ${ROOT} cannot be written (${error.code}).\nRun the same command as a user who may write there.`,
    );
  }
}

// The guard lets one waiter steal at a time, and the second look tells whether the lock is still the dead one:
// else the slower of two waiters would remove the lock that the faster one has just taken.
function steal(deadText) {
  try {
    mkdirSync(STEAL_GUARD);
  } catch {
    return;
  }
  try {
    if (readHolder()?.text === deadText) unlinkSync(LOCK_FILE);
  } finally {
    rmdirSync(STEAL_GUARD);
  }
}

function release() {
  if (isOurs()) unlinkSync(LOCK_FILE);
}

function isOurs() {
  return readHolder()?.text.startsWith(`${OWN_NAME}\n`) ?? false;
}

function touch() {
  try {
    utimesSync(LOCK_FILE, new Date(), new Date());
  } catch {
    // Removed by hand: the work goes on, and the next one may start.
  }
}

function readHolder() {
  try {
    return { text: readFileSync(LOCK_FILE, "utf8"), touchedMs: statSync(LOCK_FILE).mtimeMs };
  } catch {
    return undefined;
  }
}

function isGone(text, silentMs) {
  const [host, ...pids] = text.trim().split(/\s+/);
  if (host !== hostname() || pids.length === 0) return silentMs > SILENT_ELSEWHERE_MS;
  return silentMs > SILENT_HERE_MS || !pids.some((pid) => isRunning(Number(pid)));
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}
