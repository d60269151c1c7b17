import { z } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import {
  addedSchema,
  contactPage,
  contactPatch,
  contactSchema,
  listPatch,
  listSchema,
  newContact,
  newList,
  requestSchema,
} from "./contact_schemas.ts";
import { documentEtag, documentIfMatch, IF_MATCH } from "./document_etag.ts";
import { inField, limit, list, uriParams } from "./fields.ts";
import { nextLink } from "./paging.ts";
import { userChange } from "./user_change.ts";
import { knownUser } from "./users.ts";

const tag = "contacts";
const contactParams = uriParams.extend({ contact: z.string().min(1).max(300) });
const listParams = uriParams.extend({ list: z.string().min(1).max(300) });
const requestParams = uriParams.extend({ id: z.string().min(1).max(100) });

/** Contact lists, lists in them, who is blocked, and requests that wait (GM-2 to GM-15, FLT-1). */
export function contactRoutes(api: Api): void {
  contacts(api);
  blocked(api);
  lists(api);
  requests(api);
}

function contacts(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/contacts",
    permission: "users.read|self",
    tag,
    summary: "The user's contacts, in the order of the contact list, with its lists and who is blocked.",
    description: "`search`: part of an address or a name. `list`: those of one list. The ETag is the document's.",
    params: uriParams,
    query: z.strictObject({
      search: z.string().max(200).default(""),
      list: z.string().max(300).optional(),
      after: z.string().max(300).default("").openapi({ description: "The last address of the page before." }),
      limit: limit(1000, 200),
    }),
    answer: contactPage,
  }, async ({ services, params, query, request, headers }) => {
    knownUser(services, params.uri);
    const book = await services.contacts.book(params.uri);
    headers.set("etag", documentEtag(book.etag));
    const part = query.search.toLowerCase();
    const found = book.contacts.filter(({ uri, name, lists }) =>
      (query.list === undefined || lists.includes(query.list)) &&
      (uri.toLowerCase().includes(part) || name.toLowerCase().includes(part))
    );
    const from = query.after === "" ? 0 : found.findIndex(({ uri }) => uri === query.after) + 1;
    const page = found.slice(from, from + query.limit);
    const next = from + page.length < found.length ? page[page.length - 1].uri : "";
    if (next !== "") headers.set("link", nextLink(request.url, "after", next));
    return { contacts: page, lists: book.lists, blocked: book.blocked, next, total: found.length };
  });

  api.route({
    method: "post",
    path: "/users/{uri}/contacts",
    permission: "users.write|self",
    tag,
    summary: "Add a contact by SIP URI, user name or telephone number.",
    description: "`added`: both have each other as contacts now. `asked`: the contact has to agree first (GM-5). " +
      "`unknown-number`: nobody here has it; `link` is where its owner can join (GM-12).",
    params: uriParams,
    headers: IF_MATCH,
    body: newContact,
    answer: addedSchema,
  }, async ({ services, params, body, by, request }) => {
    knownUser(services, params.uri);
    return await services.contacts.add(params.uri, body, documentIfMatch(request.headers), by).catch((error) => {
      throw inField(error, fieldOf);
    });
  });

  api.route({
    method: "patch",
    path: "/users/{uri}/contacts/{contact}",
    permission: "users.write|self",
    tag,
    summary: "Rename a contact, or move it to another list; what is absent stays.",
    params: contactParams,
    headers: IF_MATCH,
    body: contactPatch,
    answer: contactSchema,
  }, async ({ services, params, body, by, request }) => {
    knownUser(services, params.uri);
    const etag = documentIfMatch(request.headers);
    return await services.contacts.change(params.uri, params.contact, body, etag, by).catch((error) => {
      throw inField(error, () => "name");
    });
  });

  userChange(api, {
    method: "delete",
    path: "/users/{uri}/contacts/{contact}",
    permission: "users.write|self",
    tag,
    summary: "Erase a contact from the contact list.",
    params: contactParams,
  }, async ({ services, params, etag, by }) => {
    await services.contacts.remove(params.uri, params.contact, etag, by);
  });
}

function blocked(api: Api): void {
  userChange(api, {
    method: "put",
    path: "/users/{uri}/blocked/{contact}",
    permission: "users.help|self",
    tag,
    summary: "Block somebody: nothing of theirs arrives. They need not be a contact.",
    params: contactParams,
  }, async ({ services, params, etag, by }) => {
    await services.contacts.block(params.uri, params.contact, etag, by);
  });

  userChange(api, {
    method: "delete",
    path: "/users/{uri}/blocked/{contact}",
    permission: "users.help|self",
    tag,
    summary: "Unblock somebody.",
    params: contactParams,
  }, async ({ services, params, etag, by }) => {
    await services.contacts.unblock(params.uri, params.contact, etag, by);
  });
}

function lists(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/lists",
    permission: "users.read|self",
    tag,
    summary: "The lists in the user's contact list.",
    params: uriParams,
    answer: z.object({ lists: list(listSchema) }),
  }, async ({ services, params, headers }) => {
    knownUser(services, params.uri);
    const { etag, lists } = await services.contacts.book(params.uri);
    headers.set("etag", documentEtag(etag));
    return { lists };
  });

  api.route({
    method: "post",
    path: "/users/{uri}/lists",
    permission: "users.write|self",
    tag,
    summary: "Make a list in the contact list.",
    params: uriParams,
    headers: IF_MATCH,
    body: newList,
    status: 201,
    answer: listSchema,
  }, async ({ services, params, body, by, request }) => {
    knownUser(services, params.uri);
    return await services.contacts.createList(params.uri, body, documentIfMatch(request.headers), by).catch(
      (error) => {
        throw inField(error, () => "name");
      },
    );
  });

  api.route({
    method: "patch",
    path: "/users/{uri}/lists/{list}",
    permission: "users.write|self",
    tag,
    summary: "Rename a list, or show it under another name.",
    params: listParams,
    headers: IF_MATCH,
    body: listPatch,
    answer: listSchema,
  }, async ({ services, params, body, by, request }) => {
    knownUser(services, params.uri);
    const etag = documentIfMatch(request.headers);
    return await services.contacts.changeList(params.uri, params.list, body, etag, by).catch((error) => {
      throw inField(error, () => "name");
    });
  });

  userChange(api, {
    method: "delete",
    path: "/users/{uri}/lists/{list}",
    permission: "users.write|self",
    tag,
    summary: "Remove a list; its contacts stay in the contact list.",
    params: listParams,
  }, async ({ services, params, etag, by }) => {
    await services.contacts.removeList(params.uri, params.list, etag, by);
  });
}

function requests(api: Api): void {
  api.route({
    method: "get",
    path: "/users/{uri}/contact-requests",
    permission: "users.read|self",
    tag,
    summary: "Requests that wait for an answer, oldest first.",
    params: uriParams,
    answer: z.object({ requests: list(requestSchema) }),
  }, async ({ services, params }) => {
    knownUser(services, params.uri);
    return { requests: await services.contacts.requests(params.uri) };
  });

  api.route({
    method: "post",
    path: "/users/{uri}/contact-requests/{id}/agree",
    permission: "self",
    tag,
    summary: "Agree: both have each other as contacts then. Only the user can.",
    params: requestParams,
  }, async ({ services, params, by }) => {
    await services.contacts.agree(params.uri, params.id, by);
  });

  api.route({
    method: "delete",
    path: "/users/{uri}/contact-requests/{id}",
    permission: "users.help|self",
    tag,
    summary: "Refuse a request, or take back one of one's own.",
    params: requestParams,
  }, async ({ services, params, by }) => {
    knownUser(services, params.uri);
    await services.contacts.dismiss(params.uri, params.id, by);
  });
}

function fieldOf(message: string): string {
  if (/^the name/.test(message)) return "name";
  return /^the message/.test(message) ? "message" : "contact";
}
