import { z } from "zod";
import { JWT_ALGORITHMS } from "../access/checkJwt.ts";
import { findAccessProblems, settleAccess } from "./settleAccess.ts";

const jwtAlgorithms = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .pipe(z.array(z.enum(JWT_ALGORITHMS)));

const megabytes = z.coerce.number().positive();

const corsOrigins = z
  .string()
  .transform((text) => text.split(",").map((origin) => origin.trim()))
  .pipe(
    z.array(
      z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, {
        error: "An origin is a scheme, a host and maybe a port, such as https://app.acme.example.",
      }),
    ),
  );

/** Every setting of the service, read once at start. The README's table says the same. */
const configSchema = z.object({
  /** TCP port of the API. 0 takes any free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().min(1).default("127.0.0.1"),
  /** The owner's connection: migrates, and becomes the runtime roles. Unset: an embedded PostgreSQL. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Login of its own for the API; default: DATABASE_URL in role script_api. */
  API_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Login of its own for the worker; default: DATABASE_URL in role script_worker. */
  WORKER_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Login of its own for the operators' commands; default: DATABASE_URL in role script_operator. */
  OPERATOR_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Folder of the embedded PostgreSQL. */
  DATA_DIR: z.string().min(1).default(".data"),
  /** Port of the embedded PostgreSQL. 0 takes any free one. */
  EMBEDDED_DATABASE_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  ROLE: z.enum(["all", "api", "worker"]).default("all"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** Apply migrations at start. Off: the database must have them already. */
  MIGRATE: z.stringbool().default(true),
  /** Load the sample script into the embedded database, when the tenant it is for has no scripts. */
  SAMPLE: z.stringbool().default(true),
  /** Connections of the API to the database. */
  API_POOL_SIZE: z.coerce.number().int().min(2).default(8),
  /** Connections of the worker to the database, and scripts it materializes at once. */
  WORKER_POOL_SIZE: z.coerce.number().int().min(2).default(6),
  /** Memory of the API for the states of scripts in use, in MB of JSON text. */
  STREAM_CACHE_MB: megabytes.default(64),
  /** Memory of the worker for the states of scripts materialized lately, in MB of JSON text. */
  WORKER_CACHE_MB: megabytes.default(64),
  /** Memory of each process for the sealed documents of runs, in MB of JSON text. */
  RUN_DOCUMENT_CACHE_MB: megabytes.default(64),
  /** How often the worker looks for runs that are due: an action took too long, or a walk goes on, in seconds. */
  RUN_SWEEP_INTERVAL_SECONDS: z.coerce.number().min(0.1).default(5),
  /** Largest request body in MB; past it 413. */
  BODY_LIMIT_MB: megabytes.default(5),
  /** How long a write waits for the materializer when the caller does not say, in seconds. */
  DEFAULT_WAIT_SECONDS: z.coerce.number().min(0).max(60).default(5),
  /**
   * development: the placeholder DEV_TOKEN is accepted, and whoever holds it is whoever they say. production: only
   * tokens that prove who holds them. Default: development on the embedded database, else production.
   */
  MODE: z.enum(["development", "production"]).optional(),
  /** The placeholder token of development. Default there: dev-token. */
  DEV_TOKEN: z
    .string()
    .regex(/^[\w.~+/-]{8,200}=*$/, "A token has 8 to 200 letters, digits and - . _ ~ + /.")
    .optional(),
  /** Where the issuer of JWTs publishes its keys. Unset: no JWT is accepted. */
  JWT_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** iss of the JWTs that are accepted. */
  JWT_ISSUER: z.string().min(1).optional(),
  /** aud of the JWTs that are accepted. */
  JWT_AUDIENCE: z.string().min(1).optional(),
  /** Signature algorithms of JWTs that are accepted, separated by commas. */
  JWT_ALGORITHMS: jwtAlgorithms.default(["RS256", "ES256", "EdDSA"]),
  /** Claims of a JWT that hold the tenant, the role and the kind of actor; the actor is its sub. */
  JWT_TENANT_CLAIM: z.string().min(1).default("tenant"),
  JWT_ROLE_CLAIM: z.string().min(1).default("role"),
  JWT_ACTOR_TYPE_CLAIM: z.string().min(1).default("actor_type"),
  /** How far the clocks of the issuer and the service may be apart, in seconds. */
  JWT_CLOCK_TOLERANCE_SECONDS: z.coerce.number().int().min(0).max(300).default(30),
  /** Event streams that one API process serves at a time; past it 503. */
  STREAMS_PER_PROCESS: z.coerce.number().int().min(1).default(5_000),
  /** Event streams of one tenant that one API process serves at a time; past it 429. */
  STREAMS_PER_TENANT: z.coerce.number().int().min(1).default(1_000),
  /** Event streams of one token that one API process serves at a time; past it 429. */
  STREAMS_PER_TOKEN: z.coerce.number().int().min(1).default(200),
  /** How often an event stream sends a comment while nothing happens, in seconds. */
  STREAM_HEARTBEAT_SECONDS: z.coerce.number().min(0.05).max(600).default(30),
  /** How long a client may leave its stream unread before it is cut off, in seconds. */
  STREAM_STALL_SECONDS: z.coerce.number().min(0.05).max(600).default(10),
  /** Longest life of an event stream, in seconds; each gets up to a fifth less. Its client comes back. */
  STREAM_LIFE_SECONDS: z.coerce.number().min(0.1).max(86_400).default(3_600),
  /** How often it is looked up whether tokens of open event streams were revoked, in seconds. */
  STREAM_TOKEN_CHECK_SECONDS: z.coerce.number().min(0.05).max(600).default(5),
  /** How long an event stays in the feed, in days. */
  EVENT_RETENTION_DAYS: z.coerce.number().positive().max(3_650).default(30),
  /** How often old events are looked for, in seconds. */
  EVENT_RETENTION_CHECK_SECONDS: z.coerce.number().min(0.05).default(600),
  /** How often the sweeper looks for scripts whose materialization job was lost, in seconds. */
  SWEEP_INTERVAL_SECONDS: z.coerce.number().int().min(1).default(60),
  /** How long the answer to a request with an Idempotency-Key is kept, in hours. */
  IDEMPOTENCY_KEY_HOURS: z.coerce.number().positive().max(720).default(24),
  /** How long a repeat waits for the first request to be answered before it gets 409, in seconds. */
  IDEMPOTENCY_WAIT_SECONDS: z.coerce.number().min(0).max(60).default(10),
  /** How long a request of a process that died keeps its repeats waiting, in seconds; a living one renews it. */
  IDEMPOTENCY_LEASE_SECONDS: z.coerce.number().min(1).max(600).default(15),
  /** TCP port of /healthz, /readyz and /metrics in a process with ROLE=worker. Unset: none. 0 takes any free one. */
  WORKER_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Origins whose pages may use the API from a browser, separated by commas, such as https://app.acme.example. */
  CORS_ORIGINS: corsOrigins.default([]),
  /** Requests a minute that each token may send to one API process. 0: no limit. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).default(60_000),
  /** Requests a minute without a good token that one address may send before it gets 429 instead of 401. */
  AUTHORIZATION_FAILURES_PER_MINUTE: z.coerce.number().int().min(1).default(600),
  /** How often each worker says that it is alive and what waits, in seconds. */
  HEARTBEAT_SECONDS: z.coerce.number().min(0.1).max(60).default(5),
  /** An API is not ready when no worker has been heard of for this long, in seconds. */
  READY_HEARTBEAT_SECONDS: z.coerce.number().min(0.2).default(30),
});

export type Settings = z.infer<typeof configSchema>;

/** The settings with what follows from others filled in. */
export type Config = ReturnType<typeof settleAccess>;

/** Reads the settings; throws one Error that names every wrong one. Empty values count as unset. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = configSchema.safeParse(given);
  const problems = parsed.success
    ? findAccessProblems(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return settleAccess(parsed.data);
  throw new Error(
    `The configuration is not valid:\n${problems.map((line) => `  ${line}`).join("\n")}\nThe README lists every setting.`,
  );
}

/** The settings as they may be logged: passwords in URLs and the development token are left out. */
export function describeConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      name === "DEV_TOKEN" && value !== undefined
        ? "***"
        : name.endsWith("_URL")
          ? hidePassword(value)
          : value,
    ]),
  );
}

function hidePassword(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const url = new URL(value);
  if (url.password) url.password = "***";
  return url.href;
}
