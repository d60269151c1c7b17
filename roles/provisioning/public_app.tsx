import { Hono } from "hono";
import { type PageContext, type PageEnv, PageError, pageSecurity, render } from "../../web/ui/mod.ts";
import { accountRoutes } from "./account_routes.tsx";
import type { ProvisioningParts } from "./create_provisioning.ts";
import type { Invites } from "./invites.ts";
import type { JoinRequests } from "./join_requests.ts";
import { joinRoutes } from "./join_routes.tsx";
import type { BoxProvisioning } from "./provisioning.ts";
import { PublicThrottle } from "./public_door.ts";
import { pageErrorOf } from "./public_errors.ts";
import { PublicErrorPage } from "./public_frame.tsx";
import { RestClient } from "./rest_client.ts";
import type { Subscription } from "./subscription.ts";
import { UserSessions, userToken } from "./user_sessions.ts";

/** Octets; the largest form is a sign-up. */
const MAX_FORM = 16_384;

/** `/join…` and `/account…`. */
export function publicApp(
  parts: ProvisioningParts,
  own: { invites: Invites; service: BoxProvisioning; requests: JoinRequests; subscription: Subscription },
): Hono<PageEnv> {
  const throttle = new PublicThrottle(parts.clock);
  const join = joinRoutes({ ...parts, ...own, throttle });
  const rest = new RestClient(parts.api);
  const sessions = new UserSessions(rest, parts.domains[0], parts.stayDays);
  const account = accountRoutes({ ...parts, ...own, rest, sessions, throttle });
  const app = new Hono<PageEnv>();
  // Programs fetch these: no cookies, no language, no page around an error.
  app.route("/", join.machine);
  // Invitations are followed by strangers to this browser: their forms are bound to a cookie of forms alone.
  for (const [path, session] of [["/join", () => ""], ["/account", userToken]] as const) {
    const security = pageSecurity({
      clock: parts.clock,
      session,
      preferences: `${path}/preferences`,
      limits: [{ path: /^/, octets: MAX_FORM }],
      errorPage,
    });
    // This pattern is for the path itself, too.
    app.use(`${path}/*`, security);
  }
  app.route("/", join.pages);
  app.route("/", account);
  app.onError((error, c) => errorPage(c, pageErrorOf(error, parts.log)));
  return app;
}

/** The same as a page in the frame. */
function errorPage(c: PageContext, error: PageError): Response | Promise<Response> {
  if (error.status === 429) c.header("Retry-After", "60");
  const back = c.req.path.startsWith("/account") ? "/account" : c.req.path.split("/").slice(0, 3).join("/");
  return render(c, <PublicErrorPage error={error} back={back} />, error.status);
}
