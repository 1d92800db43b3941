import { findScript } from "../frame/findScript.ts";
import { OpsError } from "../frame/opsError.ts";
import { table } from "../frame/output.ts";
import type { Verb } from "../frame/verb.ts";
import { commandName } from "../../scripts/registry.ts";
import { findPoint } from "../log/findPoint.ts";
import { readLogPages } from "../log/readLogPages.ts";
import { BlameLog, type Blame } from "./blameLog.ts";
import { shortJson } from "./shortJson.ts";

/** Bookkeeping of the state that nobody edits. */
const HIDDEN = new Set(["draftChanged", "versions", "latestVersion", "activeVersion"]);

/** Who last changed each field of a script, or of one node, edge or variable of it. */
export const blame: Verb = {
  name: "blame <script> [node]",
  summary: "who last changed each field, of the whole script or of one node, edge or variable",
  addOptions: (command) =>
    command
      .option("--at <point>", "as of a version (3 or v3), a sequence (@120) or a time", "head")
      .option("--removed", "also fields that were removed, and by whom", false),
  run: async ({ store, output, global }, [name, entity], options) => {
    const { prisma } = await store();
    const key = await findScript({ prisma }, { name: name!, tenant: global.tenant });
    const { sequence } = await findPoint({ prisma }, key, String(options["at"]));
    const log = new BlameLog();
    for await (const page of readLogPages({ prisma }, { ...key, after: 0, upTo: sequence }))
      for (const row of page) log.next(row);
    const below = entity === undefined ? [] : findEntity(log, entity);
    // Of something that was removed altogether there is nothing else to tell.
    const isGone = entity !== undefined && log.fields(below).every(({ value }) => value === undefined);
    const fields = log
      .fields(below)
      .filter(
        ({ path, value }) => !HIDDEN.has(path[0]!) && (value !== undefined || isGone || options["removed"]),
      );
    const rows = fields.map((field) => toRow(field));
    output.result({ ...key, sequence, fields: rows }, () =>
      table(
        rows.map(({ value, at, ...row }) => ({ ...row, value: shortJson(value), at })),
        "No fields.",
      ),
    );
    return 0;
  },
};

function toRow({ path, value, command }: Blame) {
  const { sequence, actorType, actorId, onBehalfOf, createdAt, type, typeVersion } = command;
  return {
    field: path.join("/"),
    value,
    sequence,
    actor: `${actorType} ${actorId}${onBehalfOf === null ? "" : ` for ${onBehalfOf}`}`,
    at: createdAt.toISOString(),
    command: commandName(type, typeVersion),
  };
}

/** A node's id, or nodes/n1, edges/e1, variables/key, details. */
function findEntity(log: BlameLog, entity: string): readonly string[] {
  const slash = entity.indexOf("/");
  const candidates = [
    ["nodes", entity],
    ["edges", entity],
    ["variables", entity],
    slash < 0 ? [entity] : [entity.slice(0, slash), entity.slice(slash + 1)],
  ];
  const found = candidates.find((path) => log.fields(path).length > 0);
  if (!found) throw new OpsError(`The script never had a node, edge or variable "${entity}".`);
  return found;
}
