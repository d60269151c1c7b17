import { z } from "@hono/zod-openapi";
import { SearchRefusal } from "../../xdm/mod.ts";
import type { Api } from "./api.ts";
import { count, list } from "./fields.ts";
import { nextLink } from "./paging.ts";
import { Problem } from "./problems.ts";
import {
  peopleQuery,
  personParams,
  personSchema,
  publicGroupSchema,
  roomDetailSchema,
  roomListQuery,
  roomParams,
  roomSchema,
} from "./room_schemas.ts";
import { searchProblem } from "./searches.ts";

const tag = "rooms";
const ALIASES = "Who has an alias in a room has it here, too, whatever the role of who asks.";

/** Rooms that stand: who is in them, never what is said; to send somebody out, and to end one (ADM-1). */
export function roomRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/rooms",
    permission: "users.read",
    tag,
    summary: "Rooms that stand, newest first. What is said in them stands nowhere.",
    description:
      "Words are looked for in names, subjects and addresses, also of people in a room where others see them. " +
      ALIASES,
    query: roomListQuery,
    answer: z.object({ rooms: list(roomSchema), next: z.string(), total: count }),
  }, ({ services, query, request, headers }) => {
    const page = services.rooms.list(query);
    if (page.next !== "") headers.set("link", nextLink(request.url, "after", page.next));
    return page;
  });

  api.route({
    method: "get",
    path: "/rooms/public",
    permission: "users.read",
    tag,
    summary: "Groups that everybody may join, by their documents, whoever made them; in order of address.",
    query: roomListQuery,
    answer: z.object({ groups: list(publicGroupSchema), next: z.string(), total: count }),
  }, async ({ services, query, request, headers }) => {
    const page = await services.rooms.publicGroups(query).catch((error) => {
      throw error instanceof SearchRefusal ? searchProblem(error) : error;
    });
    if (page.next !== "") headers.set("link", nextLink(request.url, "after", page.next));
    return page;
  });

  api.route({
    method: "get",
    path: "/rooms/{id}",
    permission: "users.read",
    tag,
    summary: "One room: what holds in it, and how much waits and is recorded, by numbers.",
    params: roomParams,
    answer: roomDetailSchema,
  }, ({ services, params }) => services.rooms.find(params.id) ?? unknown(params.id));

  api.route({
    method: "get",
    path: "/rooms/{id}/people",
    permission: "users.read",
    tag,
    summary: "Who is in a room or on the way in, in the order they came.",
    description: ALIASES,
    params: roomParams,
    query: peopleQuery,
    answer: z.object({ people: list(personSchema), next: count, total: count }),
  }, ({ services, params, query: { gone, after, limit }, request, headers }) => {
    const page = services.rooms.people(params.id, { gone: gone === "true", after, limit }) ?? unknown(params.id);
    if (page.next !== 0) headers.set("link", nextLink(request.url, "after", String(page.next)));
    return page;
  });

  api.route({
    method: "delete",
    path: "/rooms/{id}/people/{person}",
    permission: "users.help",
    tag,
    summary: "Send somebody out, who is told and may come again only by an invitation.",
    params: personParams,
  }, ({ services, params, by }) => services.rooms.expel(params.id, params.person, by));

  api.route({
    method: "delete",
    path: "/rooms/{id}",
    permission: "users.help",
    tag,
    summary: "End a room: everybody in it is told, and nothing of it is kept.",
    params: roomParams,
  }, ({ services, params, by }) => services.rooms.end(params.id, by));
}

function unknown(id: string): never {
  throw new Problem("not-found", `There is no room "${id}" any more.`);
}
