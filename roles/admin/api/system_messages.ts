import { z } from "@hono/zod-openapi";
import { userAddress } from "../../../operations/stored/mod.ts";
import type { Api } from "./api.ts";
import { count, inField, limit, list, time } from "./fields.ts";
import { Problem } from "./problems.ts";

const messageSchema = z.object({
  id: z.string(),
  at: time,
  by: z.string(),
  cause: z.string(),
  to: z.string(),
  text: z.string(),
  recipients: count,
  delivered: count,
  deferred: count,
  failed: count,
}).openapi("SystemMessage");

/** What the service itself says to users (SMSG-1). */
export function systemMessageRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/system-messages",
    permission: "messages.send",
    tag: "system messages",
    summary: "What was sent, newest first.",
    query: z.strictObject({ limit: limit(500, 50) }),
    answer: z.object({ messages: list(messageSchema) }),
  }, ({ services, query }) => ({ messages: services.systemMessages.list(query.limit) }));

  api.route({
    method: "post",
    path: "/system-messages",
    permission: "messages.send",
    tag: "system messages",
    summary: "Send a text to a user, or to `everybody`. It goes on after the answer; the list tells how far.",
    body: z.strictObject({ to: z.string().min(1).max(300), text: z.string().min(1).max(2000) })
      .openapi("NewSystemMessage", { example: { to: "everybody", text: "The box restarts at noon." } }),
    status: 202,
    answer: messageSchema,
  }, async ({ services, body, by }) => {
    const to = body.to === "everybody" ? body.to : recipient(body.to);
    return await services.systemMessages.send({ to, text: body.text }, by).catch((error) => {
      throw inField(error, (message) => message.includes("text") ? "text" : "to");
    });
  });
}

function recipient(text: string): string {
  try {
    return userAddress(text).aor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { message } = error;
    throw new Problem("invalid", message, { errors: [{ field: "to", message }] });
  }
}
