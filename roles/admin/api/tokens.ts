import { z } from "@hono/zod-openapi";
import { TOKEN_SCOPES } from "../../../operations/mod.ts";
import type { Api } from "./api.ts";
import { idParams, list, time } from "./fields.ts";
import { tokenRole } from "./principals.ts";
import { Problem } from "./problems.ts";

const token = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(TOKEN_SCOPES),
  created_at: time,
  expires_at: time,
});

const tokenSchema = token.extend({
  last_used_at: time.openapi({ description: "0: not since the box started." }),
}).openapi("Token", {
  example: { id: "0a1b2c3d", name: "grafana", scope: "metrics", created_at: 1, expires_at: 0, last_used_at: 0 },
});

/** API tokens. */
export function tokenRoutes(api: Api): void {
  api.route({
    method: "get",
    path: "/tokens",
    permission: "tokens.read",
    tag: "tokens",
    summary: "All API tokens, never the tokens themselves.",
    answer: z.object({ tokens: list(tokenSchema) }),
  }, ({ services }) => ({ tokens: services.tokens.list() }));

  api.route({
    method: "post",
    path: "/tokens",
    permission: "tokens.write",
    tag: "tokens",
    summary: "Make an API token; it is told once.",
    body: z.strictObject({
      name: z.string().min(1).max(80),
      role: tokenRole,
      days: z.int().min(0).max(36_500).default(365).openapi({ description: "0: it does not expire." }),
    }).openapi("NewToken", { example: { name: "grafana", role: "metrics", days: 90 } }),
    status: 201,
    answer: token.extend({ token: z.string() }).openapi("TokenWithSecret"),
  }, ({ services, body, by }) => services.tokens.create(body, by));

  api.route({
    method: "delete",
    path: "/tokens/{id}",
    permission: "tokens.write",
    tag: "tokens",
    summary: "Revoke a token: it is worthless at once.",
    params: idParams,
  }, async ({ services, params, by }) => {
    if (await services.tokens.revoke(params.id, by)) return;
    throw new Problem("not-found", `There is no token "${params.id}".`);
  });
}
