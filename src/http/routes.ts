import type { Route } from "./route.ts";
import { commitVersion } from "./routes/commitVersion.ts";
import { createScript } from "./routes/createScript.ts";
import { createVersion } from "./routes/createVersion.ts";
import { diffVersions } from "./routes/diffVersions.ts";
import { getGraph } from "./routes/getGraph.ts";
import { getScript } from "./routes/getScript.ts";
import { getVersion } from "./routes/getVersion.ts";
import { listAudit } from "./routes/listAudit.ts";
import { listCommands } from "./routes/listCommands.ts";
import { listScripts } from "./routes/listScripts.ts";
import { listVersions } from "./routes/listVersions.ts";
import { postCommands } from "./routes/postCommands.ts";
import { publishVersion, unpublishVersion } from "./routes/publishVersion.ts";
import { rollback } from "./routes/rollback.ts";
import { docs, healthz, openApiDocument, readyz } from "./routes/service.ts";
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
  healthz,
  readyz,
  openApiDocument,
  docs,
];
