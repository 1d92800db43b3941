import { createAuthenticate } from "../access/authenticate.ts";
import { createCheckApiToken, type CheckApiTokenDeps } from "../access/checkApiToken.ts";
import { createCheckJwt } from "../access/checkJwt.ts";
import type { Authenticate } from "../access/principal.ts";
import type { Config } from "./config.ts";

/** Judges credentials as the configuration says. */
export function createAuthenticator(deps: CheckApiTokenDeps, config: Config): Authenticate {
  return createAuthenticate({
    developmentToken: config.DEV_TOKEN,
    checkApiToken: createCheckApiToken(deps),
    checkJwt: createJwtCheck(config),
  });
}

function createJwtCheck(config: Config): ReturnType<typeof createCheckJwt> | undefined {
  const { JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return undefined;
  return createCheckJwt({
    jwksUrl,
    issuer,
    audience,
    algorithms: config.JWT_ALGORITHMS,
    clockToleranceSeconds: config.JWT_CLOCK_TOLERANCE_SECONDS,
    claims: {
      tenant: config.JWT_TENANT_CLAIM,
      role: config.JWT_ROLE_CLAIM,
      actorType: config.JWT_ACTOR_TYPE_CLAIM,
    },
  });
}
