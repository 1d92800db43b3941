import type { Actor, ActorType } from "../scripts/storedCommand.ts";
import type { Role } from "./role.ts";

/** Who asks, for which tenant, and what they may do: proven by a credential. */
export interface Principal {
  readonly tenantId: string;
  readonly actor: Actor;
  readonly role: Role;
  /** Names the credential without giving it away, for logs and limits. */
  readonly tokenId: string;
  /** When the credential ends; undefined: it does not end by itself. */
  readonly expiresAt?: Date | undefined;
}

/** Whoever uses a public operation, which does not look at it. */
export const NOBODY: Principal = {
  tenantId: "",
  actor: { type: "USER", id: "nobody" },
  role: "viewer",
  tokenId: "none",
};

/** What a credential says of who holds it. */
export type Credential =
  | {
      readonly kind: "credential";
      readonly tenantId: string;
      readonly actor: { readonly type: ActorType; readonly id: string };
      readonly role: Role;
      readonly tokenId: string;
      readonly expiresAt?: Date | undefined;
    }
  /** The development placeholder: who holds it says for themselves who they are. */
  | { readonly kind: "development"; readonly tokenId: string };

/** Why a credential is not accepted. The reason is for the caller to read, so it tells nothing they do not know. */
export type Unaccepted =
  | { readonly kind: "invalid"; readonly reason: string }
  /** The issuer's keys cannot be had, so nobody knows. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** Judges the token of an Authorization header. */
export type Authenticate = (token: string) => Promise<Credential | Unaccepted>;
