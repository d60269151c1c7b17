import type { Hono } from "hono";
import type { Clock, Log, Timed, Timers } from "../../foundation/mod.ts";
import type { StoredOperations, UserChange } from "../../operations/stored/mod.ts";
import type { Records, Subscribers } from "../../storage/mod.ts";
import type { Connection } from "../../web/mod.ts";
import type { PageEnv } from "../../web/ui/mod.ts";
import type { ProvisioningService, UserService } from "../admin/services/mod.ts";
import type { Newcomers } from "../sip_core/mod.ts";
import type { ClientDoor } from "./client_door.ts";
import { ExpiredBars } from "./expired_bars.ts";
import { type InviteRecord, Invites, MAX_INVITES } from "./invites.ts";
import { JoinRequests } from "./join_requests.ts";
import { BoxProvisioning } from "./provisioning.ts";
import type { RestFetch } from "./rest_client.ts";
import { MAX_SIGN_UPS, type SignUpRecord, SignUps } from "./sign_ups.ts";
import type { SignUpSettings } from "./sign_up_settings.ts";
import { Subscription } from "./subscription.ts";

const SWEEP_MS = 3_600_000;

/** What provisioning stands on. */
export interface ProvisioningParts {
  /** `Storage.records`. */
  readonly records: <T>(name: string, max: number) => Promise<Records<T>>;
  readonly subscribers: Subscribers;
  readonly operations: Pick<StoredOperations, "editUser" | "addWithCredentials">;
  readonly users: Pick<UserService, "suggestUri" | "change" | "revokeDevices">;
  /** Ends the browser sessions of a user (`Access.endSessionsOf`). */
  readonly endSessions: (aor: string) => Promise<unknown>;
  /** How many days users stay signed in who want to. */
  readonly stayDays: () => number;
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
  /** Of all XCAP URIs, for clients that keep contact lists: `https://im.example.test:8443/xcap`. */
  readonly xcapRoot: () => string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

/** The room, at work. */
export interface Provisioning {
  /** `/join…` and `/account…`; loaded with the first request. */
  readonly app: { fetch(request: Request, connection: Connection): Promise<Response> };
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
    app: lazily(async () => {
      const { publicApp } = await import("./public_app.tsx");
      return publicApp(parts, { invites, service, requests, subscription });
    }),
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

/** An application that is made when it is first asked: a box at rest does without the pages. */
function lazily(make: () => Promise<Hono<PageEnv>>): Provisioning["app"] {
  let made: Promise<Hono<PageEnv>> | null = null;
  return { fetch: async (request, connection) => await (await (made ??= make())).fetch(request, connection) };
}
