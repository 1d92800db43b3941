/** A dotted name of words in capitals and a version: Contacts.UpsertAndLink.v1. At most 200 characters. */
const COMMAND_NAME = /^(?<type>[A-Z][A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)+)\.v(?<version>[1-9][0-9]{0,3})$/u;

const MAX_LENGTH = 200;

export function isCommandName(name: string): boolean {
  return name.length <= MAX_LENGTH && COMMAND_NAME.test(name);
}

/** Completions whose event has a name of its own. */
const EVENTS: ReadonlyMap<string, string> = new Map([["Contacts.UpsertAndLink.v1", "Contacts.Upserted.v1"]]);

/**
 * Type of the event that says that a command is done, well or not: Contacts.Link.v1 is followed by
 * Contacts.Link.Completed.v1, unless the list above has another name for it.
 */
export function completionEvent(command: string): string {
  const known = EVENTS.get(command);
  if (known !== undefined) return known;
  const { type = command, version = "1" } = COMMAND_NAME.exec(command)?.groups ?? {};
  return `${type}.Completed.v${version}`;
}
