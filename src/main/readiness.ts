import type { PrismaClient } from "../db/generated/client.ts";

export interface Readiness {
  /** Answers "not ready" from now on, so that a load balancer sends nothing more. */
  drain(): void;
  /** Whether requests should be sent here, and why not. */
  check(): Promise<{ readonly ready: true } | { readonly ready: false; readonly reason: string }>;
}

/** Ready while the database answers and the process is not stopping. */
export function createReadiness(deps: { readonly prisma: Pick<PrismaClient, "scriptStream"> }): Readiness {
  let draining = false;
  return {
    drain: () => {
      draining = true;
    },
    check: async () => {
      if (draining) return { ready: false, reason: "The service is stopping." };
      try {
        await deps.prisma.scriptStream.findFirst({ select: { headSequence: true } });
        return { ready: true };
      } catch {
        return { ready: false, reason: "The database does not answer." };
      }
    },
  };
}
