import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { identifyProcess } from "./processes.ts";

interface Holder {
  readonly pid: number;
  /** See identifyProcess. */
  readonly identity: string;
}

/**
 * Takes a folder's lock file for this process; the returned function gives it back.
 *
 * Throws when a running process holds it, and names that process. A lock whose holder is gone, or whose
 * number belongs to a later process, is taken over.
 */
export function lockHome(path: string): () => void {
  const own = JSON.stringify({ pid: process.pid, identity: identifyProcess(process.pid) ?? "" });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own, { mode: 0o644 });
  try {
    for (let attempt = 0; !tryLink(draft, path); attempt++) {
      if (attempt === 20)
        throw new Error(`Cannot take ${path}: other processes keep taking it. Start one at a time.`);
      clearStale(path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
}

/** Whether a process that runs holds this lock file. Takes nothing. */
export function isHeld(path: string): boolean {
  const holder = parse(read(path) ?? "");
  return holder !== undefined && identifyProcess(holder.pid) === holder.identity;
}

// link() fails when the name exists, and the file is complete before it has the name.
function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function clearStale(path: string): void {
  const found = read(path);
  if (found === undefined) return;
  const holder = parse(found);
  if (holder && identifyProcess(holder.pid) === holder.identity)
    throw new Error(
      `Another service uses this data folder: process ${holder.pid} holds ${path}. ` +
        "Stop it, or set DATA_DIR to another folder.",
    );
  // Moved and looked at again, not deleted: another process may have taken the lock over since we read it.
  const moved = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, moved);
  } catch {
    return;
  }
  if (read(moved) !== found) tryLink(moved, path);
  rmSync(moved, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}
