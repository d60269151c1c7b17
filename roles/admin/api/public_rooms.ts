import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { documentIfMatch, IF_MATCH } from "./document_etag.ts";
import { count, list } from "./fields.ts";

const tag = "public-rooms";
const params = z.object({ name: z.string().min(1).max(64).openapi({ example: "lobby" }) });
const uri = z.string().min(1).max(300);

const roomSchema = z.object({
  name: z.string(),
  uri: z.string(),
  display_name: z.string(),
  subject: z.string(),
  minimum_age: count,
  max_participants: count,
  searchable: z.boolean(),
  private_messages: z.boolean(),
  moderators: list(z.string()),
  blocked: list(z.string()),
  etag: z.string(),
}).openapi("PublicRoom", { description: "A room of the operator that everybody may join (CHAT-5)." });

const newRoom = z.strictObject({
  uri: uri.openapi({ description: "Of a domain served here, and nobody else's." }),
  display_name: z.string().min(1).max(128),
  subject: z.string().max(200).default(""),
  minimum_age: z.int().min(0).max(99).default(0).openapi({ description: "Years; 0: any." }),
  max_participants: z.int().min(0).max(5000).default(0).openapi({ description: "0: as many as the settings allow." }),
  searchable: z.boolean().default(true),
  private_messages: z.boolean().default(true),
  moderators: z.array(uri).max(100).default([]).openapi({ description: "Users who may put out others." }),
  blocked: z.array(uri).max(1000).default([]).openapi({ description: "Who may not come in." }),
}).openapi("NewPublicRoom", { example: { uri: "sip:lobby@example.test", display_name: "Lobby", minimum_age: 16 } });

/** Public rooms of the operator (CHAT-5, CHAT-18, ADM-1). */
export function publicRoomRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/public-rooms",
    permission: "users.read",
    tag,
    summary: "The operator's public rooms, in order of name.",
    answer: z.object({ rooms: list(roomSchema) }),
  }, async ({ services }) => ({ rooms: await services.publicRooms.list() }));

  api.route(
    {
      method: "put",
      path: "/public-rooms/{name}",
      permission: "users.write",
      tag,
      summary: "Make a public room, or replace what is said of it; a session that is on follows at once.",
      params,
      headers: IF_MATCH,
      body: newRoom,
      answer: roomSchema,
    },
    ({ services, params, body, by, request }) =>
      services.publicRooms.put(params.name, body, documentIfMatch(request.headers), by),
  );

  api.route({
    method: "delete",
    path: "/public-rooms/{name}",
    permission: "users.write",
    tag,
    summary: "Remove a public room; a session that is on ends.",
    params,
    headers: IF_MATCH,
  }, async ({ services, params, by, request }) => {
    await services.publicRooms.remove(params.name, documentIfMatch(request.headers), by);
  });
}
