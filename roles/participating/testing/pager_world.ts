import { Events } from "../../../foundation/mod.ts";
import { DEFAULT_DEFERRAL, DeferredDelivery, type DeferredDeps, type DeferredEvents } from "../../deferred/mod.ts";
import { MemoryStore } from "../../deferred/testing/memory_store.ts";
import {
  addressOf,
  type Binding,
  Core,
  type CoreEvents,
  type Element,
  insertBefore,
  routingTable,
  type Row,
  serviceState,
} from "../../sip_core/mod.ts";
import { CoreWorld, type Received, type Sent } from "../../sip_core/testing/core_world.ts";
import { type AccessRules, OPEN_RULES } from "../access.ts";
import { accessElement } from "../access_element.ts";
import { contentRules } from "../content_rules.ts";
import { originating } from "../originating.ts";
import type { PagerEvents } from "../pager_events.ts";
import { DEFAULT_PAGER, type PagerSettings } from "../pager_settings.ts";
import { storedAdmission } from "../stored_admission.ts";
import { terminating, type TerminatingDeps } from "../terminating.ts";

/** A whole pager service of example.test on a world that stands still. Senders of example.test are believed. */
export class PagerWorld extends CoreWorld {
  readonly coreEvents = new Events<CoreEvents>(raise);
  readonly deferredEvents = new Events<DeferredEvents>(raise);
  readonly pagerEvents = new Events<PagerEvents>(raise);
  readonly store: MemoryStore;
  readonly deferred: DeferredDelivery;
  readonly core: Core;
  /** Users who do not want any now, and what becomes of it. */
  readonly unwilling = new Map<string, "defer" | "busy" | "closed">();

  constructor(
    settings: Partial<PagerSettings> = {},
    store = new MemoryStore(),
    published?: TerminatingDeps["published"],
    access: AccessRules = OPEN_RULES,
    join: (table: Row[], world: PagerWorld) => void = () => {},
    deferral: Partial<Pick<DeferredDeps, "copies" | "knownDevices">> = {},
  ) {
    super();
    this.store = store;
    const { services } = this;
    const rules = { ...DEFAULT_PAGER, requireLogin: false, ...settings };
    this.deferred = new DeferredDelivery({
      services,
      store,
      settings: DEFAULT_DEFERRAL,
      coreEvents: this.coreEvents,
      events: this.deferredEvents,
      metrics: this.metrics,
      mayReceive: (aor) => {
        const user = this.users.get(aor);
        if (this.unwilling.get(aor) === "defer") return false;
        return user === undefined || serviceState(user, services.clock) === "active";
      },
      admits: storedAdmission(access),
      ...deferral,
    });
    const directory = { subscribers: this.subscribers, gruus: null };
    const authenticate: Element = (next) => (exchange) => {
      const { aor, domain } = addressOf(exchange.request.from.uri);
      exchange.subscriber = this.users.get(aor) ?? null;
      if (domain === "example.test") exchange.identity = { aor, displayName: "", number: "" };
      next(exchange);
    };
    const pass: Element = (next) => next;
    const host = "example.test";
    const { domains, clock } = services;
    const table = routingTable(services, {
      directory,
      authenticate,
      registrar: (exchange) => exchange.reply(200),
      subscribe: pass,
      publish: pass,
      contentRules: contentRules(rules, host),
      originating: originating({ settings: rules, location: this, domains, clock, events: this.pagerEvents, host }),
      terminating: terminating({
        services,
        deferred: this.deferred,
        settings: rules,
        events: this.pagerEvents,
        published,
        unwilling: (aor) => this.unwilling.get(aor) ?? null,
      }),
    });
    const rows = { services, settings: rules, events: this.pagerEvents, published };
    insertBefore(table, "terminating", { name: "access rules", element: accessElement({ ...rows, access, host }) });
    join(table, this);
    this.core = new Core(services, table, directory, this.metrics);
    this.user("alice");
    this.user("bob");
  }

  message(text: string, facts: Partial<Parameters<CoreWorld["receive"]>[0]> = {}): Received {
    const received = this.receive({ uri: "sip:bob@example.test", body: text, ...facts });
    this.core.onRequest(received);
    return received;
  }

  /** A device registers, and the core says so. */
  register(name: string, contact: string, facts: Partial<Binding> = {}): Binding {
    const aor = `sip:${name}@example.test`;
    this.places.set(aor, this.bindings(aor).filter((binding) => binding.contact !== contact));
    const first = this.bindings(aor).length === 0;
    const binding = this.device(name, contact, facts);
    this.coreEvents.emit("registered", { aor, binding, first, at: this.time.now() });
    return binding;
  }

  unregister(name: string, contact: string): void {
    const aor = `sip:${name}@example.test`;
    this.places.set(aor, this.bindings(aor).filter((binding) => binding.contact !== contact));
  }

  /** Texts of the requests sent from `from` on. */
  texts(from = 0): string[] {
    return this.sent.slice(from).map(textOf);
  }

  /** Time passes, and what waits for it or for the store happens. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.time.advance(Math.min(100, left));
      await settle();
    }
  }
}

export function textOf(sent: Sent): string {
  return new TextDecoder().decode(sent.request.body);
}

/** Lets every promise that is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}

function raise(error: unknown): never {
  throw error;
}
