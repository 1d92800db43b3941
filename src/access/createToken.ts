import type { PrismaClient } from "../db/generated/client.ts";
import { sha256 } from "../kernel/sha256.ts";
import type { ActorType } from "../scripts/storedCommand.ts";
import type { Role } from "./role.ts";
import { makeTokenText } from "./tokenText.ts";

export interface NewToken {
  readonly tenantId: string;
  /** What it is for, for the person who looks through the list later. */
  readonly label: string;
  readonly role: Role;
  /** Whoever uses the token acts as this actor. A backfill runs as a process of its own, never through the API. */
  readonly actorType: Exclude<ActorType, "BACKFILL">;
  readonly actorId: string;
  /** Default: it does not expire. */
  readonly expiresAt?: Date | undefined;
}

/** Makes a token for a program, as script_operator. Its text is in this answer and nowhere else: only its hash is kept. */
export async function createToken(
  deps: { readonly prisma: Pick<PrismaClient, "apiToken">; readonly now: () => Date },
  input: NewToken,
): Promise<{ readonly token: string; readonly id: string }> {
  const { id, token } = makeTokenText();
  const { tenantId, label, role, actorType, actorId, expiresAt = null } = input;
  await deps.prisma.apiToken.create({
    data: {
      tenantId,
      id,
      label,
      hash: sha256(token),
      role,
      actorType,
      actorId,
      createdAt: deps.now(),
      expiresAt,
    },
  });
  return { token, id };
}
