import { Client } from "pg";
import { OpsError } from "../../src/ops/frame/opsError.ts";
import { table } from "../../src/ops/frame/output.ts";
import { parseCount } from "../../src/ops/frame/parseOption.ts";
import type { Verb } from "../../src/ops/frame/verb.ts";
import { createLegacySchema } from "../guidance/createLegacySchema.ts";
import { generateLegacy } from "../guidance/generate.ts";
import { SMALL } from "../guidance/makeLegacy.ts";
import { parseWhole, refuseDryRun } from "./frame.ts";

/** Legacy tables with generated rows, to try a move on. */
export const demoData: Verb = {
  name: "backfill demo-data",
  summary: "make legacy guidance tables with generated rows, to try a move on; refused where there are any",
  addOptions: (command) => {
    command
      .option("--scripts <n>", "scripts without anything wrong", parseCount, 200)
      .option("--traps <n>", "how often each kind of broken row is planted", parseWhole, 1);
  },
  run: async (session, _, options) => {
    refuseDryRun(session);
    const store = await session.store();
    if (store.ownerUrl === undefined)
      throw new OpsError("This makes tables and needs the database's owner: set DATABASE_URL to its URL.");
    const client = new Client({ connectionString: store.ownerUrl, application_name: "script-ops" });
    await client.connect();
    try {
      const { rows } = await client.query(`select from pg_namespace where nspname = 'guidance'`);
      if (rows.length > 0)
        throw new OpsError(
          `There is a schema guidance in ${store.where} already, and it stays as it is. Take another database for a try.`,
        );
      await createLegacySchema(client);
      const { counts, manifest } = await generateLegacy(client, {
        ...SMALL,
        scripts: options["scripts"] as number,
        trapsEach: options["traps"] as number,
      });
      const planted = manifest.filter(({ expect }) => expect === "quarantine").length;
      const lines = Object.entries(counts).map(([name, count]) => ({
        table: `guidance.${name}`,
        rows: count,
      }));
      session.output.result({ rows: counts, planted }, () =>
        [table(lines), `${planted} of them cannot be moved. Next: "backfill expand".`].join("\n"),
      );
      return 0;
    } finally {
      await client.end();
    }
  },
};
