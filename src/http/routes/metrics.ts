import { z } from "zod";
import { answer, readRoute } from "../route.ts";

export const metrics = readRoute({
  method: "get",
  path: "/metrics",
  operationId: "metrics",
  tag: "Service",
  scope: "public",
  summary: "Figures for Prometheus",
  description:
    "Counts of this process; what waits over all tenants, as the workers last said; pool and memory of this process.",
  headers: ["correlation-id"],
  responses: {
    200: {
      description: "The figures in Prometheus' text format.",
      schema: z.string(),
      contentType: "text/plain",
      example: 'scripts_submissions_total{outcome="appended"} 42\n',
    },
  },
  problems: ["correlation_id_invalid", "internal_error"],
  async handle({ metrics }) {
    return answer(200, await metrics.text(), { "content-type": metrics.contentType });
  },
});
