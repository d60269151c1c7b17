import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Declaration } from "./declaration.ts";
import { type ProblemKind, PROBLEMS } from "./problems.ts";

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string(), line: z.int().optional() })).optional(),
}).openapi("Problem", {
  description: "A refusal (RFC 9457). `x-problems` lists the types.",
  example: {
    type: "/api/v1/openapi.json#/x-problems/invalid",
    title: "Not Valid",
    status: 422,
    detail: "1 value is wrong.",
    errors: [{ field: "role", message: "the role must be one of owner, operator, help-desk, auditor" }],
  },
});

/** What a route may refuse with, as far as its declaration tells. */
function refusalsOf(declaration: Declaration): ProblemKind[] {
  const { method, permission, params, query, body, upload, version, path } = declaration;
  const kinds: ProblemKind[] = ["plain-http"];
  if (permission !== "public") kinds.push("unauthenticated", "forbidden", "cross-site");
  if (path === "/sessions") kinds.push("unauthenticated", "totp-required", "throttled");
  if (path.startsWith("/set-up") && method === "post") kinds.push("forbidden", "throttled");
  if (params !== undefined) kinds.push("not-found");
  if (method !== "get") kinds.push("conflict", "unavailable");
  if (version !== undefined) kinds.push("stale");
  if (body !== undefined || upload !== undefined) kinds.push("malformed", "too-large");
  if (body !== undefined || (upload !== undefined && upload.type !== "*")) kinds.push("unsupported-media-type");
  if (params !== undefined || query !== undefined || body !== undefined || upload !== undefined) kinds.push("invalid");
  return kinds;
}

/** Enters a route into the document. */
export function document(app: Pick<OpenAPIHono, "openAPIRegistry">, declaration: Declaration, status: number): void {
  const { method, path, permission, tag, summary, description, params, query, body, upload, answer, answers } =
    declaration;
  const responses: Record<string, object> = {};
  for (const kind of refusalsOf(declaration)) {
    const [code, title] = PROBLEMS[kind];
    const before = responses[code] as { description: string } | undefined;
    const text = before === undefined ? title : `${before.description}; ${title}`;
    responses[code] = {
      description: before?.description.includes(title) ? before.description : text,
      content: { "application/problem+json": { schema: problemSchema } },
    };
  }
  const headers: Record<string, object> = {};
  if (declaration.etag !== undefined) headers.ETag = { description: "The version.", schema: { type: "string" } };
  responses[status] = {
    description: status === 204 ? "Done." : summary,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(answer !== undefined ? { content: { "application/json": { schema: answer } } } : {}),
    ...(answers !== undefined ? { content: { [answers]: { schema: { type: "string", format: "binary" } } } } : {}),
  };
  const lines: Record<string, z.ZodType> = {};
  for (const [name, text] of Object.entries(declaration.headers ?? {})) {
    lines[name] = z.string().openapi({ description: text });
  }
  if (declaration.version !== undefined) {
    lines["If-Match"] = z.string().optional().openapi({ description: "The ETag that was read.", example: '"3"' });
  }
  if (method === "post" && permission !== "public" && upload?.streamed !== true) {
    lines["Idempotency-Key"] = z.string().optional().openapi({
      description: "The same request with the same key within 24 h is carried out once.",
    });
  }
  const request = {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(Object.keys(lines).length === 0 ? {} : { headers: z.object(lines) }),
    ...(body === undefined ? {} : { body: { required: true, content: { "application/json": { schema: body } } } }),
    ...(upload === undefined ? {} : {
      body: {
        required: true,
        description: `At most ${upload.limit} octets.`,
        content: {
          [upload.type === "*" ? "application/octet-stream" : upload.type]: {
            schema: { type: "string" as const, format: "binary" },
          },
        },
      },
    }),
  };
  app.openAPIRegistry.registerPath({
    method,
    path: `/api/v1${path}`,
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    description: [description ?? "", `Permission: \`${permission}\`.`].filter((text) => text !== "").join("\n\n"),
    security: permission === "public" ? [] : [{ bearer: [] }, { cookie: [] }],
    "x-permission": permission,
    request,
    responses: responses as never,
  });
}

/** `get_users_by_uri` */
function operationId(method: string, path: string): string {
  return method + path.replace(/\{(\w+)\}/g, "by_$1").replace(/[^a-zA-Z0-9]+/g, "_");
}

/** The whole document. */
export function openApiDocument(
  app: Pick<OpenAPIHono, "getOpenAPI31Document">,
  version: string,
): Record<string, unknown> {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version,
      description:
        "Everything that runs the box. Times are milliseconds since the epoch. The console's pages use this API " +
        "and no other.",
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, { cookie: [] }],
  });
  const problems = Object.entries(PROBLEMS).map(([kind, [status, title, description]]) => [
    kind,
    { status, title, description },
  ]);
  return { ...document, "x-problems": Object.fromEntries(problems) };
}

export function describeSecurity(app: Pick<OpenAPIHono, "openAPIRegistry">): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "A session token of `POST /api/v1/sessions`, or an API token.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-parley",
    description: "The console's own pages.",
  });
}
