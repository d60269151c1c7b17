import { z } from "@hono/zod-openapi";
import { type SearchFindings, SearchRefusal } from "../../xdm/mod.ts";
import type { Api } from "./api.ts";
import { list, uriParams } from "./fields.ts";
import { Problem } from "./problems.ts";
import { conditionSchema, readCondition } from "./search_conditions.ts";

const searchSchema = z.strictObject({
  of: z.enum(["people", "rooms", "history"], { error: "allowed: people, rooms, history" }).default("people"),
  where: conditionSchema.optional(),
  limit: z.int().min(1).max(1000).optional(),
  domain: z.enum(["own", "home", "all"], { error: "allowed: own, home, all" }).default("home"),
}).openapi("Search", { example: { of: "people", where: { field: "hobby", is: "chess" } } });

const findingsSchema = z.object({
  results: list(z.object({
    id: z.string(),
    display_name: z.string(),
    fields: z.record(z.string(), list(z.string())),
  })),
  more: z.boolean(),
}).openapi("SearchResults", {
  description:
    "`id`: User-ID of a user, address of a room, reference of a conversation. `fields`: of users, values that the " +
    "search was based on. `more`: there is more than was asked for or is let out.",
  example: {
    results: [{ id: "bob@example.test", display_name: "Bob", fields: { hobby: ["Chess"] } }],
    more: false,
  },
});

/** Searches of users: for each other, for public rooms, for their own conversations (GM-2, GM-3, UPROF-6, CHAT-3). */
export function searchRoutes(api: Api): void {
  api.route({
    method: "post",
    path: "/users/{uri}/searches",
    permission: "self",
    tag: "contacts",
    summary: "Search by the public profile for people, or for rooms, or in one's own conversations.",
    description:
      "Who searches for people has filled in what the operator asks for in their own profile. Whole values are " +
      "compared. People need a `where`.",
    params: uriParams,
    body: searchSchema,
    answer: findingsSchema,
  }, async ({ services: { searches }, params, body }) => {
    const where = body.where === undefined ? null : readCondition(body.where);
    const scope = { most: body.limit ?? null, domain: body.domain };
    try {
      switch (body.of) {
        case "people": {
          if (where !== null) return answerOf(await searches.people(params.uri, where, scope));
          const message = "is needed: not everybody is listed";
          throw new Problem("invalid", `where ${message}.`, { errors: [{ field: "where", message }] });
        }
        case "rooms":
          return answerOf(await searches.rooms(params.uri, where, scope));
        case "history": {
          const { found, more } = await searches.history(params.uri, where, scope.most);
          const results = found.map(({ fields: { "history-reference": reference = [], ...fields } }) => ({
            id: reference[0] ?? "",
            display_name: fields.subject?.[0] ?? "",
            fields,
          }));
          return { results, more };
        }
      }
    } catch (error) {
      throw error instanceof SearchRefusal ? searchProblem(error) : error;
    }
  });
}

function answerOf({ found, more }: SearchFindings) {
  return { results: found.map(({ id, displayName, fields }) => ({ id, display_name: displayName, fields })), more };
}

/** What a refused search is in REST. */
export function searchProblem({ kind, message, retryAfter_s }: SearchRefusal): Problem {
  const headers: Record<string, string> = retryAfter_s > 0 ? { "retry-after": String(retryAfter_s) } : {};
  switch (kind) {
    case "forbidden":
      return new Problem("forbidden", message);
    case "busy":
      return new Problem("throttled", message, { headers });
    case "unavailable":
      return new Problem("unavailable", message, { headers });
    default:
      return new Problem("invalid", message, { errors: [{ field: "where", message }] });
  }
}
