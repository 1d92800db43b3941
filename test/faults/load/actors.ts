import { randomUUID } from "node:crypto";
import type { Answered, Sender } from "./sender.ts";
import { acknowledgeAll, edit, type Edit, type Scene, type ScriptRef } from "./scene.ts";

/** Does one thing after another; each call is one. */
export type Actor = () => Promise<void>;

/** Somebody in the editor: knows a head of each script, often an old one, and says so. */
export function createHuman(scene: Scene, tenantId: string, id: string): Actor {
  const sender = scene.as({ tenantId, id, type: "USER" });
  const heads = new Map<string, number>();
  return async () => {
    const script = pickScript(scene, tenantId);
    const expectedSequence = heads.get(script.scriptId);
    const answered = await submit(scene, sender, script, {
      commands: [touch(scene)],
      onConflict: pick(["reject", "rebase"]),
      ...(expectedSequence === undefined ? {} : { expectedSequence }),
    });
    const details = answered?.body["details"] as { readonly head?: number } | undefined;
    const head = (answered?.body["headSequence"] as number | undefined) ?? details?.head;
    if (head === undefined) heads.delete(script.scriptId);
    else heads.set(script.scriptId, head);
  };
}

/** An AI agent: adds a node, moves it, takes it away again. */
export function createAgent(scene: Scene, tenantId: string, id: string): Actor {
  const sender = scene.as({ tenantId, id, type: "AI_AGENT" });
  return async () => {
    const script = pickScript(scene, tenantId);
    const nodeId = `a_${randomUUID().slice(0, 8)}`;
    const node = { id: nodeId, type: "message", position: { x: 0, y: 0 }, data: { prompt: nodeId } };
    await submit(scene, sender, script, { commands: [edit("AddNode", { node })] });
    const moves = [{ nodeId, position: { x: Math.random() * 1_000, y: 0 } }];
    await submit(scene, sender, script, { commands: [edit("MoveNodes", { moves })] });
    await submit(scene, sender, script, { commands: [edit("RemoveNode", { nodeId })] });
  };
}

/** Sends many edits at once, all or none. */
export function createBatcher(scene: Scene, tenantId: string, id: string): Actor {
  const sender = scene.as({ tenantId, id, type: "USER" });
  return async () => {
    const commands = Array.from({ length: 3 + Math.floor(Math.random() * 10) }, () => touch(scene));
    await submit(scene, sender, pickScript(scene, tenantId), { commands });
  };
}

/** Seals a version and publishes it, waiting for it or not. */
export function createPublisher(scene: Scene, tenantId: string, id: string): Actor {
  const sender = scene.as({ tenantId, id, type: "USER" });
  return async () => {
    const script = pickScript(scene, tenantId);
    const path = `/scripts/${script.scriptId}`;
    const prefer = { prefer: pick(["wait=0", "wait=2"]) };
    const sealed = await sender.post(`${path}/commit`, { commandId: randomUUID() }, prefer);
    if (!isWritten(scene, script, sealed, "commits")) return;
    const version = Number(sealed.body["version"]);
    const body = { commandId: randomUUID() };
    const published = await sender.post(`${path}/versions/${version}/publish`, body, prefer);
    isWritten(scene, script, published, "publishes");
  };
}

/** Starts a run and drives it until it waits for its action, or is done. */
export function createRunner(scene: Scene, tenantId: string, id: string): Actor {
  const sender = scene.as({ tenantId, id, type: "USER" });
  return async () => {
    const { scriptId } = pickScript(scene, tenantId);
    const started = await sender.post("/runs", { scriptId, variables: { name: id } });
    if (started?.status !== 201) return scene.counts.add("runs not started");
    const runId = String(started.body["runId"]);
    scene.ledger.startRun({ tenantId, runId, key: started.key });
    scene.counts.add("runs");
    let run: RunAnswer | undefined = started.body;
    while (run?.status === "RUNNING" && run.waitingFor?.kind !== "action")
      run = await drive(sender, runId, run);
    if (!run) scene.counts.add("runs left half-way");
  };
}

interface RunAnswer {
  readonly status?: string;
  readonly waitingFor?: { readonly kind: string; readonly nodeId: string } | null;
}

const ANSWERS: Readonly<Record<string, () => unknown>> = {
  n_type: () => pick(["collision", "theft"]),
  // Above 1,000 the run waits for an action.
  n_damage: () => Math.round(Math.random() * 2_000),
};

/** One step; undefined: refused, or given up. */
async function drive(
  sender: Sender,
  runId: string,
  { waitingFor }: RunAnswer,
): Promise<RunAnswer | undefined> {
  const nodeId = waitingFor?.nodeId;
  const answered =
    nodeId === undefined
      ? await sender.post(`/runs/${runId}/advance`, undefined)
      : await sender.post(`/runs/${runId}/answer`, { nodeId, value: ANSWERS[nodeId]!() });
  return answered?.status === 200 ? answered.body : undefined;
}

/** Sends generic commands: some edit a script, some are for others. */
export function createCommander(scene: Scene, tenantId: string, id: string): Actor {
  const sender = scene.as({ tenantId, id, type: "USER" });
  return async () => {
    const correlationId = randomUUID();
    const { scriptId } = pickScript(scene, tenantId);
    const { command, commandId, payload } = touch(scene);
    const isEdit = Math.random() < 0.6;
    const sent = await sender.post(
      "/commands",
      isEdit
        ? { command, correlationId, payload: { scriptId, commandId, payload } }
        : { command: "Contacts.UpsertAndLink.v1", correlationId, payload: { of: id } },
    );
    if (!sent || sent.status >= 300) return scene.counts.add("generic commands refused");
    const edit = isEdit ? { scriptId, commandId } : undefined;
    scene.ledger.send({ tenantId, correlationId, id: String(sent.body["id"]), edit });
    scene.counts.add("generic commands");
  };
}

async function submit(
  scene: Scene,
  sender: Sender,
  script: ScriptRef,
  batch: { readonly commands: readonly Edit[]; readonly [member: string]: unknown },
): Promise<Answered | undefined> {
  const answered = await sender.post(`/scripts/${script.scriptId}/commands`, batch);
  const isIn = isWritten(scene, script, answered, batch.commands.length > 1 ? "batches" : "edits");
  // Of one that was sent twice, the first may take place after the second was refused.
  if (answered?.tries === 1 && !isIn)
    for (const { commandId } of batch.commands) scene.ledger.refuse({ ...script, commandId });
  return answered;
}

function isWritten(
  scene: Scene,
  script: ScriptRef,
  answered: Answered | undefined,
  what: string,
): answered is Answered {
  if (!answered) return false;
  if (answered.status < 300) {
    scene.counts.add(what);
    acknowledgeAll(scene, script, answered);
    return true;
  }
  scene.counts.add(`${what} refused (${answered.body["code"] as string})`);
  return false;
}

function touch({ nodeIds }: Scene): Edit {
  return edit("UpdateNode", { nodeId: pick(nodeIds), data: { title: randomUUID() } });
}

function pickScript({ scripts }: Scene, tenantId: string): ScriptRef {
  return pick(scripts.filter((script) => script.tenantId === tenantId));
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}
