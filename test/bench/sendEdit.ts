import type { HttpConnection } from "./httpConnection.ts";
import type { Target } from "./loadJob.ts";

export interface EditReceipt {
  readonly commandId: string;
  readonly scriptId: string;
  readonly sequence: number;
}

/** Sends the smallest usual edit, one new prompt for one node, to any of the scripts. Throws when it is refused. */
export async function sendEdit(connection: HttpConnection, target: Target): Promise<EditReceipt> {
  const scriptId = target.scriptIds[Math.floor(Math.random() * target.scriptIds.length)]!;
  const nodeId = `n${Math.floor(Math.random() * target.nodesPerScript)}`;
  const commandId = `${run}-${++count}`;
  const text = editBody(commandId, nodeId);
  const { status, body } = await connection.post(`/scripts/${scriptId}/commands`, text);
  if (status !== 201) throw new Error(`An edit was answered with ${status}: ${body.slice(0, 500)}`);
  return { commandId, scriptId, sequence: Number(HEAD_SEQUENCE.exec(body)![1]) };
}

// The generator has better things to do than to parse the whole answer.
const HEAD_SEQUENCE = /"headSequence":(\d+)/;

let count = 0;
const run = Math.random().toString(36).slice(2, 10);

function editBody(commandId: string, nodeId: string): string {
  const prompt = `Thank you. Could you please tell me your policy number once more? (${commandId})`;
  return `{"commands":[{"commandId":"${commandId}","command":"Scripts.UpdateNode.v1","payload":{"nodeId":"${nodeId}","data":{"prompt":"${prompt}"}}}]}`;
}
