import { z } from "@hono/zod-openapi";
import type { AdminServices, ConversationContent, ConversationQuery, ConversationService } from "../services/mod.ts";
import { languageOf } from "../../../web/ui/mod.ts";
import { type Api, BASE } from "./api.ts";
import {
  conversationPage,
  conversationSchema,
  exportQuery,
  hitsSchema,
  listQuery,
  patchSchema,
  referenceParams,
  saidSchema,
  searchQuery,
  seqParams,
} from "./conversation_schemas.ts";
import { count, inField, limit, list } from "./fields.ts";
import { nextLink } from "./paging.ts";
import { userOf } from "./principals.ts";
import { Problem } from "./problems.ts";

const tag = "history";
/** Conversations of one DELETE. */
const MOST_AT_ONCE = 200;

/** A user's recorded conversations, for that user alone: to list, read, rename, move, delete, search and take along (HST-1, HST-2). */
export function conversationRoutes(api: Api): void {
  many(api);
  one(api);
  contents(api);
}

function many(api: Api): void {
  api.route({
    method: "get",
    path: "/me/history",
    permission: "user",
    tag,
    summary: "One's recorded conversations, the latest first.",
    query: listQuery,
    answer: conversationPage,
  }, ({ services, principal, query, request, headers }) => {
    const page = inForm(() =>
      conversations(services).list(userOf(principal), filterOf(query), query.after, query.limit)
    );
    if (page.next !== "") headers.set("link", nextLink(request.url, "after", page.next));
    return page;
  });

  api.route({
    method: "delete",
    path: "/me/history",
    permission: "user",
    tag,
    summary: "Delete conversations for good: all that are named, or none where one of them is not there.",
    query: z.strictObject({
      references: z.string().min(1).max(20_000).openapi({ description: "Parted by commas." }),
    }),
  }, async ({ services, principal, query }) => {
    const references = query.references.split(",").map((one) => one.trim()).filter((one) => one !== "");
    if (references.length === 0 || references.length > MOST_AT_ONCE) {
      const message = `are 1 to ${MOST_AT_ONCE}, parted by commas`;
      throw new Problem("invalid", `references ${message}.`, { errors: [{ field: "references", message }] });
    }
    if (!await conversations(services).remove(userOf(principal), references)) throw unknown();
  });

  api.route({
    method: "get",
    path: "/me/history/folders",
    permission: "user",
    tag,
    summary: "The folders of one's conversations; the first is for those in none.",
    answer: z.object({ folders: list(z.object({ folder: z.string(), conversations: count, octets: count })) }),
  }, ({ services, principal }) => ({ folders: conversations(services).folders(userOf(principal)) }));

  api.route({
    method: "get",
    path: "/me/history/search",
    permission: "user",
    tag,
    summary: "Search one's conversations by words, people, dates and folders; the latest first.",
    query: searchQuery,
    answer: hitsSchema,
  }, async ({ services, principal, query }) => {
    const { words, reference } = query;
    const search = { ...filterOf(query), words, reference };
    return await conversations(services).search(userOf(principal), search, query.limit).catch((error) => {
      throw inField(error, () => "words");
    });
  });
}

function one(api: Api): void {
  api.route(
    {
      method: "get",
      path: "/me/history/{reference}",
      permission: "user",
      tag,
      summary: "A conversation: who, when, how much.",
      params: referenceParams,
      answer: conversationSchema,
    },
    ({ services, principal, params }) =>
      conversations(services).find(userOf(principal), params.reference) ?? refuseUnknown(),
  );

  api.route(
    {
      method: "patch",
      path: "/me/history/{reference}",
      permission: "user",
      tag,
      summary: "Rename a conversation, move it to a folder, change its subject or when it goes; what is absent stays.",
      params: referenceParams,
      body: patchSchema,
      answer: conversationSchema,
    },
    async ({ services, principal, params, body }) =>
      await conversations(services).change(userOf(principal), params.reference, body).catch((error) => {
        throw inField(error, (message) => message.split(" ")[0]);
      }) ?? refuseUnknown(),
  );

  api.route({
    method: "delete",
    path: "/me/history/{reference}",
    permission: "user",
    tag,
    summary: "Delete a conversation for good.",
    params: referenceParams,
  }, async ({ services, principal, params }) => {
    if (!await conversations(services).remove(userOf(principal), [params.reference])) throw unknown();
  });

  api.route({
    method: "get",
    path: "/me/history/{reference}/messages",
    permission: "user",
    tag,
    summary: "What was said, in order.",
    params: referenceParams,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0).openapi({
        type: "integer",
        description: "`next` of the page before.",
      }),
      limit: limit(200, 100),
    }),
    answer: z.object({ messages: list(saidSchema), next: count }),
  }, async ({ services, principal, params: { reference }, query, request, headers }) => {
    const page = await conversations(services).messages(userOf(principal), reference, query.after, query.limit);
    if (page === null) throw unknown();
    if (page.next > 0) headers.set("link", nextLink(request.url, "after", String(page.next)));
    const path = `${BASE}/me/history/${encodeURIComponent(reference)}/messages`;
    return {
      messages: page.messages.map((message) => ({ ...message, content: `${path}/${message.seq}/content` })),
      next: page.next,
    };
  });
}

function contents(api: Api): void {
  api.route({
    method: "get",
    path: "/me/history/{reference}/messages/{seq}/content",
    permission: "user",
    tag,
    summary: "The octets of a message.",
    description: "`form=content`: what a person opens; `original`: with the wrapper it came in (message/cpim).",
    params: seqParams,
    query: z.strictObject({
      form: z.enum(["original", "content"], { error: "allowed: original, content" }).default("content"),
    }),
    answers: "*/*",
  }, async ({ services, principal, params: { reference, seq }, query }) => {
    const content = await conversations(services).content(userOf(principal), reference, seq, query.form);
    if (content === null) throw unknown();
    return attachment({ ...content, file_name: content.file_name || `message-${seq}` });
  });

  api.route({
    method: "get",
    path: "/me/history/{reference}/export",
    permission: "user",
    tag,
    summary: "A whole conversation as one file: everything as JSON, or a page to read.",
    description: "The page is in the language of Accept-Language.",
    params: referenceParams,
    query: exportQuery,
    answers: "*/*",
  }, ({ services, principal, params, query: { format, zone }, request }) => {
    const { intl } = languageOf(undefined, request.headers.get("accept-language") ?? undefined);
    const file = conversations(services).export(userOf(principal), params.reference, format, {
      language: intl,
      zone,
    });
    if (file === null) throw unknown();
    return attachment(file);
  });
}

/** Throws the Problem "unavailable" where the box keeps no conversations. */
export function conversations({ conversations }: AdminServices): ConversationService {
  if (conversations === undefined) throw new Problem("unavailable", "This box keeps no conversations.");
  return conversations;
}

/** The same for what never was and for what is another's: nobody learns which. */
export function unknown(): Problem {
  return new Problem("not-found", "There is no such conversation, or no such message in it.");
}

function refuseUnknown(): never {
  throw unknown();
}

function filterOf(query: { folder?: string; with: string; from: number; until?: number }): ConversationQuery {
  const { folder, from, until = Infinity } = query;
  const tidy = folder?.split("/").map((part) => part.trim()).filter((part) => part !== "").join("/");
  return { folder: tidy ?? null, with: query.with, from, until };
}

function inForm<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inField(error, () => "after");
  }
}

/** Octets of others, handed out so that no browser runs or guesses anything of them. */
function attachment({ content_type, file_name, octets, stream }: ConversationContent): Response {
  const headers = new Headers({
    "content-type": safeType(content_type),
    "content-disposition": `attachment; filename="${asciiName(file_name)}"; filename*=UTF-8''${encodedName(file_name)}`,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
  if (octets >= 0) headers.set("content-length", String(octets));
  return new Response(stream, { headers });
}

/** A type that a header line can hold; others are octets. */
function safeType(type: string): string {
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *; *[\w-]+=(?:[\w!#$&^.+:/-]+|"[\x20-\x21\x23-\x5b\x5d-\x7e]*"))*$/.test(
      type,
    ) &&
      type.length < 300
    ? type
    : "application/octet-stream";
}

/** A file's name without folders, and without what a file system or a header line takes for something else (RFC 6266 §4.3). */
function plainName(name: string): string {
  return name.toWellFormed().replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, "_").replace(/^\.+/, "_").slice(0, 150) || "file";
}

function asciiName(name: string): string {
  return plainName(name).replace(/[^\x20-\x7e]/g, "_").replaceAll("%", "_");
}

function encodedName(name: string): string {
  return encodeURIComponent(plainName(name).toWellFormed()).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
