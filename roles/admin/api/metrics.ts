import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { list } from "./fields.ts";

const seriesSchema = z.object({
  name: z.string(),
  title: z.string(),
  unit: z.string(),
  from: z.number(),
  step_ms: z.number(),
  points: list(z.number().nullable()),
}).openapi("Series", {
  example: { name: "messages", title: "Messages", unit: "a minute", from: 1, step_ms: 60_000, points: [null, 3, 5] },
});

/** The figures that the box keeps itself: a point a minute for 24 h, one an hour for 90 days. */
export function metricsRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/metrics/history",
    permission: "metrics.read",
    tag: "metrics",
    summary: "Figures over time. A point is null where the box did not run.",
    query: z.strictObject({ range: z.enum(["hour", "day", "month", "quarter"]).default("day") }),
    answer: z.object({ series: list(seriesSchema) }),
  }, ({ services, query }) => ({ series: services.history.read(query.range) }));

  api.route({
    method: "get",
    path: "/metrics/live",
    permission: "metrics.read",
    tag: "metrics",
    summary: "The figures of right now, by name of their series.",
    answer: z.object({ figures: z.record(z.string(), z.number()) }),
  }, ({ services }) => ({ figures: services.history.live() }));
}
