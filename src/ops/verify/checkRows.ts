import { report, type PassContext } from "./passContext.ts";

/** What a script's rows must say of each other, without its log. */
export function checkRows(context: PassContext): void {
  checkHead(context);
  checkRanges(context);
  checkOpen(context);
  checkPointer(context);
}

function checkHead(context: PassContext): void {
  const { stream, lastSequence } = context.facts;
  context.findings.looked("head-is-last");
  if (stream.headSequence !== lastSequence)
    report(
      context,
      "head-is-last",
      `The stream's head is ${stream.headSequence}, the last command in the log is ${lastSequence}.`,
      lastSequence,
    );
}

function checkRanges(context: PassContext): void {
  const { versions, stream } = context.facts;
  let end = 0;
  for (const { version, fromSequence, toSequence } of versions) {
    context.findings.looked("versions-partition-log");
    if (fromSequence !== end + 1)
      report(
        context,
        "versions-partition-log",
        `Version ${version} starts at ${fromSequence}, the one before it ends at ${end}.`,
        fromSequence,
      );
    if (toSequence < fromSequence)
      report(context, "versions-partition-log", `Version ${version} ends before it starts.`, toSequence);
    end = toSequence;
  }
  if (end !== stream.materializedSequence)
    report(
      context,
      "versions-partition-log",
      `The last version ends at ${end}, the script is materialized up to ${stream.materializedSequence}.`,
      end,
    );
}

function checkOpen(context: PassContext): void {
  const { versions } = context.facts;
  context.findings.looked("one-open-version", versions.length);
  const open = versions.filter(({ sealedAt }) => sealedAt === null);
  if (open.length > 1)
    report(
      context,
      "one-open-version",
      `Versions ${open.map(({ version }) => version).join(", ")} are all open.`,
    );
  const highest = versions.at(-1);
  for (const { version, toSequence } of open)
    if (version !== highest!.version)
      report(
        context,
        "one-open-version",
        `Version ${version} is open, but ${highest!.version} is the highest.`,
        toSequence,
      );
}

function checkPointer(context: PassContext): void {
  const { script, versions } = context.facts;
  context.findings.looked("published-pointer");
  if (!script) return;
  const say = (message: string): void => report(context, "published-pointer", message);
  const published = versions.filter(({ isPublished }) => isPublished);
  if (published.length > 1)
    say(`Versions ${published.map(({ version }) => version).join(", ")} are all marked as published.`);
  if (script.activeVersionId === null) {
    if (published.length > 0)
      say(`Version ${published[0]!.version} is marked as published, but the script points to none.`);
    return;
  }
  const active = versions.find(({ id }) => id === script.activeVersionId);
  if (!active) say(`The script points to version ${script.activeVersionId}, which it does not have.`);
  else if (active.sealedAt === null) say(`The script points to version ${active.version}, which is open.`);
  else if (!active.isPublished)
    say(`The script points to version ${active.version}, which is not marked as published.`);
}
