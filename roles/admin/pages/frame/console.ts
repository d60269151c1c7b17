import type { Hono, MiddlewareHandler } from "hono";
import { type PageContext, type PageEnv, PageError, setFlash } from "../../../../web/ui/mod.ts";
import { readSessionCookie } from "../../api/session_cookie.ts";
import { cameSecurely } from "../../api/caller.ts";
import { type AdminRole, type Permission, PERMISSIONS, type Principal } from "../../services/mod.ts";
import { t } from "../texts/frame.ts";
import { ApiClient, type ApiFetch, SessionEnded } from "./api_client.ts";

/** An admin by session: who looks at the pages. */
export type Viewer = Extract<Principal, { kind: "admin" }>;

/** What a page of the console works with. */
export interface Console {
  readonly api: ApiClient;
  readonly viewer: Viewer;
  /** Whether the viewer's role has it: what the page may offer. REST checks it again. */
  may(permission: Permission): boolean;
}

export interface ConsoleEnv extends PageEnv {
  Variables: PageEnv["Variables"] & {
    /** REST before log-in: `console` has the one with the session. */
    api: ApiClient;
    console: Console;
  };
}
export type ConsoleApp = Hono<ConsoleEnv>;
export type ConsoleContext = Parameters<MiddlewareHandler<ConsoleEnv>>[0];

/** The session's token in the request; "" for none. */
export function sessionToken(c: PageContext): string {
  const { headers } = c.req.raw;
  return readSessionCookie(headers, cameSecurely(headers, c.env)) ?? "";
}

/** Gives every request its REST client. */
export function withApi(api: ApiFetch): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    c.set("api", new ApiClient(api, c.req.raw, c.env, sessionToken(c)));
    await next();
  };
}

/**
 * Before a page: somebody is logged in, and their role has this permission (`admin`: any role). Who is not logged in is led
 * to the log-in and back.
 */
export function needs(permission: Permission | "admin"): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const api = c.get("api");
    if (sessionToken(c) === "") throw new SessionEnded();
    const { principal, must_set_up_totp } = await api.need<{ principal: Principal; must_set_up_totp: boolean }>(
      "/sessions/current",
    );
    // A user's session is for /account; here it counts as none.
    if (principal.kind !== "admin") throw new SessionEnded();
    // Until then REST refuses everything else.
    if (must_set_up_totp && !/^\/admin\/me(?:\/|$)/.test(c.req.path)) {
      setFlash(c, "warning", t("totp.first"));
      return c.redirect("/admin/me", 303);
    }
    const may = (wanted: Permission) => roleMay(principal.role, wanted);
    if (permission !== "admin" && !may(permission)) throw new PageError(403, "role");
    c.set("console", { api, viewer: principal, may });
    await next();
  };
}

export function roleMay(role: AdminRole, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly AdminRole[]).includes(role);
}
