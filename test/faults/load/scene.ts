import { randomUUID } from "node:crypto";
import { callGraph, callVariables } from "../../runner/support/callGraph.ts";
import type { Counts } from "../counts.ts";
import type { Ledger } from "./ledger.ts";
import { createSender, type Answered, type Sender, type SenderDeps } from "./sender.ts";

/** What all actors share. */
export interface Scene {
  readonly ledger: Ledger;
  readonly counts: Counts;
  readonly scripts: readonly ScriptRef[];
  /** Nodes of every script that no run comes by, for edits that change nothing that matters. */
  readonly nodeIds: readonly string[];
  as(identity: Identity): Sender;
}

export interface ScriptRef {
  readonly tenantId: string;
  readonly scriptId: string;
}

export interface Identity {
  readonly tenantId: string;
  readonly id: string;
  readonly type: "USER" | "AI_AGENT";
}

export interface Edit {
  readonly commandId: string;
  readonly command: string;
  readonly payload: unknown;
}

const NODES = 8;

/** Makes the scripts, each with a published version that runs can start on. */
export async function setScene(
  deps: SenderDeps & { readonly ledger: Ledger },
  tenants: Readonly<Record<string, number>>,
): Promise<Scene> {
  const nodeIds = Array.from({ length: NODES }, (_, index) => `m_${index}`);
  const scripts = Object.entries(tenants).flatMap(([tenantId, count]) =>
    Array.from({ length: count }, (_, index) => ({ tenantId, scriptId: `script-${index}` })),
  );
  const scene: Scene = {
    ledger: deps.ledger,
    counts: deps.counts,
    scripts,
    nodeIds,
    as: ({ tenantId, id, type }) =>
      createSender(deps, {
        authorization: "Bearer dev-token",
        "x-tenant-id": tenantId,
        "x-actor-id": id,
        "x-actor-type": type,
        ...(type === "AI_AGENT" ? { "x-on-behalf-of": "human-1" } : {}),
      }),
  };
  await Promise.all(scripts.map((script) => buildScript(scene, script)));
  return scene;
}

async function buildScript(scene: Scene, script: ScriptRef): Promise<void> {
  const sender = scene.as({ tenantId: script.tenantId, id: "builder", type: "USER" });
  const { scriptId } = script;
  const must = async (path: string, body: unknown): Promise<Answered> => {
    const answered = await sender.post(path, body);
    if (!answered || answered.status >= 400)
      throw new Error(`POST ${path}: ${answered?.status} ${JSON.stringify(answered?.body).slice(0, 1_000)}`);
    acknowledgeAll(scene, script, answered);
    return answered;
  };
  await must("/scripts", { id: scriptId, name: scriptId, slug: scriptId });
  const spare = scene.nodeIds.map((id) => ({
    id,
    type: "message",
    position: { x: 0, y: 0 },
    data: { prompt: id },
  }));
  const graphJson = { ...callGraph, nodes: [...callGraph.nodes, ...spare] };
  await must(`/scripts/${scriptId}/versions`, { graphJson, variablesDef: callVariables });
  await must(`/scripts/${scriptId}/versions/1/publish`, {});
}

/** Notes the commands that an answer acknowledges: those of a batch, or of the receipt of another write. */
export function acknowledgeAll(scene: Scene, script: ScriptRef, { body }: Pick<Answered, "body">): void {
  const receipt = (body["write"] ?? body) as {
    readonly commands: readonly { readonly commandId: string; readonly sequence: number }[];
  };
  for (const { commandId, sequence } of receipt.commands)
    scene.ledger.acknowledge({ ...script, commandId, sequence });
  scene.counts.add("commands acknowledged", receipt.commands.length);
}

export function edit(type: string, payload: unknown): Edit {
  return { commandId: randomUUID(), command: `Scripts.${type}.v1`, payload };
}
