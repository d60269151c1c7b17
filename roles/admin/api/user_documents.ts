import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { documentEtag } from "./document_etag.ts";
import { count, limit, list, time, uriParams } from "./fields.ts";
import { nextLink } from "./paging.ts";
import { userChange } from "./user_change.ts";
import { knownUser } from "./users.ts";

const tag = "documents";
const documentParams = uriParams.extend({
  id: z.string().min(3).max(400).openapi({ example: "resource-lists/index", description: "Usage and name." }),
});

const documentSchema = z.object({
  id: z.string(),
  auid: z.string(),
  name: z.string(),
  size: count,
  etag: z.string(),
  modified_at: time,
}).openapi("UserDocument", {
  example: {
    id: "resource-lists/index",
    auid: "resource-lists",
    name: "index",
    size: 2048,
    etag: "3f2a",
    modified_at: 1_767_225_600_000,
  },
});

/** A user's XDM documents: what there is, and to remove one. What they say is for who may read everything. */
export function userDocumentRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/documents",
    permission: "users.read",
    tag,
    summary: "The user's documents, in order of id, without what they say.",
    params: uriParams,
    query: z.strictObject({ after: z.string().max(400).default(""), limit: limit(1000, 200) }),
    answer: z.object({
      documents: list(documentSchema),
      next: z.string(),
      total: count,
      octets: count,
      root: z.string().openapi({ description: "Of all XCAP URIs: what clients are set up with." }),
    }),
  }, ({ services, params, query, request, headers }) => {
    knownUser(services, params.uri);
    const all = services.documents.list(params.uri);
    const rest = all.filter(({ id }) => id > query.after);
    const documents = rest.slice(0, query.limit);
    const next = documents.length < rest.length ? documents[documents.length - 1].id : "";
    if (next !== "") headers.set("link", nextLink(request.url, "after", next));
    const octets = all.reduce((sum, { size }) => sum + size, 0);
    return { documents, next, total: all.length, octets, root: services.documents.root };
  });

  api.route({
    method: "get",
    path: "/users/{uri}/documents/{id}",
    permission: "documents.read",
    tag,
    summary: "What a document says. Who reads it stands in the audit log.",
    params: documentParams,
    answers: "application/xml",
  }, async ({ services, params, by, headers }) => {
    knownUser(services, params.uri);
    const facts = services.documents.list(params.uri).find(({ id }) => id === params.id);
    const { media_type, text } = await services.documents.content(params.uri, params.id, by);
    if (facts !== undefined) headers.set("etag", documentEtag(facts.etag));
    return new Response(text, { headers: { "content-type": `${media_type}; charset=utf-8` } });
  });

  userChange(api, {
    method: "delete",
    path: "/users/{uri}/documents/{id}",
    permission: "users.write",
    tag,
    summary: "Remove a document: its contacts, rules or settings are gone.",
    params: documentParams,
  }, async ({ services, params, etag, by }) => {
    await services.documents.remove(params.uri, params.id, etag, by);
  });
}
