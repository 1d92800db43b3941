// The load generator, a process of its own: what it costs is not counted on the event loop that it measures.
import type { LoadJob, LoadResult } from "./loadJob.ts";
import { runEdits, runFloor } from "./runClosedLoop.ts";
import { runPaced } from "./runPaced.ts";

process.on("message", (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
// The parent ended, however it ended.
process.on("disconnect", () => process.exit());

async function run(job: LoadJob): Promise<LoadResult> {
  if (job.kind === "edits") return runEdits(job);
  return job.kind === "floor" ? runFloor(job) : runPaced(job);
}
