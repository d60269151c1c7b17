import { Hono } from "hono";
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
import { refused, SignInPage } from "./sign_in_page.tsx";
import type { Subscription } from "./subscription.ts";
import { faultText, t } from "./texts.ts";
import { over, type SignedIn, type UserSessions, userToken } from "./user_sessions.ts";

export interface AccountParts {
  readonly rest: RestClient;
  readonly sessions: UserSessions;
  readonly service: BoxProvisioning;
  readonly subscription: Subscription;
  readonly subscribers: Pick<Subscribers, "get">;
  readonly domains: readonly string[];
  readonly throttle: PublicThrottle;
}

/**
 * `/account`: the user's own page. It asks the public REST API in the user's name; what REST has no route for (a link for one
 * more device, confirming and leaving the service) is asked of the room's own services, once REST has said who it is.
 */
export function accountRoutes(parts: AccountParts): Hono<PageEnv> {
  const { rest, sessions, service, subscription, subscribers, throttle } = parts;
  const app = new Hono<PageEnv>();
  const domain = parts.domains[0];

  const from = (c: PageContext, token: string) => sessions.asker(c, token);
  const signedIn = (c: PageContext) => sessions.of(c);

  const accountPage = async (c: PageContext, who: SignedIn, more: Partial<AccountModel>, status: 200 | 422 = 200) => {
    const path = pathOf(who.aor);
    const user = await rest.call<UserDetail>(from(c, who.token), "GET", path);
    const devices = await rest.call<{ devices: DeviceView[] }>(from(c, who.token), "GET", `${path}/devices`);
    const record = subscribers.get(who.aor);
    if (!user.ok) over(user);
    if (!devices.ok) over(devices);
    if (!user.ok || !devices.ok || record === undefined) {
      sessions.forget(c);
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
    if (userToken(c) !== "") sessions.forget(c);
    return render(c, <SignInPage form={newForm()} domain={domain} at="/account" />);
  });

  app.post("/account/sign-in", async (c) => {
    const posted = takeForm(c, throttle);
    const fault = await sessions.signIn(c, posted);
    if (fault === null) return c.redirect("/account", 303);
    return render(c, <SignInPage form={refused(posted, fault)} domain={domain} at="/account" />, fault.status);
  });

  app.post("/account/sign-out", async (c) => {
    takeForm(c, throttle);
    await sessions.signOut(c);
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

function pathOf(aor: string): string {
  return `/users/${encodeURIComponent(aor)}`;
}
