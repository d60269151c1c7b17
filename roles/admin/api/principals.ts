import { z } from "@hono/zod-openapi";
import { type Principal, ROLES } from "../services/mod.ts";
import { forbidden } from "./api.ts";
import { list, time } from "./fields.ts";

export const roleSchema = z.enum(ROLES, { error: `allowed: ${ROLES.join(", ")}` });
const tokenRole = z.enum([...ROLES, "metrics"], { error: `allowed: ${ROLES.join(", ")}, metrics` });
export { tokenRole };

export const principalSchema = z.union([
  z.object({ kind: z.literal("admin"), name: z.string(), role: roleSchema, session: z.string() }),
  z.object({ kind: z.literal("token"), name: z.string(), role: tokenRole }),
  z.object({ kind: z.literal("user"), aor: z.string(), session: z.string() }),
]).openapi("Principal", { example: { kind: "admin", name: "ada", role: "owner", session: "5f3a…" } });

export const sessionSchema = z.object({
  id: z.string(),
  kind: z.enum(["admin", "user"]),
  who: z.string(),
  created_at: time,
  seen_at: time,
  expires_at: time,
  source: z.string(),
  user_agent: z.string(),
  current: z.boolean(),
}).openapi("Session", {
  example: {
    id: "5f3a9c0d5f3a9c0d5f3a9c0d5f3a9c0d",
    kind: "admin",
    who: "ada",
    created_at: 1_767_225_600_000,
    seen_at: 1_767_225_660_000,
    expires_at: 1_767_229_260_000,
    source: "192.0.2.7",
    user_agent: "Mozilla/5.0",
    current: true,
  },
});

export const sessionList = list(sessionSchema);

/** Whose sessions are one's own. Throws the Problem "forbidden" for a token, which has none. */
export function ownName(principal: Principal | null): string {
  if (principal === null || principal.kind === "token") throw forbidden("a session");
  return principal.kind === "admin" ? principal.name : principal.aor;
}

/** The admin by session who asks. Throws the Problem "forbidden". */
export function adminOf(principal: Principal | null): Extract<Principal, { kind: "admin" }> {
  if (principal === null || principal.kind !== "admin") throw forbidden("a session of an admin");
  return principal;
}

/** The address-of-record of the user by session who asks. Throws the Problem "forbidden". */
export function userOf(principal: Principal | null): string {
  if (principal === null || principal.kind !== "user") throw forbidden("a session of a user");
  return principal.aor;
}
