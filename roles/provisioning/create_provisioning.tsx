import { Hono } from "hono";
import type { Clock, Log, Timed, Timers } from "../../foundation/mod.ts";
import { OperationError } from "../../operations/mod.ts";
import type { StoredOperations, UserChange } from "../../operations/stored/mod.ts";
import type { Records, Subscribers } from "../../storage/mod.ts";
import { type PageContext, type PageEnv, PageError, pageSecurity, render } from "../../web/ui/mod.ts";
import type { ProvisioningService, UserService } from "../admin/services/mod.ts";
import type { Newcomers } from "../sip_core/mod.ts";
import { accountRoutes, userToken } from "./account_routes.tsx";
import type { ClientDoor } from "./client_door.ts";
import { ExpiredBars } from "./expired_bars.ts";
import { type InviteRecord, Invites, MAX_INVITES } from "./invites.ts";
import { JoinRequests } from "./join_requests.ts";
import { joinRoutes } from "./join_routes.tsx";
import { BoxProvisioning } from "./provisioning.ts";
import { PublicThrottle } from "./public_door.ts";
import { PublicErrorPage } from "./public_frame.tsx";
import { RestClient, type RestFetch } from "./rest_client.ts";
import { MAX_SIGN_UPS, type SignUpRecord, SignUps } from "./sign_ups.ts";
import type { SignUpSettings } from "./sign_up_settings.ts";
import { Subscription } from "./subscription.ts";
import { t } from "./texts.ts";

const SWEEP_MS = 3_600_000;
/** Octets; the largest form is a sign-up. */
const MAX_FORM = 16_384;

/** What provisioning stands on. */
export interface ProvisioningParts {
  /** `Storage.records`. */
  readonly records: <T>(name: string, max: number) => Promise<Records<T>>;
  readonly subscribers: Subscribers;
  readonly operations: Pick<StoredOperations, "editUser" | "addWithCredentials">;
  readonly users: Pick<UserService, "suggestUri" | "change" | "revokeDevices">;
  /** Ends the browser sessions of a user (`Access.endSessionsOf`). */
  readonly endSessions: (aor: string) => Promise<unknown>;
  /** REST in this process, for `/account`. */
  readonly api: RestFetch;
  /** Domains served here; the first one is offered first. */
  readonly domains: readonly string[];
  readonly settings: () => SignUpSettings;
  /** Where browsers and clients reach the box, without a slash at its end: `https://im.example.test:8443`. */
  readonly base: () => string;
  /** The SIP doors that clients may be sent to, see `clientDoors`. */
  readonly doors: () => readonly ClientDoor[];
  /** Clients trust the certificate of the TLS door without further ado. */
  readonly certificateTrusted: () => boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

/** The room, at work. */
export interface Provisioning {
  /** `/join…` and `/account…`. */
  readonly app: Hono<PageEnv>;
  readonly service: ProvisioningService;
  /** For the registrar (REG-2). */
  readonly newcomers: Newcomers;
  readonly subscription: Subscription;
  /** To be told of every change of a user (`StoredOperationsOptions.changed`). */
  userChanged(aor: string, change: UserChange): void;
  close(): void;
}

/** Reads what is stored and starts the sweeps. Rejects with what the store says. */
export async function createProvisioning(parts: ProvisioningParts): Promise<Provisioning> {
  const { clock, timers, log } = parts;
  const invites = new Invites(await parts.records<InviteRecord>("invites", MAX_INVITES), clock);
  const signUps = new SignUps(await parts.records<SignUpRecord>("sign_ups", MAX_SIGN_UPS), clock);
  const subscription = new Subscription(parts);
  const service = new BoxProvisioning({ ...parts, invites, signUps });
  const requests = new JoinRequests({ ...parts, signUps });
  const bars = new ExpiredBars(parts);
  const sweeper = new Sweeper(timers, async () => {
    await invites.sweep();
    await signUps.sweep();
  }, log);
  bars.start();
  sweeper.start();
  return {
    app: publicApp(parts, { invites, service, requests, subscription }),
    service,
    newcomers: subscription,
    subscription,
    userChanged: (aor, change) => {
      if (change !== "removed") return;
      invites.forgetUser(aor).catch((error: Error) =>
        log.error("invitations of a removed user are not gone", { error: error.message })
      );
    },
    close: () => {
      bars.stop();
      sweeper.stop();
    },
  };
}

function publicApp(
  parts: ProvisioningParts,
  own: { invites: Invites; service: BoxProvisioning; requests: JoinRequests; subscription: Subscription },
): Hono<PageEnv> {
  const throttle = new PublicThrottle(parts.clock);
  const join = joinRoutes({ ...parts, ...own, throttle });
  const account = accountRoutes({ ...parts, ...own, rest: new RestClient(parts.api), throttle });
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

/** What went wrong, for people. */
function pageErrorOf(error: Error, log: Log): PageError {
  if (error instanceof PageError) return error;
  if (!(error instanceof OperationError)) {
    log.error("page failed", { error: error.stack ?? error.message });
    return new PageError(500, "");
  }
  if (error.kind === "unavailable") {
    log.warn("nothing can be stored for a page", { error: error.message });
    return new PageError(503, t("unavailable_lead"));
  }
  return new PageError(error.kind === "not-found" ? 404 : 409, t("refused", { reason: error.message }));
}

/** The same as a page in the frame. */
function errorPage(c: PageContext, error: PageError): Response | Promise<Response> {
  if (error.status === 429) c.header("Retry-After", "60");
  const back = c.req.path.startsWith("/account") ? "/account" : c.req.path.split("/").slice(0, 3).join("/");
  return render(c, <PublicErrorPage error={error} back={back} />, error.status);
}

/** Removes what is over, once an hour. */
class Sweeper implements Timed {
  readonly #timers: Timers;
  readonly #sweep: () => Promise<void>;
  readonly #log: Log;
  #stopped = false;

  constructor(timers: Timers, sweep: () => Promise<void>, log: Log) {
    this.#timers = timers;
    this.#sweep = sweep;
    this.#log = log;
  }

  start(): void {
    this.#timers.start(SWEEP_MS, this, 0);
  }

  stop(): void {
    this.#stopped = true;
  }

  onTimer(): void {
    if (this.#stopped) return;
    this.#sweep().catch((error: Error) =>
      this.#log.error("what is over could not be removed", { error: error.message })
    ).finally(() => this.start());
  }
}
