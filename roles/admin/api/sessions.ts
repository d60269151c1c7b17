import { z } from "@hono/zod-openapi";
import type { Login, Principal } from "../services/mod.ts";
import { type Api, forbidden } from "./api.ts";
import { idParams } from "./fields.ts";
import { ownName, principalSchema, sessionList, sessionSchema } from "./principals.ts";
import { Problem } from "./problems.ts";

const secret = z.string().min(1).max(1024);

const credentials = z.union([
  z.strictObject({ name: z.string().min(1).max(64), password: secret, code: z.string().max(64).optional() }),
  z.strictObject({ uri: z.string().min(1).max(300), password: secret, stay: z.boolean().optional() }),
], { error: "allowed: {name, password, code} for an admin, {uri, password, stay} for a user" }).openapi("Credentials", {
  example: { name: "ada", password: "correct horse battery" },
});

export const loginSchema = z.object({ token: z.string(), session: sessionSchema, principal: principalSchema })
  .openapi("Login");

/** What a log-in answers. Throws the Problems "unauthenticated", "totp-required" and "throttled". */
export function loggedIn(login: Login): z.input<typeof loginSchema> {
  if (login.outcome === "ok") return { token: login.token, session: login.session, principal: login.principal };
  if (login.outcome === "totp") {
    throw new Problem(
      "totp-required",
      "The password is right; now the six digits of the authenticator, or a recovery code.",
    );
  }
  if (login.outcome === "throttled") {
    const seconds = login.retry_after_seconds;
    throw new Problem("throttled", `Too many tries: try again in ${seconds} seconds.`, {
      headers: { "retry-after": String(seconds) },
    });
  }
  throw new Problem("unauthenticated", "Name, password or code is wrong.", {
    headers: { "www-authenticate": 'Bearer realm="parley"' },
  });
}

/** Log-in, log-out, and the sessions there are. */
export function sessionRoutes(api: Api): void {
  api.route({
    method: "post",
    path: "/sessions",
    permission: "public",
    tag: "sessions",
    summary: "Log in.",
    description:
      "An admin by name, a user by SIP address. 401 of the type `totp-required`: the same again with `code`. " +
      "`stay`: the session lasts for weeks instead of hours (`[portal]`).",
    body: credentials,
    answer: loginSchema,
    status: 201,
  }, async ({ services, body, source, userAgent }) => {
    const from = { password: body.password, source, user_agent: userAgent };
    return loggedIn(
      "uri" in body
        ? await services.access.logInUser({ uri: body.uri, stay: body.stay ?? false, ...from })
        : await services.access.logIn({ name: body.name, code: body.code ?? "", ...from }),
    );
  });

  api.route({
    method: "get",
    path: "/sessions/current",
    permission: "any",
    tag: "sessions",
    summary: "Who asks. `session` is null for an API token.",
    answer: z.object({
      principal: principalSchema,
      session: sessionSchema.nullable(),
      must_set_up_totp: z.boolean(),
    }),
  }, ({ services, principal }) => {
    if (principal === null) throw forbidden("a session");
    if (principal.kind === "token") return { principal, session: null, must_set_up_totp: false };
    const must_set_up_totp = services.access.mustEnrol(principal);
    const mine = services.access.listSessions({ who: ownName(principal), current: principal.session });
    return { principal, session: mine.find(({ current }) => current) ?? null, must_set_up_totp };
  });

  api.route({
    method: "delete",
    path: "/sessions/current",
    permission: "any",
    tag: "sessions",
    summary: "Log out.",
  }, async ({ services, principal }) => {
    if (principal === null || principal.kind === "token") {
      throw new Problem("conflict", "An API token has no session to end; revoke it instead.");
    }
    await services.access.logOut(principal.session);
  });

  api.route({
    method: "get",
    path: "/sessions",
    permission: "admins.read|own",
    tag: "sessions",
    summary: "Sessions, of all or of `who`: an admin's name, or an address. Without admins.read only one's own.",
    query: z.strictObject({ who: z.string().max(300).optional() }),
    answer: z.object({ sessions: sessionList }),
  }, ({ services, query, principal }) => {
    const all = principal !== null && services.access.may(principal, "admins.read");
    const who = query.who ?? (all ? "" : ownName(principal));
    if (!all && who !== ownName(principal)) throw forbidden("admins.read");
    const sessions = services.access.listSessions({ who, current: sessionOf(principal) });
    return { sessions: all ? sessions : sessions.filter(({ kind }) => kind === principal?.kind) };
  });

  api.route({
    method: "delete",
    path: "/sessions/{id}",
    permission: "admins.write|own",
    tag: "sessions",
    summary: "End a session. Without admins.write only one's own.",
    params: idParams,
  }, async ({ services, params, principal, by }) => {
    const all = principal !== null && services.access.may(principal, "admins.write");
    if (!all) {
      const mine = services.access.listSessions({ who: ownName(principal), current: "" });
      if (!mine.some(({ id, kind }) => id === params.id && kind === principal?.kind)) throw forbidden("admins.write");
    }
    if (!await services.access.endSession(params.id, by)) {
      throw new Problem("not-found", `There is no session "${params.id}".`);
    }
  });
}

function sessionOf(principal: Principal | null): string {
  return principal === null || principal.kind === "token" ? "" : principal.session;
}
