/** What the service has acknowledged, and so has to keep. */
export interface Ledger {
  /** Commands of scripts, by tenant, script and command id. */
  readonly commands: ReadonlyMap<string, AcknowledgedCommand>;
  /** Command ids of batches whose first and only answer was a refusal. */
  readonly refused: ReadonlyMap<string, Omit<AcknowledgedCommand, "sequence">>;
  /** Runs that were started, by id. */
  readonly runs: ReadonlyMap<string, { readonly tenantId: string; readonly key: string }>;
  /** Generic commands, by correlation id. */
  readonly sent: ReadonlyMap<string, SentCommand>;
  /** What was acknowledged twice, and not with the same words. */
  readonly contradictions: readonly string[];
  acknowledge(command: AcknowledgedCommand): void;
  refuse(command: Omit<AcknowledgedCommand, "sequence">): void;
  startRun(run: { readonly tenantId: string; readonly runId: string; readonly key: string }): void;
  send(command: SentCommand): void;
}

export interface AcknowledgedCommand {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly commandId: string;
  readonly sequence: number;
}

export interface SentCommand {
  readonly tenantId: string;
  readonly correlationId: string;
  readonly id: string;
  /** The edit that it makes, if it makes one. */
  readonly edit: { readonly scriptId: string; readonly commandId: string } | undefined;
}

export function createLedger(): Ledger {
  const commands = new Map<string, AcknowledgedCommand>();
  const refused = new Map<string, Omit<AcknowledgedCommand, "sequence">>();
  const runs = new Map<string, { tenantId: string; key: string }>();
  const sent = new Map<string, SentCommand>();
  const contradictions: string[] = [];
  return {
    commands,
    refused,
    runs,
    sent,
    contradictions,
    acknowledge: (command) => {
      const before = commands.get(nameOf(command));
      if (before && before.sequence !== command.sequence)
        contradictions.push(
          `Command ${nameOf(command)} was acknowledged at ${before.sequence} and at ${command.sequence}.`,
        );
      commands.set(nameOf(command), command);
    },
    refuse: (command) => void refused.set(nameOf(command), command),
    startRun: ({ tenantId, runId, key }) => {
      const before = runs.get(runId);
      if (before && before.key !== key)
        contradictions.push(`Run ${runId} was started by two requests: ${before.key} and ${key}.`);
      runs.set(runId, { tenantId, key });
    },
    send: (command) => {
      const before = sent.get(command.correlationId);
      if (before && before.id !== command.id)
        contradictions.push(`Generic command ${command.correlationId} is ${before.id} and ${command.id}.`);
      sent.set(command.correlationId, command);
    },
  };
}

export function nameOf({ tenantId, scriptId, commandId }: Omit<AcknowledgedCommand, "sequence">): string {
  return `${tenantId}/${scriptId}/${commandId}`;
}
