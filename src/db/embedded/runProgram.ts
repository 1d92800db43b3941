import { execFile } from "node:child_process";
import { programPath, type Binaries, type Program } from "./binaries.ts";
import type { ServerUser } from "./serverUser.ts";

/** Runs one of PostgreSQL's programs to its end as the server's user. Throws with what it said when it fails. */
export async function runProgram(
  binaries: Binaries,
  { user }: { readonly user: ServerUser | undefined },
  program: Program,
  args: readonly string[],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // The folder that we were started in may be one that the user cannot enter.
    execFile(
      programPath(binaries, program),
      args,
      { ...user, cwd: "/", env: serverEnvironment() },
      (error, stdout, stderr) => {
        if (error)
          reject(
            new Error(`${program} failed: ${(stderr || stdout || error.message).trim()}`, { cause: error }),
          );
        else resolve();
      },
    );
  });
}

/** Our environment without what would point PostgreSQL's programs at another server or language. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("PG") && !name.startsWith("LC_"),
  );
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}
