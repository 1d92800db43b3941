import type { SimulationInput } from "../../runs/simulate.ts";
import { BODY_PROBLEMS, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { refusedSimulation } from "../refusedRun.ts";
import { answer, readRoute } from "../route.ts";
import { simulationBody } from "../runBodies.ts";
import { scriptParams } from "../schemas/members.ts";
import { simulateBodySchema, simulationSchema } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const simulateScript = readRoute({
  method: "post",
  path: "/scripts/{scriptId}/simulate",
  operationId: "simulateScript",
  tag: "Runs",
  summary: "Walk a version or the draft with given answers",
  description: "Nothing is written and nothing is sent: actions give back what actionResults says.",
  params: scriptParams,
  body: { schema: simulateBodySchema, example: examples.simulateBody },
  headers: READ_HEADERS,
  responses: {
    200: { description: "Where it came to.", schema: simulationSchema, example: examples.simulation },
  },
  problems: [
    ...READ_PROBLEMS,
    ...BODY_PROBLEMS,
    "invalid_path",
    "script_not_found",
    "version_not_found",
    "run_refused",
  ],
  async handle(deps, { tenantId, params, body }) {
    const { scriptId } = params;
    const given = body as typeof body & SimulationInput;
    const outcome = await deps.runs.simulate({ ...given, tenantId, scriptId });
    if (outcome.kind !== "simulated") return refusedSimulation(outcome, scriptId);
    return answer(200, simulationBody(outcome));
  },
});
