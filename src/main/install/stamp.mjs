import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_FILE, NODE_BINARY, ROOT } from "./paths.mjs";

/** What was installed last. Inside node_modules, so that it goes when the packages go. */
const STAMP_FILE = join(ROOT, "node_modules/.install-stamp.json");
const LOCK_FILE = join(ROOT, "package-lock.json");
/** npm writes it as the last step of an installation: what is really there. */
const INSTALLED_FILE = join(ROOT, "node_modules/.package-lock.json");

/** Whether node_modules is what package-lock.json asks for, as far as the stamp of the last installation tells. */
export function packagesAreCurrent() {
  return existsSync(NODE_BINARY) && readStamp().packages === packagesFingerprint();
}

/** Whether the generated database client belongs to the schema as it is now. */
export function clientIsCurrent() {
  return existsSync(CLIENT_FILE) && readStamp().client === clientFingerprint();
}

/** @param {"packages" | "client"} part what has just been brought up to date */
export function writeStamp(part) {
  const fingerprint = part === "packages" ? packagesFingerprint() : clientFingerprint();
  writeFileSync(STAMP_FILE, `${JSON.stringify({ ...readStamp(), [part]: fingerprint }, null, 2)}\n`);
}

/**
 * Whether somebody has run a plain `npm ci` or `npm install`: all packages there, in the versions of the lock
 * file. Then there is nothing to install, and no running process loses the files under its feet.
 */
export function packagesAreComplete() {
  const installed = readJson(INSTALLED_FILE)?.packages;
  const locked = readJson(LOCK_FILE)?.packages;
  if (!installed || !locked || !existsSync(NODE_BINARY)) return false;
  const isAsLocked = ([path, entry]) => installed[path]?.version === entry.version;
  // Optional packages are left out where they are made for another platform.
  const mayBeMissing = ([path, entry]) => !installed[path] && (entry.optional || entry.devOptional);
  return (
    Object.keys(installed).every((path) => path in locked) &&
    Object.entries(locked).every((entry) => entry[0] === "" || isAsLocked(entry) || mayBeMissing(entry))
  );
}

// A folder that was copied or mounted from another system holds binaries that do not run on this one.
function packagesFingerprint() {
  return fingerprint([LOCK_FILE], `${process.platform} ${process.arch}`);
}

function clientFingerprint() {
  const folder = join(ROOT, "prisma/schema");
  const schema = readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name));
  return fingerprint([join(ROOT, "prisma.config.ts"), LOCK_FILE, ...schema], "");
}

function fingerprint(files, seed) {
  const hash = createHash("sha256").update(seed);
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`\n${file.slice(ROOT.length)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

function readStamp() {
  return readJson(STAMP_FILE) ?? {};
}

// A file that is missing or was cut off half-way says nothing: everything is then done again.
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
