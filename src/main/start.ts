import { describeConfig, readConfig, type Config } from "./config.ts";
import { createLog } from "./createLog.ts";
import { SAMPLE } from "./loadSample.ts";
import { startService, type Service } from "./service.ts";

/** Starts the service of this process and stops it in order on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog({ level: config.LOG_LEVEL });
  log.debug(describeConfig(config), "configuration");
  const starting = startService({ log }, config);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    // Also before it has started: the embedded database may be up already.
    starting
      .then((service) => service.stop())
      .then(
        () => log.info("stopped"),
        (error: unknown) => {
          log.error({ err: error }, "could not stop in order");
          process.exitCode = 1;
        },
      );
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const service = await starting;
  if (!stopping) process.stdout.write(describeStart(config, service));
}

function describeStart(config: Config, service: Service): string {
  const { url } = service;
  if (url === undefined) return `\nThe worker is running (ROLE=${config.ROLE}).\n\n`;
  const database = config.DATABASE_URL
    ? "the database of DATABASE_URL"
    : `an embedded PostgreSQL in ${config.DATA_DIR}`;
  const token = config.DEV_TOKEN;
  const curl = service.hasSample && token ? `\nTry it:\n${exampleCalls(url, token)}\n` : "";
  return `
The script command service is ready, on ${database}.

  API    ${url}
  Docs   ${url}/docs
${curl}
Ctrl-C stops it; what was acknowledged is kept.

`;
}

function exampleCalls(url: string, token: string): string {
  const script = `${url}/scripts/${SAMPLE.scriptId}`;
  const tenant = `-H 'authorization: Bearer ${token}' -H 'x-tenant-id: ${SAMPLE.tenantId}'`;
  const edit = JSON.stringify({
    commands: [
      { command: "Scripts.UpdateDetails.v1", payload: { description: "Edited from the command line" } },
    ],
  });
  return [
    `curl -s ${tenant} ${script}`,
    `curl -s ${tenant} -H 'x-actor-id: you' -H 'content-type: application/json' -d '${edit}' ${script}/commands`,
    `curl -s ${tenant} '${script}/commands?after=0&limit=3'`,
  ]
    .map((line) => `  ${line}\n`)
    .join("");
}

try {
  await main();
} catch (error) {
  // What keeps the service from starting is for a person to read: the message says what, where and what to do.
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n\n`);
  if (error instanceof Error && process.env["LOG_LEVEL"] === "debug")
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
