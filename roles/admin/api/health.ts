import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { list, time } from "./fields.ts";
import { Problem } from "./problems.ts";

const itemSchema = z.object({
  code: z.string(),
  severity: z.enum(["info", "warning", "critical"]),
  text: z.string(),
  since: time,
  repair: z.object({ text: z.string(), page: z.string(), action: z.string() }),
  snoozed_until: time,
}).openapi("HealthItem", {
  example: {
    code: "certificate.expires",
    severity: "warning",
    text: "The certificate expires in 12 days.",
    since: 1_767_225_600_000,
    repair: { text: "Upload a new one.", page: "/admin/certificates", action: "" },
    snoozed_until: 0,
  },
});

const items = z.object({ items: list(itemSchema) });
const params = z.object({ code: z.string().min(1).max(200) });
const tag = "health";

/** What is not as it should be, and what to do about it. */
export function healthRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/health",
    permission: "status.read",
    tag,
    summary: "What is not as it should be: worst first, snoozed ones last.",
    answer: items,
  }, ({ services }) => ({ items: services.health.list() }));

  api.route({
    method: "post",
    path: "/health/run",
    permission: "settings.write",
    tag,
    summary: "Run all checks now.",
    answer: items,
  }, async ({ services }) => ({ items: await services.health.run() }));

  api.route({
    method: "put",
    path: "/health/{code}/snooze",
    permission: "settings.write",
    tag,
    summary: "Do not count it until then; 0: count it again. A slash in the code is written %2F.",
    params,
    body: z.strictObject({ until: time }),
    answer: itemSchema,
  }, async ({ services, params, body, by }) => {
    const item = await services.health.snooze(params.code, body.until, by);
    if (item === null) throw new Problem("not-found", `Nothing is wrong with "${params.code}".`);
    return item;
  });

  api.route({
    method: "post",
    path: "/health/{code}/repair",
    permission: "settings.write",
    tag,
    summary: "Mend it, where the box can by itself.",
    params,
    answer: z.object({ result: z.string() }),
  }, async ({ services, params, by }) => ({ result: await services.health.repair(params.code, by) }));

  api.route({
    method: "get",
    path: "/events",
    permission: "status.read",
    tag,
    summary:
      "Server-sent events: `health` with the list after each change, `live` with the figures; both at once at first.",
    answers: "text/event-stream",
  }, (call) => {
    const { health, history } = call.services;
    return api.streams.open(call, "status.read", (push) => {
      const tellHealth = () => push({ event: "health", data: { items: health.list() } });
      const tellFigures = () => push({ event: "live", data: { figures: history.live() } });
      tellHealth();
      tellFigures();
      const stops = [health.onChange(tellHealth), history.onSample(tellFigures)];
      return () => stops.forEach((stop) => stop());
    });
  });
}
