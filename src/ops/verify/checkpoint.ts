import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { ScriptKey } from "../../log/logRow.ts";
import { OpsError } from "../frame/opsError.ts";
import { CHECK_NAMES } from "./checks.ts";
import type { CheckResult } from "./findings.ts";

const name = z.enum(CHECK_NAMES as [(typeof CHECK_NAMES)[number], ...(typeof CHECK_NAMES)[number][]]);
const finding = z.object({
  check: name,
  tenantId: z.string().exactOptional(),
  scriptId: z.string().exactOptional(),
  sequence: z.number().exactOptional(),
  message: z.string(),
});
const schema = z.object({
  kind: z.literal("verify-checkpoint"),
  /** What was asked for: a checkpoint goes on with the same question only. */
  question: z.string(),
  /** Every script up to this one, in key order, is done. */
  after: z.object({ tenantId: z.string(), scriptId: z.string() }).nullable(),
  scripts: z.number(),
  commands: z.number(),
  results: z.array(
    z.object({
      check: name,
      says: z.string(),
      looked: z.number(),
      violations: z.number(),
      examples: z.array(finding),
    }),
  ),
});

export interface Checkpoint {
  readonly question: string;
  readonly after: ScriptKey | null;
  readonly scripts: number;
  readonly commands: number;
  readonly results: readonly CheckResult[];
}

/** Undefined: there is none yet. Throws OpsError when the file is something else, or of another question. */
export function readCheckpoint(path: string, question: string): Checkpoint | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new OpsError(`Cannot read ${path}: ${(error as Error).message}.`);
  }
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new OpsError(`${path} is no checkpoint of verify. Name another file, or remove this one.`);
  if (parsed.data.question !== question)
    throw new OpsError(
      `${path} belongs to a verify with other options (${parsed.data.question}). ` +
        "Run it with those, or remove the file to begin anew.",
    );
  return parsed.data;
}

/** Whole or not at all: a process that is killed meanwhile leaves the one before. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  const draft = `${path}.new`;
  writeFileSync(draft, JSON.stringify({ kind: "verify-checkpoint", ...checkpoint }, null, 2));
  renameSync(draft, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
