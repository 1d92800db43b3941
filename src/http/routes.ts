import type { Route } from "./route.ts";
import { commitVersion } from "./routes/commitVersion.ts";
import { createScript } from "./routes/createScript.ts";
import { createTicket } from "./routes/createTicket.ts";
import { createVersion } from "./routes/createVersion.ts";
import { diffVersions } from "./routes/diffVersions.ts";
import { getGraph } from "./routes/getGraph.ts";
import { getScript } from "./routes/getScript.ts";
import { getVersion } from "./routes/getVersion.ts";
import { listAudit } from "./routes/listAudit.ts";
import { listCommands } from "./routes/listCommands.ts";
import { listEvents } from "./routes/listEvents.ts";
import { listScripts } from "./routes/listScripts.ts";
import { listVersions } from "./routes/listVersions.ts";
import { metrics } from "./routes/metrics.ts";
import { postCommands } from "./routes/postCommands.ts";
import { publishVersion, unpublishVersion } from "./routes/publishVersion.ts";
import { rollback } from "./routes/rollback.ts";
import { docs, healthz, openApiDocument, readyz } from "./routes/service.ts";
import { advanceGuidanceRun } from "./routes/guidance/advanceGuidanceRun.ts";
import { answerGuidanceRun } from "./routes/guidance/answerGuidanceRun.ts";
import { getGuidanceScript } from "./routes/guidance/getGuidanceScript.ts";
import { publishGuidanceScript } from "./routes/guidance/publishGuidanceScript.ts";
import { startGuidanceRun } from "./routes/guidance/startGuidanceRun.ts";
import { advanceRun } from "./routes/advanceRun.ts";
import { answerRun } from "./routes/answerRun.ts";
import { finishRun } from "./routes/finishRun.ts";
import { getRun } from "./routes/getRun.ts";
import { getRunTrace } from "./routes/getRunTrace.ts";
import { listRuns } from "./routes/listRuns.ts";
import { setRunVariables } from "./routes/setRunVariables.ts";
import { simulateScript } from "./routes/simulateScript.ts";
import { startRun } from "./routes/startRun.ts";
import { getCommand } from "./routes/getCommand.ts";
import { redriveCommand } from "./routes/redriveCommand.ts";
import { sendCommand } from "./routes/sendCommand.ts";
import { streamEvents } from "./routes/streamEvents.ts";
import { updateScript } from "./routes/updateScript.ts";
import { validateGraph } from "./routes/validateGraph.ts";

/**
 * Every operation of the API, in the order the router tries their paths: the one that must be fast first, and
 * fixed paths before those with a parameter at the same place.
 */
export const routes: readonly Route[] = [
  postCommands,
  listCommands,
  getGraph,
  createScript,
  listScripts,
  validateGraph,
  getScript,
  updateScript,
  createVersion,
  listVersions,
  getVersion,
  diffVersions,
  commitVersion,
  publishVersion,
  unpublishVersion,
  rollback,
  listAudit,
  simulateScript,
  startRun,
  listRuns,
  getRun,
  answerRun,
  advanceRun,
  setRunVariables,
  finishRun,
  getRunTrace,
  sendCommand,
  getCommand,
  redriveCommand,
  streamEvents,
  listEvents,
  createTicket,
  getGuidanceScript,
  startGuidanceRun,
  answerGuidanceRun,
  advanceGuidanceRun,
  publishGuidanceScript,
  healthz,
  readyz,
  metrics,
  openApiDocument,
  docs,
];
