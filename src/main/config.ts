import { z } from "zod";

const megabytes = z.coerce.number().positive();

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
  /** Folder of the embedded PostgreSQL. */
  DATA_DIR: z.string().min(1).default(".data"),
  /** Port of the embedded PostgreSQL. 0 takes any free one. */
  EMBEDDED_DATABASE_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  ROLE: z.enum(["all", "api", "worker"]).default("all"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** Apply migrations at start. Off: the database must have them already. */
  MIGRATE: z.stringbool().default(true),
  /** Load the sample script into an empty embedded database. */
  SAMPLE: z.stringbool().default(true),
  /** Connections of the API to the database. */
  API_POOL_SIZE: z.coerce.number().int().min(2).default(8),
  /** Connections of the worker to the database, and scripts it materializes at once. */
  WORKER_POOL_SIZE: z.coerce.number().int().min(2).default(6),
  /** Memory of the API for the states of scripts in use, in MB of JSON text. */
  STREAM_CACHE_MB: megabytes.default(64),
  /** Memory of the worker for the states of scripts materialized lately, in MB of JSON text. */
  WORKER_CACHE_MB: megabytes.default(64),
  /** Largest request body in MB; past it 413. */
  BODY_LIMIT_MB: megabytes.default(5),
  /** How long a write waits for the materializer when the caller does not say, in seconds. */
  DEFAULT_WAIT_SECONDS: z.coerce.number().min(0).max(60).default(5),
  /** How often the sweeper looks for scripts whose materialization job was lost, in seconds. */
  SWEEP_INTERVAL_SECONDS: z.coerce.number().int().min(1).default(60),
});

export type Config = z.infer<typeof configSchema>;

/** Reads the settings; throws one Error that names every wrong one. Empty values count as unset. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The configuration is not valid:\n${problems.join("\n")}\nThe README lists every setting.`);
}

/** The settings as they may be logged: passwords in URLs are left out. */
export function describeConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      name.endsWith("_URL") ? hidePassword(value) : value,
    ]),
  );
}

function hidePassword(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const url = new URL(value);
  if (url.password) url.password = "***";
  return url.href;
}
