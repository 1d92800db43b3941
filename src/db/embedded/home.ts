import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Binaries } from "./binaries.ts";
import { canEnter, findServerUser, type ServerUser } from "./serverUser.ts";

/**
 * Where one embedded server keeps its things: the cluster itself, its passwords, its log and our lock.
 *
 * Normally <data folder>/postgres. When we are root and the server's user cannot enter the data folder (it
 * lies below /root, say), a folder that it can enter, and <data folder>/postgres is a link to it.
 */
export interface Home {
  readonly folder: string;
  readonly cluster: string;
  readonly passwords: string;
  readonly lock: string;
  readonly serverLog: string;
  readonly user: ServerUser | undefined;
}

/** Where root keeps what the server's user cannot reach otherwise. */
export const SHARED_STATE = "/var/lib/script-command-service";

/** Finds or makes the home for a data folder. `elsewhere` is where to go when the server's user cannot enter it. */
export function placeHome(input: {
  dataDir: string;
  elsewhere: string;
  log: (message: string) => void;
}): Home {
  const dataDir = resolve(input.dataDir);
  const place = join(dataDir, "postgres");
  mkdirSync(dataDir, { recursive: true });
  const pointer = readPointer(place);
  if (pointer) return makeHome(pointer);
  const user = findServerUser(join(place, "cluster"));
  if (!user || canEnter(user, dataDir)) return makeHome(place);
  if (existsSync(join(place, "cluster")))
    throw new Error(
      `The user that runs PostgreSQL can no longer enter ${dataDir}, where the database is. ` +
        "Let it enter the folders above again, move the data folder to where it can, or start as the user who owns it.",
    );
  const outside = placeOutside(dataDir, place, input.elsewhere);
  input.log(
    `The user that runs PostgreSQL cannot enter ${dataDir}; its data is in ${outside.folder}, linked from ${place}.`,
  );
  return outside;
}

// A new folder each time: whoever removed the data folder wants an empty database, and whoever moved it away
// wants to keep the one that its link still points to.
function placeOutside(dataDir: string, place: string, elsewhere: string): Home {
  const hash = createHash("sha256").update(dataDir).digest("hex").slice(0, 12);
  makeEnterable(elsewhere);
  const folder = mkdtempSync(join(elsewhere, `${hash}-`));
  chmodSync(folder, 0o711);
  try {
    symlinkSync(folder, place);
  } catch (error) {
    rmdirSync(folder);
    // Another service that starts at this moment made the link first; the lock says which of us goes on.
    const pointer = readPointer(place);
    if (!pointer) throw error;
    return makeHome(pointer);
  }
  return makeHome(folder);
}

/** The binaries where the server's user can run them: in place, or a copy made once per version. */
export function placeBinaries(
  binaries: Binaries,
  input: { user: ServerUser | undefined; elsewhere: string; log: (message: string) => void },
): Binaries {
  if (!input.user || canEnter(input.user, join(binaries.folder, "bin"))) return binaries;
  const folder = join(input.elsewhere, `postgresql-${binaries.packageVersion}`);
  if (!isOurs(folder)) {
    input.log(`Copying PostgreSQL to ${folder}: its user cannot enter ${binaries.folder}.`);
    copyWhole(binaries.folder, folder);
  }
  return { ...binaries, folder };
}

function readPointer(place: string): string | undefined {
  if (!lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  const target = resolve(place, "..", readlinkSync(place));
  if (!existsSync(target))
    throw new Error(
      `${place} points to ${target}, which does not exist: the database was moved or deleted. ` +
        `Put the folder back, or remove ${place} to start with an empty database.`,
    );
  return target;
}

function makeHome(folder: string): Home {
  makeEnterable(folder);
  const cluster = join(folder, "cluster");
  return {
    folder,
    cluster,
    passwords: join(folder, "passwords.json"),
    lock: join(folder, "service.lock"),
    serverLog: join(folder, "server.log"),
    user: findServerUser(cluster),
  };
}

// Enter and no more: the passwords in it are ours alone. Set explicitly, the umask may be stricter.
function makeEnterable(folder: string): void {
  if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o711);
}

// In a folder such as /tmp somebody else could have put programs under this name.
function isOurs(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return false;
  if (found.uid === process.getuid?.()) return true;
  throw new Error(`${folder} belongs to another user. Remove it, so that PostgreSQL can be copied there.`);
}

// Under another name first: a copy that was cut short must not be taken for a whole one.
function copyWhole(from: string, to: string): void {
  const partial = `${to}.${process.pid}`;
  makeEnterable(dirname(to));
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!existsSync(to)) throw error;
  }
}
