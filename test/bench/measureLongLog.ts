import { benchHeaders, post } from "./api.ts";
import { drain } from "./drain.ts";
import { HttpConnection } from "./httpConnection.ts";
import type { Target } from "./loadJob.ts";
import { makeScript } from "./makeScripts.ts";
import type { Bench } from "./openBench.ts";
import type { BenchOptions } from "./options.ts";
import { sendEdit } from "./sendEdit.ts";
import { quantile } from "./statistics.ts";

export interface LongLogRow {
  readonly script: string;
  readonly logCommands: number;
  readonly nodes: number;
  readonly editP50Ms: number;
  readonly editP99Ms: number;
  /** Reading the whole document at the head. */
  readonly graphP50Ms: number;
  /** The first edit after a restart of the service, which has nothing in memory then. */
  readonly coldEditMs: number;
}

const TENANT = "bench-long";
const BATCH = 500;
const EDITS = 300;
const READS = 20;
const WARM_UP = 30;

/** The same edits on two scripts of the same size, one with a short log and one with a long one, in turns. */
export async function measureLongLog(
  bench: Bench,
  options: BenchOptions,
  tell: (text: string) => void,
): Promise<LongLogRow[]> {
  const { longLogNodes: nodes, longLogCommands } = options;
  for (const id of ["short", "long"]) await makeScript(bench.service.url, TENANT, id, nodes);
  await growLog(bench.service.url, "long", nodes, longLogCommands, tell);
  await drain(bench.ownerUrl);
  const scripts = ["short", "long"];
  const warm = await measureWarm(bench.service.url, scripts, nodes);
  await drain(bench.ownerUrl);
  await bench.restartService();
  const rows: LongLogRow[] = [];
  for (const script of scripts) {
    const cold = await withConnection(bench.service.url, (connection) =>
      timeEdit(connection, targetOf(bench.service.url, script, nodes)),
    );
    const { edits, reads } = warm.get(script)!;
    rows.push({
      script,
      logCommands: cold.sequence,
      nodes,
      editP50Ms: quantile(edits, 0.5),
      editP99Ms: quantile(edits, 0.99),
      graphP50Ms: quantile(reads, 0.5),
      coldEditMs: cold.ms,
    });
  }
  return rows;
}

async function growLog(
  url: string,
  id: string,
  nodes: number,
  commands: number,
  tell: (text: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  for (let sent = 0; sent < commands; sent += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, commands - sent) }, (_, index) => {
      const nodeId = `n${(sent + index) % nodes}`;
      return {
        command: "Scripts.UpdateNode.v1",
        payload: { nodeId, data: { prompt: `Text number ${sent + index}` } },
      };
    });
    await post(url, TENANT, `/scripts/${id}/commands`, { commands: batch });
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  tell(
    `a log of ${commands} commands in batches of ${BATCH}: ${seconds.toFixed(1)} s, ${(commands / seconds).toFixed(0)}/s`,
  );
}

interface Warm {
  readonly edits: number[];
  readonly reads: number[];
}

async function measureWarm(
  url: string,
  scripts: readonly string[],
  nodes: number,
): Promise<Map<string, Warm>> {
  const measured = new Map<string, Warm>(scripts.map((id) => [id, { edits: [], reads: [] }]));
  await withConnection(url, async (connection) => {
    for (let turn = 0; turn < WARM_UP + EDITS; turn++)
      // In turns: the second edit of a turn meets the worker, which is busy with the first one's script.
      for (const [id, { edits }] of turn % 2 === 0 ? measured : [...measured].toReversed()) {
        const { ms } = await timeEdit(connection, targetOf(url, id, nodes));
        if (turn >= WARM_UP) edits.push(ms);
      }
    for (let turn = 0; turn < READS; turn++)
      for (const [id, { reads }] of measured) {
        const startedAt = performance.now();
        await connection.get(`/scripts/${id}/graph`);
        reads.push(performance.now() - startedAt);
      }
  });
  return measured;
}

async function timeEdit(
  connection: HttpConnection,
  target: Target,
): Promise<{ ms: number; sequence: number }> {
  const startedAt = performance.now();
  const { sequence } = await sendEdit(connection, target);
  return { ms: performance.now() - startedAt, sequence };
}

async function withConnection<T>(url: string, work: (connection: HttpConnection) => Promise<T>): Promise<T> {
  const connection = new HttpConnection(url, benchHeaders(TENANT));
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

function targetOf(url: string, id: string, nodesPerScript: number): Target {
  return { url, tenantId: TENANT, scriptIds: [id], nodesPerScript };
}
