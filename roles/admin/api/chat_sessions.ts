import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { count, idParams, limit, list, time, userUri } from "./fields.ts";
import { Problem } from "./problems.ts";

const chatSessionSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  since: time,
  mode: z.enum(["chat", "large", "file"]),
  octets: count,
  messages: count,
}).openapi("ChatSession", {
  description:
    "A chat session, a large message or a file that is going on. `octets`: passed through the box, both ways.",
  example: {
    id: "c41",
    from: "sip:alice@example.test",
    to: "sip:bob@example.test",
    since: 1_767_225_600_000,
    mode: "chat",
    octets: 20_480,
    messages: 12,
  },
});

const tag = "chat sessions";

/** Who has a session with whom at present, never what is said; and its end. */
export function chatSessionRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/chat-sessions",
    permission: "users.read",
    tag,
    summary: "Sessions that are going on, newest first. What is said in them stands nowhere.",
    description: "`search`: part of an address. `total`: of all sessions, whatever is asked for.",
    query: z.strictObject({
      user: userUri.optional(),
      search: z.string().max(200).default(""),
      limit: limit(1000, 200),
    }),
    answer: z.object({ sessions: list(chatSessionSchema), total: count }),
  }, ({ services: { chatSessions }, query: { user = "", search, limit } }) => ({
    sessions: chatSessions?.list({ user, search, limit }) ?? [],
    total: chatSessions?.size ?? 0,
  }));

  api.route({
    method: "delete",
    path: "/chat-sessions/{id}",
    permission: "users.help",
    tag,
    summary: "End a session: both sides are told.",
    params: idParams,
  }, ({ services, params, by }) => {
    if (services.chatSessions?.end(params.id, by)) return;
    throw new Problem("not-found", `There is no session "${params.id}" any more.`);
  });
}
