import { Client } from "pg";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { CHECK_NAMES } from "../../src/ops/verify/checks.ts";
import { runVerify } from "../../src/ops/verify/runVerify.ts";

/** Violations that a message lists per check. */
const MAX_EXAMPLES = 3;
/** Tests leave commands that wait; none of them runs this long, in ms. */
const STUCK_AFTER_MS = 3_600_000;

/**
 * What the operators' verifier has to say against a database, in sentences; none when every promise is kept. A
 * database without scripts is not looked at: about 10 ms, else about 100 ms.
 */
export async function findUnsound(urls: {
  readonly ownerUrl: string;
  readonly operatorUrl: string;
}): Promise<string[]> {
  if (!(await hasScripts(urls.ownerUrl))) return [];
  const database = await openDatabase({
    url: urls.operatorUrl,
    role: "script_operator",
    poolSize: 2,
    applicationName: "test-verify",
  });
  try {
    const report = await runVerify(
      {
        prisma: database.prisma,
        now: () => new Date(),
        onCommands: () => undefined,
        stopping: new AbortController().signal,
      },
      {
        checks: new Set(CHECK_NAMES),
        selection: { tenantId: null, scriptId: null, since: null, sample: null, seed: "" },
        parallel: 1,
        maxExamples: MAX_EXAMPLES,
        stuckAfterMs: STUCK_AFTER_MS,
        checkpoint: undefined,
      },
    );
    return report.checks.flatMap(({ check, examples }) =>
      examples.map(
        ({ tenantId, scriptId, message }) =>
          `${check}: ${[tenantId, scriptId].filter(Boolean).join("/")} ${message}`,
      ),
    );
  } finally {
    await database.close();
  }
}

async function hasScripts(ownerUrl: string): Promise<boolean> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ there: string | null }>(
      `select to_regclass('scripts."ScriptStream"')::text as there`,
    );
    if (rows[0]!.there === null) return false;
    return (await client.query(`select from scripts."ScriptStream" limit 1`)).rowCount === 1;
  } finally {
    await client.end();
  }
}
