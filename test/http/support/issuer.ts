import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from "jose";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "scripts";

export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeKey(kid: string, alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** What a JWT says when a test does not say otherwise: user ada of tenant t1, an editor, for five minutes. */
export function claimsOf(more: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1_000);
  const who = { tenant: "t1", role: "editor", actor_type: "USER", sub: "ada" };
  return { iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + 300, ...who, ...more };
}

/** A JWT of these claims; those that are undefined are left out. */
export function signJwt(by: Pick<Key, "kid" | "alg" | "privateKey">, more: JWTPayload = {}): Promise<string> {
  return new SignJWT(JSON.parse(JSON.stringify(claimsOf(more))) as JWTPayload)
    .setProtectedHeader({ alg: by.alg, kid: by.kid })
    .sign(by.privateKey);
}

/** The issuer: a real server with a key set that changes, and that can break down. */
export class Issuer {
  keys: readonly JWK[] = [];
  answer: "keys" | "nonsense" | "error" = "keys";
  reads = 0;
  readonly #server: Server = createServer((_, response) => {
    this.reads++;
    if (this.answer === "error") response.writeHead(500).end();
    else response.end(this.answer === "keys" ? JSON.stringify({ keys: this.keys }) : "<html>");
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`;
  }

  /** Settings of a service that trusts this issuer. */
  get env(): Record<string, string> {
    return { JWT_JWKS_URL: this.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
