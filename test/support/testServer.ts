import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";

/** A PostgreSQL for the tests. */
export interface TestServer {
  /** Where it comes from, for a person. */
  readonly source: string;
  /** URL of a database on it, of a user who may create databases and roles. */
  readonly url: string;
  /** The server is ours alone, so that roles may be given passwords. */
  readonly ours: boolean;
  /** Gives the server up. `keep`: leave its data for a person to look at, and answer how. */
  stop(keep: boolean): Promise<string | undefined>;
}

/**
 * The server that TEST_DATABASE_URL names, else a container when a Docker engine answers, else the embedded
 * PostgreSQL in a temporary folder. TEST_DURABLE=1 lets the embedded one flush to disk as in production.
 */
export async function startTestServer(log: (message: string) => void): Promise<TestServer> {
  const url = process.env["TEST_DATABASE_URL"];
  if (url) return { source: "TEST_DATABASE_URL", url, ours: false, stop: async () => undefined };
  if (await dockerAnswers()) {
    try {
      return await startContainer();
    } catch (error) {
      log(`Docker answers, but the container did not start; using the embedded PostgreSQL. ${String(error)}`);
    }
  }
  return startEmbedded();
}

async function startEmbedded(): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "script-tests-"));
  // As root the server runs as another user, who has to get in.
  chmodSync(dataDir, 0o711);
  const durable = process.env["TEST_DURABLE"] === "1";
  const elsewhere = join(tmpdir(), "script-command-service");
  const server = await startEmbeddedPostgres({ dataDir, durable, elsewhere, log: () => undefined });
  return {
    source: `embedded PostgreSQL in ${dataDir}`,
    url: server.ownerUrl,
    ours: true,
    stop: async (keep) => {
      await server.stop();
      if (keep) return `Start it again with: node test/support/serve.ts ${dataDir}`;
      rmSync(dataDir, { recursive: true, force: true });
      return undefined;
    },
  };
}

const IMAGE = "pgvector/pgvector:pg18";

async function startContainer(): Promise<TestServer> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const password = randomBytes(12).toString("hex");
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withCommand(["postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"])
    .withExposedPorts(5432)
    // The image starts the server once to set it up and then once more.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  const url = `postgresql://postgres:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
  return {
    source: `container of ${IMAGE}`,
    url,
    ours: true,
    stop: async (keep) => {
      if (keep) return `The container runs until testcontainers removes it: ${url}`;
      await container.stop();
      return undefined;
    },
  };
}

/** Asks the Docker engine for a sign of life, for a second at most. */
async function dockerAnswers(): Promise<boolean> {
  const host = new URL(process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock");
  const target =
    host.protocol === "unix:"
      ? { socketPath: host.pathname }
      : { host: host.hostname, port: host.port || 2375 };
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const ping = request({ ...target, path: "/_ping", timeout: 1_000 }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  ping.on("timeout", () => ping.destroy());
  ping.on("error", () => resolve(false));
  ping.end();
  return promise;
}
