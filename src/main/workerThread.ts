import { parentPort, workerData } from "node:worker_threads";
import { createLog } from "./createLog.ts";
import { openWorker } from "./openWorker.ts";
import type { WorkerThreadData, WorkerThreadMessage } from "./startWorkerThread.ts";

// The thread's side of startWorkerThread.ts: opens the worker, then does as it is told until it is stopped.
const port = parentPort!;
const { config, workerUrl } = workerData as WorkerThreadData;
const worker = await openWorker({ log: createLog({ level: config.LOG_LEVEL }) }, config, { workerUrl });

port.on("message", (message: WorkerThreadMessage) => {
  switch (message) {
    case "wake":
      worker.wake();
      return;
    case "wake_commands":
      worker.wakeCommands();
      return;
    case "wake_stamper":
      worker.wakeStamper();
      return;
    case "stop":
      // An error ends the thread with it, and the other side hears of it.
      void worker.stop().then(() => port.close());
  }
});
port.postMessage("started");
