import { z } from "@hono/zod-openapi";
import { OperationError } from "../../../operations/mod.ts";
import { userAddress } from "../../../operations/stored/mod.ts";
import { SystemMessageFault } from "../services/mod.ts";
import type { Api } from "./api.ts";
import { idParams, limit, list } from "./fields.ts";
import { nextLink } from "./paging.ts";
import { Problem } from "./problems.ts";
import { messageSchema, newMessageSchema, recipientSchema } from "./system_message_schemas.ts";

/** What the service itself says to users, and what they answer (SMSG-1, SMSG-3, SMSG-13). */
export function systemMessageRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/system-messages",
    permission: "messages.send",
    tag: "system messages",
    summary: "What was sent, newest first, with how many have it and what was answered.",
    query: z.strictObject({ limit: limit(500, 50) }),
    answer: z.object({ messages: list(messageSchema) }),
  }, ({ services, query }) => ({ messages: services.systemMessages.list(query.limit) }));

  api.route({
    method: "post",
    path: "/system-messages",
    permission: "messages.send",
    tag: "system messages",
    summary: "Send a text to a user, a group, `everybody`, or whoever a condition is true of, with options to answer.",
    description:
      "It goes on after the answer; the list tells how far. One with a condition, and one that blocks everybody, stand " +
      "until `expires_at` or until they are withdrawn: whoever comes later is asked, too.",
    body: newMessageSchema,
    status: 202,
    answer: messageSchema,
  }, async ({ services, body, by }) => {
    const request = body.to === undefined || body.to === "everybody" ? body : { ...body, to: recipient(body.to) };
    return await services.systemMessages.send(request, by).catch((error) => {
      throw inOwnField(error);
    });
  });

  api.route({
    method: "get",
    path: "/system-messages/{id}",
    permission: "messages.send",
    tag: "system messages",
    summary: "One message, with how far each recipient is.",
    description: "Of a text to everybody recipients are only counted. The Link header leads to those behind `after`.",
    params: idParams,
    query: z.strictObject({ limit: limit(500, 100), after: z.string().max(300).default("") }),
    answer: z.object({ message: messageSchema, recipients: list(recipientSchema) }),
  }, ({ services, params, query, request, headers }) => {
    const message = services.systemMessages.get(params.id) ?? unknown(params.id);
    const found = services.systemMessages.recipients(params.id, query.after, query.limit + 1);
    const recipients = found.slice(0, query.limit);
    if (found.length > query.limit) headers.set("link", nextLink(request.url, "after", recipients.at(-1)!.uri));
    return { message, recipients };
  });

  api.route({
    method: "delete",
    path: "/system-messages/{id}",
    permission: "messages.send",
    tag: "system messages",
    summary: "Withdraw a message: nobody is asked any more, and what it kept closed opens. It stays in the list.",
    params: idParams,
    answer: messageSchema,
  }, async ({ services, params, by }) => await services.systemMessages.withdraw(params.id, by));
}

function unknown(id: string): never {
  throw new OperationError("not-found", `there is no system message "${id.slice(0, 80)}"`);
}

function inOwnField(error: unknown): unknown {
  if (!(error instanceof SystemMessageFault)) return error;
  const { field, message } = error;
  return new Problem("invalid", message, { errors: [{ field, message }] });
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
