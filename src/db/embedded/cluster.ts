import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { majorVersion, type Binaries } from "./binaries.ts";
import type { Home } from "./home.ts";
import { runProgram } from "./runProgram.ts";

/** Owns the embedded cluster and the database in it. */
export const OWNER = "script_owner";

export interface Passwords {
  readonly owner: string;
  readonly api: string;
  readonly worker: string;
}

/** Makes the cluster if there is none yet. Says whether it did. */
export async function ensureCluster(binaries: Binaries, home: Home, durable: boolean): Promise<boolean> {
  if (existsSync(join(home.cluster, "PG_VERSION"))) {
    refuseOtherMajor(binaries, home);
    return false;
  }
  // Under another name first: a cluster that was cut short must not be taken for a whole one.
  const partial = `${home.cluster}.new`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  const passwordFile = join(home.folder, "owner-password");
  writeFileSync(passwordFile, readPasswords(home).owner, { mode: 0o600 });
  if (home.user) for (const path of [partial, passwordFile]) chownSync(path, home.user.uid, home.user.gid);
  try {
    await runProgram(binaries, home, "initdb", initdbArguments(partial, passwordFile, durable));
  } finally {
    rmSync(passwordFile);
  }
  renameSync(partial, home.cluster);
  return true;
}

/** The passwords of the cluster's users, made up at the first call and kept where only we can read them. */
export function readPasswords(home: Home): Passwords {
  if (!existsSync(home.passwords)) {
    if (existsSync(home.cluster))
      throw new Error(
        `${home.passwords} is missing, and with it the passwords of the database in ${home.cluster}. ` +
          `Put the file back, or move ${home.folder} away to start with an empty database.`,
      );
    const made: Passwords = { owner: newPassword(), api: newPassword(), worker: newPassword() };
    const partial = `${home.passwords}.new`;
    writeFileSync(partial, JSON.stringify(made, null, 2), { mode: 0o600 });
    renameSync(partial, home.passwords);
  }
  return JSON.parse(readFileSync(home.passwords, "utf8")) as Passwords;
}

// The builtin provider sorts and upper-cases the same on every machine, whatever locales it has.
function initdbArguments(folder: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${folder}`,
    `--username=${OWNER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    ...(durable ? [] : ["--no-sync"]),
  ];
}

function refuseOtherMajor(binaries: Binaries, home: Home): void {
  const made = readFileSync(join(home.cluster, "PG_VERSION"), "utf8").trim();
  const here = majorVersion(binaries);
  if (made !== here)
    throw new Error(
      `The database in ${home.cluster} was made by PostgreSQL ${made}; this service brings PostgreSQL ${here}, which cannot read it. ` +
        `Move ${home.folder} away to start with an empty database, or run PostgreSQL ${made} on it and set DATABASE_URL.`,
    );
}

function newPassword(): string {
  return randomBytes(24).toString("base64url");
}
