import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadJob, LoadResults } from "./loadJob.ts";

export interface LoadProcess {
  /** One job at a time. Throws when an edit, a command or an insert of it failed. */
  run<Kind extends LoadJob["kind"]>(job: LoadJob & { readonly kind: Kind }): Promise<LoadResults[Kind]>;
  stop(): void;
}

export function startLoadProcess(): LoadProcess {
  const child = fork(fileURLToPath(new URL("loadProcess.ts", import.meta.url)));
  const ended = once(child, "exit").then(
    ([code]) => new Error(`The load process ended with code ${String(code)}.`),
  );
  return {
    run: async <Kind extends LoadJob["kind"]>(job: LoadJob & { readonly kind: Kind }) => {
      child.send(job);
      const answer = await Promise.race([
        once(child, "message").then(([message]) => message as { result?: LoadResults[Kind]; error?: string }),
        ended,
      ]);
      if (answer instanceof Error) throw answer;
      if (!answer.result) throw new Error(answer.error);
      return answer.result;
    },
    stop: () => child.disconnect(),
  };
}
