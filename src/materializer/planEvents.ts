import type { MaterializationBase, PlannedEvent, TailCommand } from "./materialization.ts";

/**
 * What a tail did to the versions, in order of the log. Commands that cannot be applied must be out of it.
 *
 * From the log alone, as everything that is planned: the same tail gives the same events. They are written with
 * the versions, in the transaction that moves materializedSequence over the tail, so each is written once.
 */
export function planEvents(
  { state }: Pick<MaterializationBase, "state">,
  tail: readonly TailCommand[],
): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  const add = (type: PlannedEvent["type"], version: number, command: TailCommand, more = {}): void =>
    void events.push({ type, version, command, more });
  let { activeVersion, latestVersion } = state;
  for (const command of tail)
    switch (command.type) {
      case "Scripts.CommitVersion":
        latestVersion++;
        add("Scripts.VersionSealed.v1", latestVersion, command, {
          changelog: command.payload["changelog"] ?? null,
        });
        break;
      case "Scripts.PublishVersion": {
        const version = Number(command.payload["version"]);
        add("Scripts.VersionPublished.v1", version, command, { replacedVersion: activeVersion });
        activeVersion = version;
        break;
      }
      case "Scripts.UnpublishVersion":
        // The command may leave the number out: it takes back the one that is published.
        if (activeVersion !== null) add("Scripts.VersionUnpublished.v1", activeVersion, command);
        activeVersion = null;
        break;
      case "Scripts.RollbackToVersion":
        add("Scripts.RolledBack.v1", Number(command.payload["version"]), command);
        break;
      default:
    }
  return events;
}
