import type { Settings } from "./config.ts";

/** The token that everybody knows: good on this machine only. */
const KNOWN_DEV_TOKEN = "dev-token";

/** Fills in how requests are authenticated, from where the data is kept. */
export function settleAccess(settings: Settings) {
  const MODE = modeOf(settings);
  const DEV_TOKEN = MODE === "development" ? (settings.DEV_TOKEN ?? KNOWN_DEV_TOKEN) : undefined;
  return { ...settings, MODE, DEV_TOKEN };
}

function modeOf({ MODE, DATABASE_URL }: Settings): "development" | "production" {
  // Data in a database of its own is taken to matter.
  return MODE ?? (DATABASE_URL === undefined ? "development" : "production");
}

/** What is wrong with the settings of authentication, each with the way out; none: nothing. */
export function findAccessProblems(settings: Settings): string[] {
  return [...findModeProblems(settings), ...findJwtProblems(settings)];
}

function findModeProblems(settings: Settings): string[] {
  const { HOST, DEV_TOKEN, ROLE } = settings;
  if (modeOf(settings) === "production")
    return DEV_TOKEN === undefined
      ? []
      : [
          "DEV_TOKEN: whoever holds it may do everything as anybody, so it is not accepted in production. Unset it, or set MODE=development.",
        ];
  const isKnown = DEV_TOKEN === undefined || DEV_TOKEN === KNOWN_DEV_TOKEN;
  if (ROLE === "worker" || isLoopback(HOST) || !isKnown) return [];
  return [
    `HOST: ${HOST} can be reached from other machines, and in development everybody knows the token "${KNOWN_DEV_TOKEN}". Set MODE=production and make tokens, or set DEV_TOKEN to a secret of your own, or HOST=127.0.0.1.`,
  ];
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function findJwtProblems(settings: Settings): string[] {
  const { JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = settings;
  const parts = Object.entries({ JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE });
  const missing = parts.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length === parts.length) return [];
  if (missing.length > 0)
    return [
      `${missing.join(", ")}: JWTs are accepted when all of JWT_JWKS_URL, JWT_ISSUER and JWT_AUDIENCE are set.`,
    ];
  const { protocol, hostname } = new URL(JWT_JWKS_URL!);
  return protocol === "https:" || isLoopback(hostname)
    ? []
    : ["JWT_JWKS_URL: keys that travel in the clear can be replaced on their way. Use https."];
}
