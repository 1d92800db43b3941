import { writeFileSync } from "node:fs";
import { toSnapshot } from "../../scripts/snapshot.ts";
import { findScript } from "../frame/findScript.ts";
import { table } from "../frame/output.ts";
import type { Verb } from "../frame/verb.ts";
import { findPoint } from "../log/findPoint.ts";
import { replayScript } from "../log/replayScript.ts";

/** Makes a script's document from its log alone, and holds the version that ends there against it. */
export const replay: Verb = {
  name: "replay <script>",
  summary: "make the document from the log alone, and compare it with the version that ends there",
  addOptions: (command) =>
    command
      .option("--at <point>", "a version (3 or v3), a sequence (120 or @120), or a time", "head")
      .option("--out <file>", "write the document there"),
  run: async ({ store, output, global }, [name], options) => {
    const { prisma } = await store();
    const key = await findScript({ prisma }, { name: name!, tenant: global.tenant });
    const point = await findPoint({ prisma }, key, readAt(String(options["at"])));
    const progress = output.progress("replay", point.sequence);
    const started = performance.now();
    const state = await replayScript({ prisma, onCommands: progress.add }, { ...key, upTo: point.sequence });
    progress.end();
    const { graphJson, variablesDef, streamJson, graphHash, stateHash } = toSnapshot(state);
    const version = await prisma.scriptVersion.findFirst({
      where: { ...key, toSequence: point.sequence },
      select: { version: true, stateHash: true },
    });
    const matches = version ? version.stateHash === stateHash : null;
    const summary = {
      ...key,
      sequence: point.sequence,
      graphHash,
      stateHash,
      version: version?.version ?? null,
      matches,
      ms: Math.round(performance.now() - started),
    };
    const document = { ...summary, graphJson, variablesDef, streamJson };
    const file = options["out"] as string | undefined;
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
    output.result(file === undefined ? document : summary, () =>
      table(
        Object.entries({
          ...summary,
          nodes: graphJson.nodes.length,
          edges: graphJson.edges.length,
          variables: variablesDef.length,
          document: file ?? "with --out <file> or --json",
        }).map(([field, value]) => ({ field, value: String(value) })),
      ),
    );
    return matches === false ? 2 : 0;
  },
};

/** A bare number is a sequence here, as in the log; a version has its v. */
function readAt(text: string): string {
  return /^\d+$/.test(text) ? `@${text}` : text;
}
