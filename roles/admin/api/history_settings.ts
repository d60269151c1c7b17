import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { markSchema, newMark, recordingSchema, recordWish } from "./conversation_schemas.ts";
import { conversations, unknown } from "./conversations.ts";
import { count, limit, list, userUri } from "./fields.ts";
import { nextLink } from "./paging.ts";
import { userOf } from "./principals.ts";
import { Problem } from "./problems.ts";

const tag = "history";

const usageSchema = z.object({ uri: z.string(), conversations: count, messages: count, octets: count }).openapi(
  "HistoryUsage",
  { example: { uri: "sip:alice@example.test", conversations: 12, messages: 340, octets: 81_920 } },
);

/** What is recorded, by wish and by command; how far it has been read; and for the operator how much it takes (HST-1, HST-3). */
export function historyRoutes(api: Api): void {
  wishes(api);
  marks(api);
  usage(api);
}

function wishes(api: Api): void {
  api.route({
    method: "get",
    path: "/me/history/settings",
    permission: "user",
    tag,
    summary: "What of one's conversations is recorded, and how much room there is.",
    answer: recordingSchema,
  }, ({ services, principal }) => conversations(services).settings(userOf(principal)));

  api.route({
    method: "put",
    path: "/me/history/settings",
    permission: "user",
    tag,
    summary: "Set what is recorded from now on.",
    body: z.strictObject({ record: recordWish }).openapi("NewHistorySettings", { example: { record: "everything" } }),
    answer: recordingSchema,
  }, ({ services, principal, body }) => conversations(services).changeSettings(userOf(principal), body.record));

  api.route({
    method: "post",
    path: "/me/history/record",
    permission: "user",
    tag,
    summary: "Begin, or stop, to record one conversation.",
    description: "`conversation`: address of the other party, or of the room or session that one is in.",
    body: z.strictObject({
      conversation: z.string().min(1).max(300),
      action: z.enum(["start", "stop"], { error: "allowed: start, stop" }),
      name: z.string().max(200).default(""),
    }).openapi("RecordCommand", { example: { conversation: "sip:bob@example.test", action: "start" } }),
  }, async ({ services, principal, body }) => {
    const refusal = await conversations(services).record(userOf(principal), body);
    if (refusal === null) return;
    const { status, reason } = refusal;
    throw new Problem(status === 403 ? "forbidden" : status === 404 ? "not-found" : "unavailable", reason);
  });
}

function marks(api: Api): void {
  api.route(
    {
      method: "get",
      path: "/me/history/marks",
      permission: "user",
      tag,
      summary: "How far one has read with each, and how much is unread; the latest first.",
      query: z.strictObject({ with: z.string().max(300).default(""), limit: limit(200, 50) }),
      answer: z.object({ marks: list(markSchema) }),
    },
    async ({ services, principal, query }) => ({
      marks: await conversations(services).marks(userOf(principal), query),
    }),
  );

  api.route({
    method: "put",
    path: "/me/history/marks",
    permission: "user",
    tag,
    summary: "Say how far one has read, for all of one's devices. It goes back only with `back`.",
    body: newMark,
    answer: markSchema,
  }, async ({ services, principal, body }) => {
    const { at = 0, reference = "", seq = 0, back } = body;
    const mark = await conversations(services).mark(userOf(principal), { with: body.with, at, reference, seq, back });
    if (mark === null) throw unknown();
    return mark;
  });
}

function usage(api: Api): void {
  api.route({
    method: "get",
    path: "/history/usage",
    permission: "users.read",
    tag,
    summary: "How much users have recorded, by address: sizes alone, never with whom or what.",
    description: "`totals`: of all users; octets that several recorded are counted once there.",
    query: z.strictObject({
      user: userUri.optional(),
      order: z.enum(["address", "size"], { error: "allowed: address, size" }).default("address"),
      after: z.string().max(300).default("").openapi({
        description: "The last address of the page before; in order of address.",
      }),
      limit: limit(1000, 200),
    }),
    answer: z.object({
      users: list(usageSchema),
      next: z.string(),
      total: count,
      totals: z.object({ conversations: count, messages: count, octets: count }),
    }),
  }, ({ services, query: { user, order, after, limit }, request, headers }) => {
    const all = services.conversations?.usage() ?? [];
    const totals = services.conversations?.totals ?? { conversations: 0, messages: 0, octets: 0 };
    all.sort((a, b) => (order === "size" ? b.octets - a.octets : 0) || (a.uri < b.uri ? -1 : 1));
    const found = user === undefined ? all : all.filter(({ uri }) => uri === user);
    const rest = order === "address" ? found.filter(({ uri }) => uri > after) : found;
    const users = rest.slice(0, limit);
    const next = order === "address" && users.length < rest.length ? users[users.length - 1].uri : "";
    if (next !== "") headers.set("link", nextLink(request.url, "after", next));
    return { users, next, total: all.length, totals };
  });
}
