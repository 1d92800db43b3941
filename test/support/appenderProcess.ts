// A process of its own that appends: node test/support/appenderProcess.ts '{"apiUrl":…,"scriptId":…,"writers":16,"edits":20,"name":"a"}'.
// Prints one JSON line per acknowledged command. Whoever started it may kill it at any moment.
import { openWriter, updateNode } from "./openWriter.ts";

interface Task {
  readonly apiUrl: string;
  readonly scriptId: string;
  /** Concurrent writers in this process. */
  readonly writers: number;
  /** Edits per writer. */
  readonly edits: number;
  readonly name: string;
}

const task = JSON.parse(process.argv[2]!) as Task;
const writer = await openWriter(task.apiUrl);
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await Promise.all(
  Array.from({ length: task.writers }, async (_, number) => {
    for (let edit = 0; edit < task.edits; edit++) {
      const commandId = `${task.name}-${number}-${edit}`;
      const command = { ...updateNode("n1", { [`w${number}`]: commandId }), commandId };
      let outcome = await writer.submit(task.scriptId, [command]);
      while (outcome.kind === "stream_busy") outcome = await writer.submit(task.scriptId, [command]);
      if (outcome.kind !== "accepted") throw new Error(JSON.stringify(outcome));
      const { sequence } = outcome.result.commands[0]!;
      process.stdout.write(`${JSON.stringify({ commandId, sequence })}\n`);
    }
  }),
);
await writer.close();
