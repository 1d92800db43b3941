import type { StartedProcess } from "../../support/startProcess.ts";

/** Stops processes as an orchestrator does; throws when one does not end well. */
export async function stopInOrder(...processes: readonly StartedProcess[]): Promise<void> {
  await Promise.all(
    processes.map(async (one) => {
      const how = await one.stop();
      if (how !== 0)
        throw new Error(`Process ${one.pid} ended with ${how} when it was stopped. It said:\n${one.said()}`);
    }),
  );
}
