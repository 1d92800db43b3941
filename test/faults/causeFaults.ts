import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { Counts } from "./counts.ts";
import type { CrashingPostgres } from "./crashingPostgres.ts";
import type { Fault, PlannedFault } from "./faultPlan.ts";
import type { ServiceSlot } from "./serviceSlot.ts";

export interface FaultDeps {
  readonly postgres: CrashingPostgres;
  readonly slots: readonly ServiceSlot[];
  readonly counts: Counts;
  /** Told of each fault as it happens. */
  readonly log: (message: string) => void;
}

/**
 * Lets the planned faults happen at their times, several at once when they come so, and returns when all of them
 * are over: processes run, locks are given back. Connections that went dead for good stay dead.
 */
export async function causeFaults(deps: FaultDeps, plan: readonly PlannedFault[]): Promise<void> {
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  for (const { atMs, fault } of plan) {
    await delay(Math.max(0, startedAt + atMs - performance.now()));
    underWay.push(cause(deps, fault));
  }
  await Promise.all(underWay);
}

async function cause(deps: FaultDeps, fault: Fault): Promise<void> {
  const { counts } = deps;
  const happened = (what: string, detail = ""): void => {
    counts.add(what);
    deps.log(`${what}${detail && ` ${detail}`}`);
  };
  switch (fault.kind) {
    case "kill_api":
    case "kill_worker": {
      const slot = choose(deps, fault.target, fault.kind === "kill_api" ? "api" : "worker");
      if (!slot) return counts.add("skipped");
      happened(`kill -9 ${slot.role}`, `(${slot.name}, back after ${fault.downMs} ms)`);
      return slot.killAndRestart(fault.downMs);
    }
    case "freeze_process": {
      const slot = choose(deps, fault.target);
      if (!slot) return counts.add("skipped");
      happened(`SIGSTOP ${slot.role}`, `(${slot.name}, for ${fault.forMs} ms)`);
      return slot.freeze(fault.forMs);
    }
    case "cut_connections": {
      const { proxy, name } = deps.slots[fault.target % deps.slots.length]!;
      return happened("cut connections", `(${proxy.cut()} of ${name})`);
    }
    case "half_open_connections": {
      const { proxy, name } = deps.slots[fault.target % deps.slots.length]!;
      const count = proxy.silence(fault.what, fault.forMs);
      return happened(
        `half-open (${fault.what} lost)`,
        `(${count} of ${name}, ${fault.forMs === undefined ? "for good" : `for ${fault.forMs} ms`})`,
      );
    }
    case "terminate_sessions":
      return tolerate(async () => {
        const ended = await terminateSessions(deps.postgres, fault.share);
        happened("pg_terminate_backend", `(${ended} sessions)`);
      });
    case "hold_locks":
      return tolerate(async () => {
        happened("held transaction", `(${fault.scripts} scripts locked for ${fault.forMs} ms)`);
        await holdLocks(deps.postgres, fault);
      });
    case "crash_postgres": {
      const startedAt = performance.now();
      await deps.postgres.crash();
      return happened("crash of PostgreSQL", `(back after ${Math.round(performance.now() - startedAt)} ms)`);
    }
  }
}

/** A process that is well, beginning with the one that the plan names; none: all have their trouble already. */
function choose({ slots }: FaultDeps, target: number, role?: ServiceSlot["role"]): ServiceSlot | undefined {
  const fitting = slots.filter((slot) => role === undefined || slot.role === role);
  const first = target % fitting.length;
  return [...fitting.slice(first), ...fitting.slice(0, first)].find((slot) => !slot.isBusy);
}

/** Our own sessions suffer from a crash of the server as all do. */
async function tolerate(work: () => Promise<void>): Promise<void> {
  await work().catch(() => undefined);
}

async function terminateSessions({ ownerUrl }: CrashingPostgres, share: number): Promise<number> {
  return withSession(ownerUrl, async (client) => {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where usename in ('script_api', 'script_worker') and random() < $1`,
      [share],
    );
    return rowCount ?? 0;
  });
}

async function holdLocks(
  { ownerUrl }: CrashingPostgres,
  { scripts, forMs }: Extract<Fault, { kind: "hold_locks" }>,
): Promise<void> {
  await withSession(ownerUrl, async (client) => {
    await client.query("begin");
    await client.query(
      `select from scripts."ScriptStream" where ("tenantId", "scriptId") in
        (select "tenantId", "scriptId" from scripts."ScriptStream" order by random() limit $1) for update`,
      [scripts],
    );
    await delay(forMs);
    await client.query("rollback");
  });
}

async function withSession<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "soak-faults" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
