// Records the stories that have no golden log yet: node test/golden/record.ts [name ...] [--overwrite].
//
// A golden log is history. Overwriting one says that logs of that shape exist nowhere, or that their replay to
// another state is meant; both are rare. A new command type or version gets a new story instead.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatGoldenLog, GOLDEN_FOLDER } from "./goldenLog.ts";
import { recordLog } from "./recordLog.ts";
import { STORIES } from "./stories.ts";

const { values, positionals } = parseArgs({
  options: { overwrite: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !STORIES.some((story) => story.name === name));
if (unknown.length > 0) throw new Error(`There is no story ${unknown.join(", ")} in test/golden/stories.ts.`);

for (const story of STORIES) {
  if (positionals.length > 0 && !positionals.includes(story.name)) continue;
  const file = join(GOLDEN_FOLDER, `${story.name}.ndjson`);
  const isThere = existsSync(file);
  if (isThere && !values.overwrite) {
    process.stdout.write(`${story.name}: is recorded already and stays. --overwrite records it again.\n`);
    continue;
  }
  const rows = recordLog(story);
  writeFileSync(file, formatGoldenLog(rows));
  process.stdout.write(
    `${story.name}: ${rows.length} commands ${isThere ? "recorded again" : "recorded"}.\n`,
  );
}
