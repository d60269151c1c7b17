import { z } from "@hono/zod-openapi";
import type { AuditLog } from "../../../storage/mod.ts";
import type { Api } from "./api.ts";
import { count, limit, list, time } from "./fields.ts";
import { nextLink } from "./paging.ts";

const entrySchema = z.object({
  id: z.int(),
  at: time,
  event: z.string(),
  actor: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  chain: z.string(),
}).openapi("AuditEntry", {
  example: {
    id: 42,
    at: 1_767_225_600_000,
    event: "user.suspended",
    actor: "admin:ada",
    facts: { user: "sip:alice@example.test" },
    chain: "9f86d081884c7d65…",
  },
});

const chainSchema = z.union([
  z.object({ ok: z.literal(true), entries: count, first: z.int(), last: z.int(), head: z.string() }),
  z.object({ ok: z.literal(false), at: z.int(), reason: z.string() }),
]).openapi("ChainReport");

/** Lines of an export that go out together. */
const SLICE = 200;

/** The audit log: append-only, each entry chained to the one before. */
export function auditRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/audit",
    permission: "audit.read",
    tag: "audit",
    summary: "Entries, newest first. `next`: `before` of the next page; 0 on the last.",
    query: z.strictObject({
      event: z.string().max(100).default(""),
      actor: z.string().max(300).default(""),
      before: z.coerce.number().int().min(0).default(0),
      limit: limit(500, 100),
    }),
    answer: z.object({ entries: list(entrySchema), next: z.int() }),
  }, async ({ services, query, request, headers }) => {
    // One more than asked for tells whether there is a next page.
    const found = await services.audit.list({
      limit: query.limit + 1,
      ...(query.event === "" ? {} : { event: query.event }),
      ...(query.actor === "" ? {} : { actor: query.actor }),
      ...(query.before === 0 ? {} : { before: query.before }),
    });
    const entries = found.slice(0, query.limit);
    const next = found.length > query.limit ? entries[entries.length - 1].id : 0;
    if (next !== 0) headers.set("link", nextLink(request.url, "before", String(next)));
    return { entries, next };
  });

  api.route({
    method: "get",
    path: "/audit/verify",
    permission: "audit.read",
    tag: "audit",
    summary: "Walk the whole chain and compare.",
    answer: chainSchema,
  }, ({ services }) => services.audit.verify());

  api.route({
    method: "get",
    path: "/audit/export",
    permission: "audit.read",
    tag: "audit",
    summary: "All entries, oldest first, one JSON object a line.",
    answers: "application/jsonl",
  }, ({ services }) =>
    new Response(ReadableStream.from(linesOf(services.audit)).pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "application/jsonl", "content-disposition": 'attachment; filename="audit.jsonl"' },
    }));
}

async function* linesOf(audit: AuditLog): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const entry of audit.walk()) {
    lines.push(`${JSON.stringify(entry)}\n`);
    if (lines.length < SLICE) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}
