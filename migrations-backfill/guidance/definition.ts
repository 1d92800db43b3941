import { readFileSync } from "node:fs";
import type { BackfillDefinition } from "../core/definition.ts";
import { INVARIANTS } from "./invariants.sql.ts";
import { describeLoss, describeNativeWrites } from "./losses.sql.ts";
import { runsUnit } from "./runsUnit.ts";
import { scriptsUnit } from "./scriptsUnit.ts";

/** From the guidance tables to the canonical scripts and runs. */
export const guidance: BackfillDefinition = {
  name: "guidance",
  title: "From the guidance tables to the canonical scripts and runs",
  units: [scriptsUnit, runsUnit],
  invariants: INVARIANTS,
  legacy: {
    schema: "guidance",
    tables: [
      "Script",
      "ScriptVersion",
      "ScriptNode",
      "ScriptEdge",
      "ScriptVariable",
      "ScriptRun",
      "ScriptAnswer",
    ],
  },
  comparesReads: true,
  options: [
    {
      name: "tenantForNull",
      flags: "--tenant-for-null <id>",
      description: "the tenant of legacy scripts that have none; without it they stay behind",
    },
  ],
  sql: {
    expand: read("expand.sql") + read("grants.sql"),
    retract: read("retract.sql"),
    contract: read("contract.sql"),
  },
  describeLoss,
  describeNativeWrites,
};

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}
