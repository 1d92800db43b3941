import { timingSafeEqual } from "node:crypto";
import { sha256 } from "../kernel/sha256.ts";
import type { Authenticate, Credential, Unaccepted } from "./principal.ts";
import { isApiToken } from "./tokenText.ts";

export interface AuthenticateDeps {
  /** The placeholder of development; undefined elsewhere. */
  readonly developmentToken: string | undefined;
  readonly checkApiToken: (token: string) => Promise<Credential | Unaccepted>;
  /** Undefined: no issuer is configured, and no JWT is accepted. */
  readonly checkJwt: ((token: string) => Promise<Credential | Unaccepted>) | undefined;
}

/** Judges tokens of all kinds: told apart by their form, each is tried as one kind only. */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  const { developmentToken, checkApiToken, checkJwt } = deps;
  // Hashes have one length, so comparing them takes as long whatever was sent.
  const expected = developmentToken === undefined ? undefined : digest(developmentToken);
  return async (token) => {
    if (expected && timingSafeEqual(digest(token), expected)) return DEVELOPMENT;
    if (isApiToken(token)) return checkApiToken(token);
    if (looksLikeJwt(token) && checkJwt) return checkJwt(token);
    return { kind: "invalid", reason: "It is no token of this service." };
  };
}

const DEVELOPMENT: Credential = { kind: "development", tokenId: "development" };

function digest(text: string): Buffer {
  return Buffer.from(sha256(text), "hex");
}

function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/u.test(token);
}
