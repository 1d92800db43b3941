import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from "jose";
import { z } from "zod";
import { actorIdSchema, actorTypeSchema, tenantIdSchema } from "./identitySchemas.ts";
import type { Credential, Unaccepted } from "./principal.ts";
import { ROLES } from "./role.ts";

/** Signatures by private keys only: with a shared secret the service could forge what it checks. */
export const JWT_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

export interface JwtSettings {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly (typeof JWT_ALGORITHMS)[number][];
  /** How far the clocks of issuer and service may be apart. */
  readonly clockToleranceSeconds: number;
  /** Names of the claims that hold tenant, role and kind of actor. The actor's id is sub. */
  readonly claims: { readonly tenant: string; readonly role: string; readonly actorType: string };
  /** Least time between two reads of the keys because of a key that is not among them. Default: 30 s. */
  readonly cooldownMs?: number;
}

/** How long the issuer may take to send its keys, and how long they are used before they are read again, in ms. */
const KEYS = { timeoutDuration: 5_000, cacheMaxAge: 600_000 };

/**
 * Checks JWTs of one issuer: its signature, issuer, audience and times, all of which must be there. A key that
 * is not known is looked for anew, so the issuer may change its keys at any time.
 */
export function createCheckJwt(settings: JwtSettings): (token: string) => Promise<Credential | Unaccepted> {
  const { issuer, audience, algorithms, clockToleranceSeconds, cooldownMs = 30_000 } = settings;
  const keys = createRemoteJWKSet(new URL(settings.jwksUrl), { ...KEYS, cooldownDuration: cooldownMs });
  const options = {
    issuer,
    audience,
    algorithms: [...algorithms],
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ["sub", "exp"],
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, options);
      return toCredential(payload, settings);
    } catch (error) {
      return explain(error);
    }
  };
}

function toCredential(
  payload: JWTPayload,
  { claims: names, clockToleranceSeconds }: Pick<JwtSettings, "claims" | "clockToleranceSeconds">,
): Credential | Unaccepted {
  const claims = [
    [names.tenant, tenantIdSchema.safeParse(payload[names.tenant])],
    [names.role, z.enum(ROLES).safeParse(payload[names.role])],
    [names.actorType, actorTypeSchema.default("USER").safeParse(payload[names.actorType])],
    ["sub", actorIdSchema.safeParse(payload.sub)],
  ] as const;
  const [[, tenant], [, role], [, actorType], [, actorId]] = claims;
  if (!tenant.success || !role.success || !actorType.success || !actorId.success) {
    const wrong = claims.filter(([, parsed]) => !parsed.success).map(([name]) => name);
    return { kind: "invalid", reason: `The token's claim ${wrong.join(", ")} is missing or not valid.` };
  }
  return {
    kind: "credential",
    tenantId: tenant.data,
    actor: { type: actorType.data, id: actorId.data },
    role: role.data,
    tokenId: `jwt:${payload.jti ?? actorId.data}`,
    // A token without exp has not come this far.
    expiresAt: new Date(Math.min(payload.exp! + clockToleranceSeconds, LAST_SECOND) * 1_000),
  };
}

/** End of the year 9999: issuers write all sorts of numbers for "never", and not each of them is a date. */
const LAST_SECOND = 253_402_300_799;

/** What jose found wrong, in words that give nothing away. Throws what is no fault of the token or its issuer. */
function explain(error: unknown): Unaccepted {
  if (error instanceof errors.JWTExpired) return { kind: "invalid", reason: "The token has expired." };
  if (error instanceof errors.JWTClaimValidationFailed)
    return {
      kind: "invalid",
      reason: `The token's claim ${error.claim} is missing or not the expected one.`,
    };
  if (isFaultOfToken(error))
    return { kind: "invalid", reason: "The token is not one that the issuer signed for this service." };
  // The issuer does not answer, or not with a set of keys that are keys (DOMException).
  if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException)
    return { kind: "unavailable", reason: "The issuer's keys cannot be read at the moment." };
  throw error;
}

function isFaultOfToken(error: unknown): boolean {
  return [
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ].some((kind) => error instanceof kind);
}
