// The load generator, a process of its own: what it costs is not counted on the event loop that it measures.
import type { LoadJob } from "./loadJob.ts";
import { runCommands, runEdits, runFloor } from "./runClosedLoop.ts";
import { runPaced } from "./runPaced.ts";
import { holdStreams, runStreams } from "./runStreams.ts";

process.on("message", (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
// The parent ended, however it ended.
process.on("disconnect", () => process.exit());

function run(job: LoadJob): Promise<unknown> {
  switch (job.kind) {
    case "edits":
      return runEdits(job);
    case "commands":
      return runCommands(job);
    case "floor":
      return runFloor(job);
    case "paced":
      return runPaced(job);
    case "streams":
      return runStreams(job);
    case "hold":
      return holdStreams(job);
  }
}
