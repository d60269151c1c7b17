import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Subscribers } from "../../storage/mod.ts";
import {
  failedForm,
  newForm,
  type PageContext,
  type PageEnv,
  PageError,
  render,
  setFlash,
  wrongField,
} from "../../web/ui/mod.ts";
import type { DeviceView, SessionView, UserDetail } from "../admin/services/mod.ts";
import { accountHistoryRoutes, readHistory } from "./account_history_routes.ts";
import { type AccountModel, AccountPage } from "./account_page.tsx";
import { passwordFaults } from "./join_requests.ts";
import { takeForm } from "./join_routes.tsx";
import type { BoxProvisioning } from "./provisioning.ts";
import type { PublicThrottle } from "./public_door.ts";
import type { RestAnswer, RestClient } from "./rest_client.ts";
import { SignInPage } from "./sign_in_page.tsx";
import type { Subscription } from "./subscription.ts";
import { faultText, t } from "./texts.ts";

export interface AccountParts {
  readonly rest: RestClient;
  readonly service: BoxProvisioning;
  readonly subscription: Subscription;
  readonly subscribers: Pick<Subscribers, "get">;
  readonly domains: readonly string[];
  readonly throttle: PublicThrottle;
}

/** Who is signed in: the session's token and whose it is. */
interface SignedIn {
  readonly token: string;
  readonly aor: string;
}

/**
 * The session cookie of users. With the prefix no other host of the domain can set it (RFC 6265bis §4.1.3); another name than
 * the console's, so that one browser can be both.
 */
export function userCookie(secure: boolean): string {
  return secure ? "__Host-parley-user" : "parley-user";
}

/** What the session's cookie says; "" where there is none that could be a token. */
export function userToken(c: PageContext): string {
  const token = getCookie(c, userCookie(c.env.secure)) ?? "";
  return /^[\w-]{1,200}$/.test(token) ? token : "";
}

/**
 * `/account`: the user's own page. It asks the public REST API in the user's name; what REST has no route for (a link for one
 * more device, confirming and leaving the service) is asked of the room's own services, once REST has said who it is.
 */
export function accountRoutes(parts: AccountParts): Hono<PageEnv> {
  const { rest, service, subscription, subscribers, throttle } = parts;
  const app = new Hono<PageEnv>();

  const from = (c: PageContext, token: string) => ({ raw: c.req.raw, connection: c.env, token });

  const signedIn = async (c: PageContext): Promise<SignedIn | null> => {
    const token = userToken(c);
    if (token === "") return null;
    const answer = await rest.call<{ principal: { kind: string; aor?: string } }>(
      from(c, token),
      "GET",
      "/sessions/current",
    );
    if (!answer.ok) return over(answer);
    if (answer.body.principal.kind !== "user") return null;
    return { token, aor: answer.body.principal.aor! };
  };

  const forget = (c: PageContext) => deleteCookie(c, userCookie(c.env.secure), { path: "/", secure: c.env.secure });

  const accountPage = async (c: PageContext, who: SignedIn, more: Partial<AccountModel>, status: 200 | 422 = 200) => {
    const path = pathOf(who.aor);
    const user = await rest.call<UserDetail>(from(c, who.token), "GET", path);
    const devices = await rest.call<{ devices: DeviceView[] }>(from(c, who.token), "GET", `${path}/devices`);
    const record = subscribers.get(who.aor);
    if (!user.ok) over(user);
    if (!devices.ok) over(devices);
    if (!user.ok || !devices.ok || record === undefined) {
      forget(c);
      return c.redirect("/account", 303);
    }
    const model: AccountModel = {
      user: user.body,
      devices: devices.body.devices,
      mustConfirm: subscription.mustConfirm(record),
      password: newForm(),
      link: null,
      history: await readHistory(c, rest, from(c, who.token)),
      ...more,
    };
    return render(c, <AccountPage {...model} />, status);
  };

  const toSignIn = (c: PageContext) => c.redirect("/account", 303);

  app.get("/account", async (c) => {
    const who = await signedIn(c);
    if (who !== null) return await accountPage(c, who, {});
    if (userToken(c) !== "") forget(c);
    return render(c, <SignInPage form={newForm()} domain={parts.domains[0]} />);
  });

  app.post("/account/sign-in", async (c) => {
    const posted = takeForm(c, throttle);
    const credentials = { uri: addressOf(posted.text("uri"), parts.domains[0]), password: posted.raw("password") };
    const page = (alert: string, status: 401 | 429 | 503) => {
      const form = { values: { uri: posted.text("uri") }, errors: {}, alert };
      return render(c, <SignInPage form={form} domain={parts.domains[0]} />, status);
    };
    if (posted.text("uri") === "" || credentials.password === "") return page(t("sign_in_wrong"), 401);
    const answer = await rest.call<{ token: string }>(from(c, ""), "POST", "/sessions", credentials);
    if (!answer.ok) {
      if (answer.status === 429) {
        c.header("Retry-After", String(answer.retryAfter_s));
        return page(t("sign_in_throttled", { n: Math.max(1, answer.retryAfter_s) }), 429);
      }
      const wrong = answer.status === 401 || answer.status === 422;
      return wrong ? page(t("sign_in_wrong"), 401) : page(answer.problem.detail ?? t("sign_in_failed"), 503);
    }
    // A session that somebody planted in this browser before ends here; the new one has a token nobody knows.
    const before = userToken(c);
    if (before !== "") await rest.call(from(c, before), "DELETE", "/sessions/current");
    setCookie(c, userCookie(c.env.secure), answer.body.token, {
      path: "/",
      httpOnly: true,
      sameSite: "Strict",
      secure: c.env.secure,
    });
    return c.redirect("/account", 303);
  });

  app.post("/account/sign-out", async (c) => {
    takeForm(c, throttle);
    const token = userToken(c);
    if (token !== "") await rest.call(from(c, token), "DELETE", "/sessions/current");
    forget(c);
    return c.redirect("/account", 303);
  });

  app.post("/account/password", async (c) => {
    const posted = takeForm(c, throttle);
    const who = await signedIn(c);
    if (who === null) return toSignIn(c);
    const [fault] = passwordFaults(posted.raw("password"), posted.raw("again"));
    if (fault !== undefined) {
      // Passwords are not written into the page again.
      const password = wrongField(posted, fault.field, faultText(fault.fault));
      return await accountPage(c, who, { password: { ...password, values: {} } }, 422);
    }
    const path = pathOf(who.aor);
    const body = { old: posted.raw("old"), new: posted.raw("password") };
    if (body.old === "") {
      const password = { values: {}, errors: { old: t("password_wrong") }, alert: "" };
      return await accountPage(c, who, { password }, 422);
    }
    const changed = await rest.call(from(c, who.token), "PUT", `${path}/password`, body);
    if (!changed.ok) return await refusedPassword(c, who, changed);
    await endOtherSessions(c, who);
    // What is registered with the old password shall not go on.
    await rest.call(from(c, who.token), "DELETE", `${path}/devices`);
    setFlash(c, "ok", t("password_changed"));
    return c.redirect("/account", 303);
  });

  const refusedPassword = (c: PageContext, who: SignedIn, answer: RestAnswer<unknown> & { ok: false }) => {
    if (answer.status === 429) throw new PageError(429, answer.problem.detail ?? t("throttled_lead"));
    if (answer.status === 503) throw new PageError(503, t("unavailable_lead"));
    const old = answer.problem.errors?.some(({ field }) => field === "old") === true;
    const password = old
      ? { values: {}, errors: { old: t("password_wrong") }, alert: "" }
      : { ...failedForm(c.get("posted"), answer.problem, { new: "password" }), values: {} };
    return accountPage(c, who, { password }, 422);
  };

  const endOtherSessions = async (c: PageContext, who: SignedIn) => {
    const answer = await rest.call<{ sessions: SessionView[] }>(from(c, who.token), "GET", "/sessions");
    if (!answer.ok) return;
    for (const { id, current } of answer.body.sessions) {
      if (!current) await rest.call(from(c, who.token), "DELETE", `/sessions/${encodeURIComponent(id)}`);
    }
  };

  app.post("/account/devices/end", async (c) => {
    const posted = takeForm(c, throttle);
    const who = await signedIn(c);
    if (who === null) return toSignIn(c);
    const path = `${pathOf(who.aor)}/devices/${encodeURIComponent(posted.text("id"))}`;
    const ended = await rest.call(from(c, who.token), "DELETE", path);
    setFlash(c, ended.ok ? "ok" : "warning", ended.ok ? t("device_ended") : t("device_gone"));
    return c.redirect("/account", 303);
  });

  app.post("/account/device-link", async (c) => {
    takeForm(c, throttle);
    const who = await signedIn(c);
    if (who === null) return toSignIn(c);
    const { link, expires_at } = await service.deviceLink(who.aor);
    // In this very answer: the link is told once.
    return await accountPage(c, who, { link: { url: link, expires_at } });
  });

  app.post("/account/confirm", async (c) => {
    takeForm(c, throttle);
    const who = await signedIn(c);
    if (who === null) return toSignIn(c);
    await subscription.confirm(who.aor);
    setFlash(c, "ok", t("confirmed"));
    return c.redirect("/account", 303);
  });

  app.post("/account/leave", async (c) => {
    takeForm(c, throttle);
    const who = await signedIn(c);
    if (who === null) return toSignIn(c);
    await subscription.leave(who.aor);
    await rest.call(from(c, who.token), "DELETE", `${pathOf(who.aor)}/devices`);
    setFlash(c, "ok", t("left"));
    return c.redirect("/account", 303);
  });

  const askerOf = async (c: PageContext) => {
    const who = await signedIn(c);
    return who === null ? null : from(c, who.token);
  };
  app.route("/", accountHistoryRoutes({ rest, throttle, askerOf }));

  // The address of a form that was refused, loaded anew.
  app.get("/account/*", toSignIn);
  return app;
}

/** Null where REST says that the session, or the user, is gone. Throws PageError where it cannot tell. */
function over({ status }: { readonly status: number }): null {
  if (status === 401 || status === 403 || status === 404) return null;
  throw new PageError(503, t("sign_in_failed"));
}

function pathOf(aor: string): string {
  return `/users/${encodeURIComponent(aor)}`;
}

/** An address as people type it: `alice`, `alice@example.test`, `sip:alice@example.test`. */
function addressOf(typed: string, domain: string): string {
  const address = typed.includes("@") ? typed : `${typed.replace(/^sips?:/i, "")}@${domain}`;
  return /^sips?:/i.test(address) ? address : `sip:${address}`;
}
