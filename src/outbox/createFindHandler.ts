import { isCommandName } from "./commandName.ts";
import type { CommandHandler, FindHandler } from "./handler.ts";

export interface Handlers {
  /** By the whole name: Contacts.UpsertAndLink.v1. */
  readonly byName?: Readonly<Record<string, CommandHandler>>;
  /** For every name that begins so: "Scripts." */
  readonly byPrefix?: Readonly<Record<string, CommandHandler>>;
  /** For every other name. Left out: commands that nobody knows fail. */
  readonly fallback?: CommandHandler;
}

/** The registry of handlers. Throws when one is registered under a name that no command can have. */
export function createFindHandler({ byName = {}, byPrefix = {}, fallback }: Handlers): FindHandler {
  const names = new Map(Object.entries(byName));
  const prefixes = Object.entries(byPrefix);
  for (const name of names.keys())
    if (!isCommandName(name))
      throw new Error(`"${name}" is no command name. Name handlers like Contacts.UpsertAndLink.v1.`);
  return (command) =>
    names.get(command) ?? prefixes.find(([prefix]) => command.startsWith(prefix))?.[1] ?? fallback;
}
