import type { CommandDefinition } from "./command.ts";
import { commandDefinitions, commandName } from "./registry.ts";
import { ReplayError } from "./replayError.ts";
import type { StoredCommand } from "./storedCommand.ts";

type Payload = StoredCommand["payload"];

/** Per type, a step from each older version to the next: the function at place n makes version n + 1 from n. */
const UPCASTERS: ReadonlyMap<string, readonly ((payload: Payload) => Payload)[]> = new Map([
  // v0, before the first release, moved one node.
  [
    "Scripts.MoveNodes",
    [({ nodeId, position }: Payload): Payload => ({ moves: [{ nodeId: nodeId!, position: position! }] })],
  ],
]);

/**
 * Finds a stored command's definition and brings its payload to the version that the definition understands.
 * The row in the log stays as it was written.
 *
 * Throws ReplayError when the type is unknown or the version is newer than this reducer.
 */
export function upcast({ sequence, type, typeVersion, payload }: StoredCommand): {
  readonly definition: CommandDefinition;
  readonly payload: Payload;
} {
  const definition = commandDefinitions.get(type);
  if (!definition)
    throw new ReplayError(sequence, "unknown_command_type", `The type ${type} is not known here.`);
  if (typeVersion === definition.version) return { definition, payload };
  if (typeVersion > definition.version) {
    const message = `${commandName(type, typeVersion)} is newer than ${commandName(type, definition.version)}, the newest known here. Run a release that knows it.`;
    throw new ReplayError(sequence, "newer_command_version", message);
  }
  return { definition, payload: stepUp(type, typeVersion, payload, sequence) };
}

function stepUp(type: string, typeVersion: number, payload: Payload, sequence: number): Payload {
  const steps = UPCASTERS.get(type)?.slice(typeVersion) ?? [];
  if (typeVersion < 0 || steps.length === 0) {
    const message = `There is no upcaster for ${commandName(type, typeVersion)}.`;
    throw new ReplayError(sequence, "unknown_command_version", message);
  }
  return steps.reduce((current, step) => step(current), payload);
}
