import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { count, list, time } from "./fields.ts";

const statusSchema = z.object({
  version: z.string(),
  domains: list(z.string()),
  started_at: time,
  now: time,
  doors: list(z.string()),
  users: count,
  registered: count,
  deferred_messages: count,
  deferred_octets: count,
  trouble: z.string().nullable(),
  restart_needed: z.boolean(),
  chat_sessions: count,
}).openapi("Status", {
  example: {
    version: "0.1.0",
    domains: ["example.test"],
    started_at: 1_767_225_600_000,
    now: 1_767_229_200_000,
    doors: ["tls://192.0.2.1:5061", "https://192.0.2.1:8443"],
    users: 120,
    registered: 96,
    deferred_messages: 14,
    deferred_octets: 5120,
    trouble: null,
    restart_needed: false,
    chat_sessions: 7,
  },
});

/** What users hear before a restart. */
const NOTICE = "The service restarts now, and is back in a moment.";

/** The box in numbers, and its restart. */
export function statusRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/status",
    permission: "status.read",
    tag: "status",
    summary: "The box in numbers.",
    answer: statusSchema,
  }, ({ services }) => ({ ...services.box.status(), chat_sessions: services.chatSessions?.size ?? 0 }));

  api.route({
    method: "post",
    path: "/restart",
    permission: "settings.write",
    tag: "status",
    summary: "Restart the service in place, after this answer. Below a second.",
    description:
      "With `tell_within` users who are registered are told first, and it restarts when all devices have that, " +
      "or after so many seconds.",
    query: z.strictObject({ tell_within: z.coerce.number().int().min(1).max(60).optional() }),
    status: 202,
    answer: z.object({ restarting: z.literal(true) }),
  }, ({ services, query: { tell_within }, by }) => {
    const notice = tell_within === undefined ? undefined : { text: NOTICE, within_ms: tell_within * 1000 };
    services.box.restart("asked for", by, notice);
    return { restarting: true as const };
  });
}
