import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type * as engineTypes from "@prisma/schema-engine-wasm";
import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import type { Pool } from "pg";

export type { MigrationList, SchemaEngine } from "@prisma/schema-engine-wasm";

// TypeScript knows WebAssembly from its browser library only.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: WasmExports } }>;
};
type WasmExports = { readonly __wbindgen_start: () => void };
type EngineModule = typeof engineTypes & { __wbg_set_wasm(exports: unknown): void };

/**
 * Prisma's schema engine, the one behind `prisma migrate`, as WebAssembly on a pool of ours. The official
 * CLI downloads a native build of it from a host that is not reachable everywhere.
 *
 * `scripts` are the migrations that the engine may be asked to apply. Each runs whole, in one transaction.
 * `adapt` may change how the engine's connection behaves; by default it stays as it is.
 */
export async function openSchemaEngine(
  pool: Pool,
  scripts: ReadonlySet<string>,
  adapt: (adapter: Adapter) => Adapter = (adapter) => adapter,
): Promise<SchemaEngine> {
  const { SchemaEngine } = await loadEngine();
  const factory = bindMigrationAwareSqlAdapterFactory(createAdapterFactory(pool, scripts, adapt));
  return SchemaEngine.new({ datamodels: undefined }, () => undefined, factory);
}

let loaded: Promise<EngineModule> | undefined;

// The package's own entry imports the .wasm file as a module, and Node prints a warning for that.
function loadEngine(): Promise<EngineModule> {
  loaded ??= (async () => {
    const engine = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown as EngineModule;
    const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
    const bytes = await readFile(join(dirname(entry), "schema_engine_bg.wasm"));
    const { instance } = await WebAssembly.instantiate(bytes, {
      "./schema_engine_bg.js": withIdleTimers(engine),
    });
    engine.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    return engine;
  })();
  return loaded;
}

// The engine guards its lock with a timer of ten seconds and never clears it: for that long a process that has
// nothing left to do would not end.
function withIdleTimers(engine: EngineModule): object {
  const idle = (run: () => void, ms: number): NodeJS.Timeout => setTimeout(run, ms).unref();
  const imports = Object.entries(engine).map(([name, value]: [string, unknown]) =>
    name.startsWith("__wbg_setTimeout_") ? [name, idle] : [name, value],
  );
  return Object.fromEntries(imports) as object;
}

function createAdapterFactory(
  pool: Pool,
  scripts: ReadonlySet<string>,
  adapt: (adapter: Adapter) => Adapter,
): PrismaPg {
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const executeScript = adapter.executeScript.bind(adapter);
    adapter.executeScript = (script) =>
      scripts.has(script) ? applyWhole(adapter, script) : executeScript(script);
    return adapt(adapter);
  };
  return factory;
}

/** The engine's connection. */
export type Adapter = Awaited<ReturnType<PrismaPg["connect"]>>;

// The adapter splits a script at every semicolon, also inside function bodies, and sends the parts one by
// one, so a failure leaves half a migration behind. As one simple query PostgreSQL runs it in one transaction.
//
// The engine notes the end of a migration in a statement of its own. Noting it in this transaction as well
// means that a process killed in between leaves either nothing or a finished migration.
async function applyWhole(adapter: Adapter, script: string): Promise<void> {
  await adapter.executeRaw({ sql: `${script}\n;${NOTE_END}`, args: [], argTypes: [] });
}

const NOTE_END = `
  update "_prisma_migrations"
  set "finished_at" = now()
  where "finished_at" is null
    and "rolled_back_at" is null`;
