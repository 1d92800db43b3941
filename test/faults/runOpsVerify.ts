import { runProgram } from "../ops/support/runProgram.ts";

/** Runs the operators' verifier over the whole database; undefined: it is clean, else what it says. */
export async function runOpsVerify(ownerUrl: string): Promise<string | undefined> {
  const { code, out, err } = await runProgram(["verify", "--stuck-after", "1"], { DATABASE_URL: ownerUrl });
  return code === 0 ? undefined : `ops verify ended with ${code}:\n${out}${err}`;
}
