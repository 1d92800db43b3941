import { Client } from "pg";
import { nameOf, type Ledger } from "./load/ledger.ts";
import type { Subscriber } from "../blackbox/support/subscriber.ts";

export interface Checked {
  /** "4,012 acknowledged commands are in the log": what was looked at. */
  readonly looked: readonly string[];
  /** What breaks a promise, in sentences; none when all is well. */
  readonly complaints: readonly string[];
}

/** Counter-examples of each kind that are told. */
const MOST_EXAMPLES = 5;

/** Holds what was acknowledged and heard against what the database has. */
export async function checkPromises(
  ownerUrl: string,
  { ledger, subscribers }: { readonly ledger: Ledger; readonly subscribers: readonly Subscriber[] },
): Promise<Checked> {
  const client = new Client({ connectionString: ownerUrl, application_name: "soak-check" });
  await client.connect();
  try {
    const parts = [
      await checkLog(client, ledger),
      await checkRuns(client, ledger),
      await checkSent(client, ledger),
      await checkFeed(client, subscribers),
    ];
    const complaints = parts.flatMap((part) => part.complaints);
    return {
      looked: parts.flatMap((part) => part.looked),
      complaints: [...ledger.contradictions, ...complaints],
    };
  } finally {
    await client.end();
  }
}

async function checkLog(client: Client, ledger: Ledger): Promise<Checked> {
  const { rows } = await client.query<LoggedCommand>(
    `select "tenantId", "scriptId", "commandId", sequence from scripts."ScriptCommand"`,
  );
  const sequences = new Map<string, number[]>();
  for (const row of rows) sequences.set(nameOf(row), [...(sequences.get(nameOf(row)) ?? []), row.sequence]);
  const wrong = [...ledger.commands].filter(
    ([name, { sequence }]) => String(sequences.get(name)) !== String(sequence),
  );
  const refused = [...ledger.refused.keys()].filter((name) => sequences.has(name));
  return {
    looked: [
      `${count(ledger.commands)} acknowledged commands in a log of ${rows.length.toLocaleString("en-US")}`,
      `${count(ledger.refused)} refused ones`,
    ],
    complaints: [
      ...examples(
        wrong,
        ([name, { sequence }]) =>
          `Command ${name} was acknowledged at ${sequence}; the log has it at [${sequences.get(name)?.join() ?? ""}].`,
      ),
      ...examples(
        refused,
        (name) => `Command ${name} was refused, and is in the log at ${sequences.get(name)!.join()}.`,
      ),
    ],
  };
}

interface LoggedCommand {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly commandId: string;
  readonly sequence: number;
}

async function checkRuns(client: Client, ledger: Ledger): Promise<Checked> {
  const { rows } = await client.query<{ id: string; key: string | null; status: string }>(
    `select run.id, run.status, idempotency.key
     from scripts."ScriptRun" run
     left join scripts."IdempotencyKey" idempotency
       on idempotency."tenantId" = run."tenantId" and idempotency."effectId" = run.id`,
  );
  const keys = new Map(rows.map(({ id, key }) => [id, key]));
  const lost = [...ledger.runs].filter(([id, { key }]) => keys.get(id) !== key);
  return {
    looked: [`${count(ledger.runs)} runs`],
    complaints: examples(
      lost,
      ([id, { key }]) => `Run ${id} was started by request ${key}; the database says ${keys.get(id)}.`,
    ),
  };
}

async function checkSent(client: Client, ledger: Ledger): Promise<Checked> {
  const { rows } = await client.query<SettledRow>(
    `select command.id, command."correlationId", command.status, command."errorJson" ->> 'code' as "errorCode",
       (select count(*) from scripts."DomainEvent" event
        where event."tenantId" = command."tenantId" and event."causationId" = command.id
          and event.type in ('Scripts.UpdateNode.Completed.v1', 'Contacts.Upserted.v1'))::int as completions,
       (select count(*) from scripts."ScriptCommand" logged
        where logged."tenantId" = command."tenantId" and logged."causationId" = command.id)::int as edits
     from scripts."CommandOutbox" command where "runId" is null`,
  );
  const byCorrelation = Map.groupBy(rows, (row) => row.correlationId);
  const wrong = [...ledger.sent.values()].flatMap(({ correlationId, id, edit }) => {
    const found = byCorrelation.get(correlationId) ?? [];
    const [row] = found;
    const isRight =
      found.length === 1 &&
      row!.id === id &&
      row!.completions === 1 &&
      row!.edits === (edit && row!.status === "COMPLETED" ? 1 : 0);
    return isRight ? [] : [{ correlationId, id, found }];
  });
  const failed = rows.filter((row) => row.status === "FAILED");
  const codes = [...new Set(failed.map((row) => row.errorCode))].join(", ");
  return {
    looked: [
      `${count(ledger.sent)} generic commands${failed.length > 0 ? ` (${failed.length} failed: ${codes})` : ""}`,
    ],
    complaints: examples(
      wrong,
      ({ correlationId, id, found }) =>
        `Generic command ${correlationId} was taken in as ${id}; the database has ${JSON.stringify(found)}.`,
    ),
  };
}

interface SettledRow {
  readonly id: string;
  readonly correlationId: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly completions: number;
  readonly edits: number;
}

async function checkFeed(client: Client, subscribers: readonly Subscriber[]): Promise<Checked> {
  const { rows } = await client.query<{ tenantId: string; position: string; eventId: string }>(
    `select "tenantId", position, "eventId" from scripts."EventFeed" order by position`,
  );
  const complaints = subscribers.flatMap((subscriber) => {
    const feed = rows.filter((row) => row.tenantId === subscriber.tenantId);
    const missed = feed.filter(
      ({ position, eventId }) => subscriber.events.get(Number(position))?.id !== eventId,
    );
    const extra = subscriber.events.size - (feed.length - missed.length);
    return [
      ...subscriber.complaints.slice(0, MOST_EXAMPLES),
      ...examples(missed, ({ position, eventId }) => `A subscriber missed event ${eventId} at ${position}.`),
      ...(extra > 0 ? [`A subscriber has ${extra} events that are not in the feed.`] : []),
    ];
  });
  return { looked: [`${rows.length.toLocaleString("en-US")} events of the feed`], complaints };
}

function count(of: { readonly size: number }): string {
  return of.size.toLocaleString("en-US");
}

function examples<T>(wrong: readonly T[], describe: (one: T) => string): string[] {
  const told = wrong.slice(0, MOST_EXAMPLES).map(describe);
  return wrong.length > told.length
    ? [...told, `... and ${wrong.length - told.length} more of these.`]
    : told;
}
