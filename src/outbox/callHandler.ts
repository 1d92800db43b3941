import type { Logger } from "pino";
import type { FindHandler, HandlerOutcome } from "./handler.ts";
import type { OutboxRow } from "./outboxRow.ts";

export interface CallDeps {
  readonly findHandler: FindHandler;
  readonly now: () => Date;
  readonly log: Pick<Logger, "error">;
  /** How long a handler may take, in ms. */
  readonly handlerTimeoutMs: number;
}

/**
 * Calls the handler of a row's command. Never rejects: a handler that throws, or takes too long, is to be tried
 * again. What it threw goes to the log; the caller of the command is told no more than that it failed.
 */
export async function callHandler(
  deps: CallDeps,
  row: OutboxRow,
  lost: AbortSignal | undefined,
): Promise<HandlerOutcome> {
  const handle = deps.findHandler(row.command);
  if (!handle) return { kind: "failed", error: unknownCommand(row.command) };
  const timeout = AbortSignal.timeout(deps.handlerTimeoutMs);
  const signal = lost ? AbortSignal.any([timeout, lost]) : timeout;
  try {
    return await Promise.race([handle({ row, now: deps.now(), signal }), whenAborted(timeout)]);
  } catch (error) {
    deps.log.error(
      { tenantId: row.tenantId, commandId: row.id, command: row.command, err: error },
      "a command's handler failed",
    );
    return { kind: "retry", error: timeout.aborted ? TIMED_OUT : HANDLER_FAILED };
  }
}

async function whenAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  return promise;
}

const HANDLER_FAILED = {
  code: "handler_failed",
  message: "The command's handler failed. The log of the service says why.",
};

const TIMED_OUT = { code: "handler_timed_out", message: "The command's handler took too long." };

function unknownCommand(command: string) {
  return { code: "unknown_command", message: `Nobody here handles the command "${command}".` };
}
