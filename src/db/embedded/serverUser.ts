import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

/** Who the server runs as. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The unprivileged user for the server, undefined when we are one ourselves. An existing cluster stays with
 * the user who owns it.
 */
export function findServerUser(cluster: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster);
    if (uid !== 0) return { uid, gid };
  }
  const user = lookUp("postgres") ?? lookUp("nobody");
  if (!user)
    throw new Error(
      "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody. " +
        "Start the service as another user, or set DATABASE_URL.",
    );
  return user;
}

/** Whether the user can enter a folder: every folder above it counts, and any access list on them. */
export function canEnter(user: ServerUser, folder: string): boolean {
  const tried = spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", folder], { ...user, cwd: "/", stdio: "ignore" });
  return tried.status === 0;
}

function lookUp(name: string): ServerUser | undefined {
  try {
    const ask = (flag: string): number =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: ask("-u"), gid: ask("-g") };
  } catch {
    return undefined;
  }
}
