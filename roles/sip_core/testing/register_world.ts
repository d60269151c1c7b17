import { Events, Metrics, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Flow, SipResponse } from "../../../transport/sip/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import { identityOf } from "../assertion.ts";
import type { CoreEvents } from "../core_events.ts";
import type { Newcomers } from "../newcomers.ts";
import { createRegistrar, type Registrar } from "../registrar.ts";
import type { RegistrarSettings } from "../registrar_settings.ts";
import type { Received } from "./core_world.ts";
import { exchangeOf, FakeFlow } from "./fake_exchange.ts";
import { FakeRegistrations, FakeSubscribers, subscriber } from "./fake_storage.ts";

export const ALICE = "sip:alice@example.test";
export const INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';

/** What happened, as short text: `registered sip:a@b`, `unregistered sip:a@b expired`. */
export type Happened = string[];

/** A registrar over fakes, and clients that register as they like. */
export class RegisterWorld {
  readonly time = new FakeTime();
  readonly subscribers: FakeSubscribers;
  readonly registrations: FakeRegistrations;
  readonly events = new Events<CoreEvents>((error) => {
    throw error;
  });
  readonly happened: Happened = [];
  readonly registrar: Registrar;
  /** What went on to the next element. */
  readonly passed: string[] = [];
  readonly #cseqs = new Map<string, number>();

  constructor(
    settings: Partial<RegistrarSettings> = {},
    registrations = new FakeRegistrations(),
    users: readonly Subscriber[] = USERS,
    time?: FakeTime,
    newcomers?: Newcomers,
  ) {
    if (time !== undefined) this.time = time;
    this.subscribers = new FakeSubscribers(users);
    this.registrations = registrations;
    this.events.on(
      "registered",
      ({ binding, first }) => this.happened.push(`registered ${binding.contact}${first ? " first" : ""}`),
    );
    this.events.on(
      "refreshed",
      ({ binding, shortened }) => this.happened.push(`${shortened ? "shortened" : "refreshed"} ${binding.contact}`),
    );
    this.events.on("unregistered", ({ binding, why }) => this.happened.push(`unregistered ${binding.contact} ${why}`));
    this.registrar = createRegistrar({
      subscribers: this.subscribers,
      registrations,
      domains: new Set(["example.test", "other.test"]),
      wires: { advertised: () => ({ host: "im.example.test", port: 5060 }) },
      events: this.events,
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: new Metrics(),
      gruuKey: new Uint8Array(32).fill(7),
      settings,
      newcomers,
    });
  }

  /** Sends a REGISTER of an authenticated user; the answer may come later. `lines`: further headers. */
  send(lines: string, options: RegisterOptions = {}): Received {
    const { user = ALICE, callId = "call-1", flow = new FakeFlow(), trusted = false, to = user } = options;
    const cseq = options.cseq ?? (this.#cseqs.get(callId) ?? 0) + 1;
    this.#cseqs.set(callId, cseq);
    const exchange = exchangeOf(
      `REGISTER ${options.uri ?? "sip:example.test"} SIP/2.0
      ${options.via === undefined ? "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKt" : options.via}
      From: <${user}>;tag=f
      To: <${to}>
      Call-ID: ${callId}
      CSeq: ${cseq} REGISTER
      ${lines}`.replace(/\n\s*$/, ""),
      flow,
    );
    exchange.trusted = trusted;
    const own = this.subscribers.get(user);
    if (own !== undefined) {
      exchange.subscriber = own;
      exchange.identity = identityOf(own);
    } else if (trusted) exchange.identity = { aor: user, displayName: "", number: "" };
    this.registrar.element((passed) => this.passed.push(passed.request.method))(exchange);
    return exchange.transaction;
  }

  /** As `send`, with everything committed that it writes. */
  register(lines: string, options: RegisterOptions = {}): SipResponse {
    const transaction = this.send(lines, options);
    while (this.registrations.pending > 0) this.registrations.commit();
    return transaction.answer;
  }

  /** The contacts in use, in order. */
  contacts(aor = ALICE): string[] {
    return this.registrar.location.bindings(aor).map((binding) => binding.contact);
  }

  /** The box is killed and starts again with what is on the disk. */
  restarted(settings: Partial<RegistrarSettings> = {}): RegisterWorld {
    this.registrar.close();
    const disk = new FakeRegistrations();
    for (const [aor, text] of this.registrations.disk) disk.disk.set(aor, text);
    return new RegisterWorld(settings, disk, USERS, this.time);
  }
}

export interface RegisterOptions {
  readonly user?: string;
  readonly to?: string;
  readonly uri?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly flow?: Flow;
  readonly trusted?: boolean;
  readonly via?: string;
}

const USERS = [
  subscriber(ALICE, "wonderland", { e164: "+15550001" }),
  subscriber("sip:bob@example.test", "builder"),
  subscriber("sip:carol@other.test", "chicago"),
  subscriber("sip:sue@example.test", "pended", { state: "suspended" }),
];
