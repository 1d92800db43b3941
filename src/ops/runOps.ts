import { Command, CommanderError } from "commander";
import type { ExitCode } from "./frame/exitCode.ts";
import { explainError } from "./frame/explainError.ts";
import { createOutput } from "./frame/output.ts";
import type { GlobalOptions, Session } from "./frame/session.ts";
import type { OpsStore } from "./frame/store.ts";
import type { Terminal } from "./frame/terminal.ts";
import type { Verb } from "./frame/verb.ts";

export interface OpsDeps {
  readonly terminal: Terminal;
  readonly openStore: () => Promise<OpsStore>;
  readonly settings: () => { readonly [name: string]: unknown };
  readonly now: () => Date;
  readonly stopping: AbortSignal;
  /** Also say where in the code an error comes from. */
  readonly isDebugging: boolean;
}

/** Runs one command line, without the program's name, to its end. Errors are told to the terminal, never thrown. */
export async function runOps(
  deps: OpsDeps,
  verbs: readonly Verb[],
  argv: readonly string[],
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = createProgram(deps.terminal);
  for (const verb of verbs)
    addVerb(program, verb, async (args, options) => {
      code = await runVerb(deps, verb, args, options);
    });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // commander has told the person already; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    tellError(deps, error);
    return 1;
  }
}

const ABOUT = `Looks after the script command service: proves that its data is sound, shows and replays logs, and
finds and frees what is stuck.

The database is that of OPERATOR_DATABASE_URL, else of DATABASE_URL, else the embedded one of DATA_DIR,
whether the service runs or not.`;

const EXIT_CODES = `
Tables on a terminal, JSON elsewhere; --json and --no-json choose. Exit code: 0 all is well, 1 an error,
2 differences were found.`;

function createProgram(terminal: Terminal): Command {
  return new Command("ops")
    .description(ABOUT)
    .option("--tenant <id>", "only this tenant")
    .option("--script <id>", "only this script, by its id or slug")
    .option("--all", "everything, where a verb asks to be told what to work on", false)
    .option("--dry-run", "say what would be done, and do nothing", false)
    .option("--json", "JSON also on a terminal")
    .option("--no-json", "tables also elsewhere")
    .addHelpText("after", EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError("Run it with --help to see what it takes.")
    .exitOverride();
}

function addVerb(
  program: Command,
  verb: Verb,
  work: (args: readonly string[], options: Command) => Promise<void>,
): void {
  // "tokens create" is a verb below another one.
  const words = verb.name.split(" ");
  const isNested = words.length > 1 && /^\w/.test(words[1]!);
  const parent = isNested ? findOrAdd(program, words[0]!) : program;
  const command = parent.command(isNested ? words.slice(1).join(" ") : verb.name).description(verb.summary);
  verb.addOptions?.(command);
  if (verb.help) command.addHelpText("after", `\n${verb.help}`);
  command.copyInheritedSettings(program).action(async (...given: unknown[]) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((arg) => typeof arg === "string");
    await work(args, command);
  });
}

function findOrAdd(program: Command, name: string): Command {
  const found = program.commands.find((command) => command.name() === name);
  return found ?? program.command(name).copyInheritedSettings(program);
}

async function runVerb(
  deps: OpsDeps,
  verb: Verb,
  args: readonly string[],
  command: Command,
): Promise<ExitCode> {
  const options = command.optsWithGlobals<Record<string, unknown>>();
  await using opened = new AsyncDisposableStack();
  let store: Promise<OpsStore> | undefined;
  const session: Session = {
    global: readGlobal(options),
    output: createOutput(deps.terminal, (options["json"] as boolean | undefined) ?? !deps.terminal.isPerson),
    now: deps.now,
    settings: deps.settings,
    stopping: deps.stopping,
    store: () =>
      (store ??= deps.openStore().then((ready) => opened.adopt(ready, async (open) => open.close()))),
  };
  try {
    return await verb.run(session, args, options);
  } catch (error) {
    const ready = await store?.catch(() => undefined);
    throw ready ? await explainError(error, ready) : error;
  }
}

function readGlobal(options: { readonly [name: string]: unknown }): GlobalOptions {
  return {
    tenant: options["tenant"] as string | undefined,
    script: options["script"] as string | undefined,
    all: options["all"] === true,
    dryRun: options["dryRun"] === true,
  };
}

function tellError({ terminal, isDebugging }: OpsDeps, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  terminal.err(`\n${message.trim()}\n\n`);
  if (isDebugging && error instanceof Error) terminal.err(`${error.stack}\n`);
}
