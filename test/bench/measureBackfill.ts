import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { createLegacySchema } from "../../migrations-backfill/guidance/createLegacySchema.ts";
import { generateLegacy } from "../../migrations-backfill/guidance/generate.ts";
import { LARGE } from "../../migrations-backfill/guidance/makeLegacy.ts";
import type { BackfillTimes } from "./backfillProcess.ts";
import type { Bench } from "./openBench.ts";
import type { BenchOptions } from "./options.ts";

export interface BackfillResult extends BackfillTimes {
  /** Of the legacy tables. */
  readonly rows: { readonly [table: string]: number };
}

const PROCESS = fileURLToPath(new URL("backfillProcess.ts", import.meta.url));

/** Generates legacy data with every trap, moves it beside the running service, and verifies it. */
export async function measureBackfill(
  { ownerUrl }: Bench,
  { legacyScripts }: BenchOptions,
  tell: (text: string) => void,
): Promise<BackfillResult> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await createLegacySchema(owner);
    const { counts } = await generateLegacy(owner, {
      ...LARGE,
      scripts: legacyScripts,
      // As many of them for each script as LARGE has.
      trapsEach: Math.max(1, Math.round((LARGE.trapsEach * legacyScripts) / LARGE.scripts)),
    });
    tell(`generated ${JSON.stringify(counts)}`);
    return { rows: counts, ...(await moveInProcess(ownerUrl)) };
  } finally {
    await owner.end();
  }
}

async function moveInProcess(ownerUrl: string): Promise<BackfillTimes> {
  const child = spawn(process.execPath, [PROCESS, ownerUrl], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the process that moves the data ended with ${code}`);
  return JSON.parse(out) as BackfillTimes;
}
