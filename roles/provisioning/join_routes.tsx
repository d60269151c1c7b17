import { Hono } from "hono";
import type { Clock } from "../../foundation/mod.ts";
import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import { problem } from "../../web/mod.ts";
import {
  type FormState,
  newForm,
  type PageContext,
  type PageEnv,
  PageError,
  type Posted,
  render,
} from "../../web/ui/mod.ts";
import type { UserService } from "../admin/services/mod.ts";
import { serviceState } from "../sip_core/mod.ts";
import { bestDoor, type ClientDoor } from "./client_door.ts";
import { baresipAccount } from "./client_settings.ts";
import type { InviteRecord, Invites } from "./invites.ts";
import { type InviteModel, InvitePage } from "./invite_page.tsx";
import { type FieldFault, type JoinRequests, passwordFaults, type SignUpForm } from "./join_requests.ts";
import { isLinkToken } from "./link_token.ts";
import { linphoneConfig } from "./linphone_config.ts";
import { LinkFaultPage } from "./link_fault_page.tsx";
import type { BoxProvisioning } from "./provisioning.ts";
import type { PublicThrottle } from "./public_door.ts";
import { SignUpClosedPage, SignUpPage, SignUpWaitsPage } from "./sign_up_pages.tsx";
import type { SignUpSettings } from "./sign_up_settings.ts";
import type { Subscription } from "./subscription.ts";
import { faultText, t } from "./texts.ts";

export interface JoinParts {
  readonly invites: Invites;
  readonly requests: JoinRequests;
  readonly service: BoxProvisioning;
  readonly subscription: Subscription;
  readonly subscribers: Pick<Subscribers, "get">;
  readonly users: Pick<UserService, "change" | "revokeDevices">;
  /** Ends what is open in browsers of a user whose password was set by an invitation. */
  readonly endSessions: (aor: string) => Promise<unknown>;
  readonly settings: () => SignUpSettings;
  readonly domains: readonly string[];
  readonly base: () => string;
  readonly doors: () => readonly ClientDoor[];
  readonly certificateTrusted: () => boolean;
  readonly xcapRoot: () => string;
  readonly throttle: PublicThrottle;
  readonly clock: Clock;
}

/** A link that works: whose it is, and how far it still goes. */
interface Opened {
  readonly state: "good" | "used";
  readonly id: string;
  readonly invite: InviteRecord;
  readonly token: string;
  readonly user: Subscriber;
}

/** A link that does not. */
export interface Fault {
  readonly state: "unknown" | "throttled" | "expired" | "withdrawn";
  readonly status: 404 | 410 | 429;
  readonly invite: InviteRecord | null;
}

/** Days that the page after a sign-up can be opened again. */
const OWN_LINK_DAYS = 7;

/**
 * `/join`: signing up, and the page that an invitation's link leads to. A page is only looked at by GET: a messenger that
 * previews the link uses nothing up. The client's configuration is fetched by GET, too, because clients know nothing else;
 * that is what counts as a use.
 */
export function joinRoutes(parts: JoinParts): { machine: Hono<PageEnv>; pages: Hono<PageEnv> } {
  const { invites, subscribers, throttle, settings, service, requests } = parts;
  const machine = new Hono<PageEnv>();
  machine.use("/join/:token/:document{linphone\\.xml|baresip}", async (c, next) => {
    await next();
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
  });
  const app = new Hono<PageEnv>();
  const hostOf = (c: PageContext) => c.env.remote.host;

  /** The invitation behind the link of this request, or why it does not work. */
  const lookUp = (c: PageContext): Opened | Fault => {
    const token = c.req.param("token") ?? "";
    const found = invites.find(token);
    const user = found.state === "unknown" ? undefined : subscribers.get(found.invite.uri);
    if (found.state === "unknown" || user === undefined) {
      return throttle.wrongLink(hostOf(c))
        ? { state: "unknown", status: 404, invite: null }
        : { state: "throttled", status: 429, invite: null };
    }
    if (found.state === "expired" || found.state === "withdrawn") {
      return { state: found.state, status: 410, invite: found.invite };
    }
    return { ...found, state: found.state, token, user };
  };

  const faultPage = (c: PageContext, { state, status, invite }: Fault) => {
    if (status === 429) c.header("Retry-After", "60");
    return render(c, <LinkFaultPage state={state} invite={invite} />, status);
  };

  const invitePage = (c: PageContext, link: Opened, more: Partial<InviteModel> = {}, status: 200 | 422 = 200) => {
    const door = bestDoor(parts.doors(), parts.certificateTrusted());
    const user = subscribers.get(link.user.aor) ?? link.user;
    const model: InviteModel = {
      user,
      state: serviceState(user, parts.clock),
      mustConfirm: parts.subscription.mustConfirm(user),
      url: `${parts.base()}/join/${link.token}`,
      path: `/join/${link.token}`,
      kind: link.invite.kind,
      used: link.state === "used",
      left: link.invite.max_uses - link.invite.uses,
      expires_at: link.invite.expires_at,
      door,
      xcapRoot: parts.xcapRoot(),
      baresip: door === null ? null : baresipAccount(user, door, null),
      passwordSaved: false,
      form: newForm(),
      ...more,
    };
    return render(c, <InvitePage {...model} />, status);
  };

  app.get("/join", (c) => {
    if (!settings().open) return render(c, <SignUpClosedPage />, 404);
    return render(
      c,
      <SignUpPage
        domains={parts.domains}
        approval={settings().approval}
        form={newForm({ domain: parts.domains[0] })}
      />,
    );
  });

  app.post("/join", async (c) => {
    if (!settings().open) return render(c, <SignUpClosedPage />, 404);
    const posted = takeForm(c, throttle);
    const { approval } = settings();
    const typed: SignUpForm = {
      name: posted.text("name"),
      domain: posted.text("domain"),
      display_name: posted.text("display_name"),
      e164: posted.text("e164"),
      password: posted.raw("password"),
      again: posted.raw("again"),
    };
    // A field that no person sees: who fills it in gets the answer of a success, and nothing happens.
    if (posted.raw("website") !== "") return render(c, <SignUpWaitsPage uri={typed.name} />);
    const host = hostOf(c);
    const outcome = await requests.submit(typed, host, () => throttle.signUp(host));
    switch (outcome.kind) {
      case "faults":
        return render(
          c,
          <SignUpPage domains={parts.domains} approval={approval} form={formOf(posted, outcome.faults)} />,
          422,
        );
      case "full":
        throw new PageError(503, t("sign_up_full"));
      case "throttled":
        throw new PageError(429, t("sign_up_throttled"));
      case "waits":
        return render(c, <SignUpWaitsPage uri={outcome.uri} />);
      case "made": {
        // From here on as if invited: the same page configures the first client.
        const request = { uri: outcome.uri, days: OWN_LINK_DAYS, max_uses: 5 };
        const { link } = await service.invite(request, `user:${outcome.uri}`);
        return c.redirect(link.slice(link.lastIndexOf("/join/")), 303);
      }
    }
  });

  app.get("/join/:token", async (c) => {
    const link = lookUp(c);
    return "status" in link ? faultPage(c, link) : invitePage(c, link);
  });

  machine.get("/join/:token/linphone.xml", async (c) => {
    const link = lookUp(c);
    if ("status" in link) return faultAnswer(link);
    const door = bestDoor(parts.doors(), parts.certificateTrusted());
    if (door === null) return problem(503, "Service Unavailable", "No SIP door is open for clients.");
    // Looking whether it is there is no use of it.
    const used = c.req.method === "HEAD" ? link.state === "good" : await invites.use(link.id);
    if (!used) return problem(410, "Gone", "This link has set up as many devices as it may.");
    c.header("Content-Disposition", 'inline; filename="linphone.xml"');
    return c.body(linphoneConfig(link.user, door), 200, { "content-type": "application/xml; charset=utf-8" });
  });

  machine.get("/join/:token/baresip", async (c) => {
    const link = lookUp(c);
    if ("status" in link) return faultAnswer(link);
    const door = bestDoor(parts.doors(), parts.certificateTrusted());
    if (door === null) return problem(503, "Service Unavailable", "No SIP door is open for clients.");
    return c.text(`${baresipAccount(link.user, door, null)}\n`);
  });

  app.post("/join/:token/password", async (c) => {
    const link = lookUp(c);
    if ("status" in link) return faultPage(c, link);
    const posted = takeForm(c, throttle);
    // A link for a device is the user's own way to add one; whoever has it shall not get the account.
    if (link.invite.kind !== "invitation") throw new PageError(403, t("password_device_link"));
    const password = posted.raw("password");
    const faults = passwordFaults(password, posted.raw("again"));
    if (faults.length > 0) return invitePage(c, link, { form: formOf(posted, faults) }, 422);
    if (!await invites.use(link.id)) return invitePage(c, { ...link, state: "used" });
    const { aor } = link.user;
    await parts.users.change(aor, { password }, null, `user:${aor}`);
    // What is registered with the old one shall not go on.
    await parts.users.revokeDevices(aor, `user:${aor}`);
    await parts.endSessions(aor);
    const invite = invites.get(link.id) ?? link.invite;
    const door = bestDoor(parts.doors(), parts.certificateTrusted());
    const user = subscribers.get(aor) ?? link.user;
    // Not a redirect: baresip's line holds the password, which is known in this very answer and nowhere after it.
    const state = invite.uses < invite.max_uses ? "good" : "used";
    return invitePage(c, { ...link, invite, state, user }, {
      passwordSaved: true,
      baresip: door === null ? null : baresipAccount(user, door, password),
    });
  });

  app.post("/join/:token/confirm", async (c) => {
    const link = lookUp(c);
    if ("status" in link) return faultPage(c, link);
    takeForm(c, throttle);
    await parts.subscription.confirm(link.user.aor);
    return c.redirect(`/join/${link.token}`, 303);
  });

  // The address of a form that was answered with a page, loaded anew.
  app.get("/join/:token/*", (c) => {
    const token = c.req.param("token");
    if (!isLinkToken(token)) throw new PageError(404, "");
    return c.redirect(`/join/${token}`, 303);
  });

  return { machine, pages: app };
}

/** The same for a program: an RFC 9457 problem. */
function faultAnswer({ state, status }: Fault): Response {
  if (status === 429) {
    return problem(429, "Too Many Requests", "Too many links that lead nowhere.", { "retry-after": "60" });
  }
  if (status === 410) return problem(410, "Gone", `This link is ${state}.`);
  return problem(404, "Not Found", "This link leads nowhere.");
}

/** The form as it was typed, with what is wrong beside its fields. Passwords are not written into a page again. */
function formOf(posted: Posted, faults: readonly FieldFault[]): FormState {
  const { password: _password, again: _again, ...values } = posted.values();
  const errors = Object.fromEntries(faults.map(({ field, fault }) => [field, faultText(fault)]));
  return { values, errors, alert: "" };
}

/** The form that came; its origin and token were checked. Throws PageError 429 where a source sends too many. */
export function takeForm(c: PageContext, throttle: PublicThrottle): Posted {
  if (!throttle.form(c.env.remote.host)) throw new PageError(429, t("throttled_lead"));
  return c.get("posted");
}
