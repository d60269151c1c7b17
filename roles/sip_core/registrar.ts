import type { Clock, Events, Log, Metrics, Timers } from "../../foundation/mod.ts";
import { hostText, parseUri, type SipRequest, tryParseUri, type Wires } from "../../transport/sip/mod.ts";
import type { Registrations, Subscriber, Subscribers } from "../../storage/mod.ts";
import { type AorRecord } from "./aor_record.ts";
import { type BindingChange, type Plan, planChanges, planRemoveAll } from "./binding_rules.ts";
import type { CoreEvents } from "./core_events.ts";
import type { Element, Exchange } from "./exchange.ts";
import { GruuMaker } from "./gruu.ts";
import type { GruuEpoch } from "./held_binding.ts";
import type { Binding, Devices, Gruus, LocationService } from "./location.ts";
import { LocationTable } from "./location_table.ts";
import { type Newcomers, NO_NEWCOMERS } from "./newcomers.ts";
import { readContacts } from "./register_contacts.ts";
import { readTerms, type RegisterTerms } from "./register_facts.ts";
import { registerHeaders } from "./register_reply.ts";
import { DEFAULT_REGISTRAR_SETTINGS, type RegistrarSettings } from "./registrar_settings.ts";
import { subscriberOf } from "./subscriber_lookup.ts";

/** What the registrar stands on. */
export interface RegistrarParts {
  readonly subscribers: Subscribers;
  readonly registrations: Registrations;
  /** Domains served here, lower-case. */
  readonly domains: ReadonlySet<string>;
  /** What we are called on a flow, for Service-Route. */
  readonly wires: Pick<Wires, "advertised">;
  readonly events: Events<CoreEvents>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** True for the address (IP literal) of a trusted hop, which is no device of a user. */
  readonly trusts?: (host: string) => boolean;
  /** 32 secret octets, the same over restarts (temporary GRUUs). */
  readonly gruuKey: Uint8Array;
  /** What becomes of users who are not in the service yet (REG-2); without it they are refused. */
  readonly newcomers?: Newcomers;
  readonly settings?: Partial<RegistrarSettings>;
}

/** The registrar of a box. */
export interface Registrar {
  /** Answers REGISTERs for our domains; everything else goes on. Stands behind the authenticator. */
  readonly element: Element;
  readonly location: LocationService & Devices & Gruus;
  /** The same, for the registration event package. */
  readonly table: LocationTable;
  readonly gruus: GruuMaker;
  /** True for a REGISTER that keeps up a registration that is there. */
  isRefresh(request: SipRequest, aor: string): boolean;
  /** True when that user registered over that flow, and is registered still. */
  registeredOver(aor: string, flowId: number): boolean;
  /** Ends registrations of a user at once: all of them, or those that `which` names. Gives how many. */
  reject(aor: string, which?: (binding: Binding) => boolean): number;
  close(): void;
}

/** Seconds a client waits before it tries again what could not be stored. */
const RETRY_AFTER = "5";

/** Builds the registrar and loads what was registered before. */
export function createRegistrar(parts: RegistrarParts): Registrar {
  const settings: RegistrarSettings = { ...DEFAULT_REGISTRAR_SETTINGS, ...parts.settings };
  const gruus = new GruuMaker(parts.gruuKey);
  const table = new LocationTable({ ...parts, gruus, max_expires: settings.max_expires });
  const handler = new RegisterHandler(parts, settings, table, gruus);
  return {
    element: (next) => (exchange) => {
      if (exchange.request.method !== "REGISTER" || !handler.serves(exchange)) next(exchange);
      else handler.handle(exchange);
    },
    location: table,
    table,
    gruus,
    isRefresh: (request, aor) => {
      const callId = request.callId;
      return table.bindings(aor).some((binding) => binding.callId === callId);
    },
    registeredOver: (aor, flowId) => table.bindings(aor).some((binding) => binding.flowId === flowId),
    reject: (aor, which) => table.reject(aor, which),
    close: () => table.close(),
  };
}

/** Works on REGISTERs (RFC 3261 §10.3), one at a time for each address-of-record. */
class RegisterHandler {
  readonly #parts: RegistrarParts;
  readonly #settings: RegistrarSettings;
  readonly #table: LocationTable;
  readonly #gruus: GruuMaker;

  constructor(parts: RegistrarParts, settings: RegistrarSettings, table: LocationTable, gruus: GruuMaker) {
    this.#parts = parts;
    this.#settings = settings;
    this.#table = table;
    this.#gruus = gruus;
  }

  /** Step 1: the domain is ours, by its own name or by that of the address-of-record. */
  serves(exchange: Exchange): boolean {
    const { domains } = this.#parts;
    const to = exchange.request.to.uri;
    if (domains.has(to.host)) return true;
    const target = tryParseUri(exchange.request.uri);
    return target !== null && domains.has(target.host);
  }

  handle(exchange: Exchange): void {
    const { request, identity } = exchange;
    // Step 3 and 4: who it is has been found out before.
    if (identity === null) return exchange.reply(403, { reason: "Not authenticated" });
    const subscriber = subscriberOf(request.to.uri, this.#parts.subscribers, this.#parts.domains);
    if (subscriber === undefined) return exchange.reply(404);
    if (identity.aor !== subscriber.aor && !this.#actsForOthers(exchange)) {
      return exchange.reply(403, { reason: "To is not the authenticated user" });
    }
    if (subscriber.state === "suspended") return exchange.reply(403, { reason: "Account suspended" });
    const record = this.#table.record(subscriber.aor);
    if (record.busy) this.#wait(record, exchange);
    else this.#process(record, subscriber, exchange);
  }

  /** A trusted server that registers a user in its own name, as an IMS core does (third party, RFC 3261 §10.2). */
  #actsForOthers(exchange: Exchange): boolean {
    return exchange.trusted && exchange.subscriber === null;
  }

  #wait(record: AorRecord, exchange: Exchange): void {
    record.waiting ??= [];
    if (record.waiting.length < this.#settings.max_waiting) record.waiting.push(exchange);
    else exchange.reply(503, { reason: "Too many registrations at once", headers: [["Retry-After", RETRY_AFTER]] });
  }

  #process(record: AorRecord, subscriber: Subscriber, exchange: Exchange): void {
    const now = this.#table.nowMs;
    const terms = readTerms(exchange, this.#settings, now);
    if ("problem" in terms) {
      this.#table.forgetIfEmpty(record);
      return exchange.reply(terms.problem.status, { reason: terms.problem.reason, headers: terms.headers });
    }
    const wish = readContacts(exchange.request, this.#settings, record.aor, terms.outbound, record.bindings);
    if (wish.kind === "refused") {
      this.#table.forgetIfEmpty(record);
      const headers = wish.minExpires === undefined ? undefined : [["Min-Expires", String(wish.minExpires)] as const];
      return exchange.reply(wish.problem.status, { reason: wish.problem.reason, headers });
    }
    const { facts } = terms;
    let plan: Plan;
    if (wish.kind === "query") plan = NOTHING;
    else if (wish.kind === "remove-all") plan = planRemoveAll(record.bindings, facts.callId, facts.cseq);
    else {
      const nextId = () => this.#table.nextId();
      plan = planChanges(record.bindings, wish.changes, facts, this.#settings.max_contacts, nextId);
    }
    if (plan.kind === "refused") {
      this.#table.forgetIfEmpty(record);
      return exchange.reply(plan.problem.status, { reason: plan.problem.reason });
    }
    if (subscriber.state === "unsubscribed" && plan.changes.some(({ next }) => next !== null)) {
      return this.#admit(record, subscriber, exchange);
    }
    if (plan.changes.length === 0) {
      this.#answer(record, subscriber, exchange, terms);
      this.#table.forgetIfEmpty(record);
      return;
    }
    const epochs = this.#epochs(record, plan.changes, terms);
    // A new epoch must outlive a restart: a temporary GRUU that was given out is a promise (RFC 5627 §5.4).
    const newEpoch = epochs.length !== record.gruus.length ||
      epochs.some((epoch, i) => epoch.index !== record.gruus[i].index);
    if (plan.durable || newEpoch) this.#commit(record, subscriber, exchange, terms, plan.changes, epochs);
    else {
      const first = this.#table.publish(record, plan.changes, epochs);
      this.#table.saveLazily(record);
      this.#answer(record, subscriber, exchange, terms);
      this.#table.announce(record, plan.changes, first, exchange.flow);
    }
  }

  /**
   * REG-2: the first registration of a user who is not in the service confirms it, or is refused with where to confirm. The
   * user's new state is committed before anything else is looked at; others wait meanwhile, as behind a commit.
   */
  #admit(record: AorRecord, subscriber: Subscriber, exchange: Exchange): void {
    const { newcomers = NO_NEWCOMERS, log } = this.#parts;
    const { aor } = subscriber;
    const confirmAt = newcomers.confirmAt(subscriber);
    if (confirmAt !== null) {
      this.#table.forgetIfEmpty(record);
      return this.#unconfirmed(exchange, confirmAt);
    }
    record.busy = true;
    newcomers.admit(aor, (error) => {
      record.busy = false;
      if (error !== null) {
        log.error("user not subscribed", { aor, error: error.message });
        exchange.reply(503, { reason: "Subscription cannot be stored", headers: [["Retry-After", RETRY_AFTER]] });
      } else if (this.#parts.subscribers.get(aor)?.state === "unsubscribed") {
        // Changed back by an administrator in the very same moment.
        this.#unconfirmed(exchange, "");
      } else this.handle(exchange);
      this.#table.settle(record);
      this.#next(record);
    });
  }

  #unconfirmed(exchange: Exchange, url: string): void {
    const [domain] = this.#parts.domains;
    const text = `Not subscribed to this service${url === "" ? "" : `: confirm it at ${url.replace(/["\\]/g, "")}`}`;
    exchange.reply(403, {
      reason: url === "" ? "Not subscribed to this service" : "Confirm the service on its web page first",
      headers: [["Warning", `399 ${domain} "${text}"`]],
    });
  }

  /** Changes are promised by the 200, so they are on disk before it; in memory they are not seen before either. */
  #commit(
    record: AorRecord,
    subscriber: Subscriber,
    exchange: Exchange,
    terms: RegisterTerms,
    changes: readonly BindingChange[],
    epochs: readonly GruuEpoch[],
  ): void {
    record.busy = true;
    record.moved = 0;
    this.#table.save(record.aor, this.#table.preview(record, changes, epochs), (error) => {
      if (error === null) {
        const made = this.#table.moved(record, changes);
        const first = this.#table.publish(record, made, epochs);
        this.#answer(record, subscriber, exchange, terms, terms.facts.now + record.moved);
        this.#table.announce(record, made, first, exchange.flow);
        record.busy = false;
      } else {
        record.busy = false;
        this.#parts.log.error("registration not stored", { aor: record.aor, error: error.message });
        exchange.reply(503, { reason: "Registration cannot be stored", headers: [["Retry-After", RETRY_AFTER]] });
      }
      this.#table.settle(record);
      this.#next(record);
    });
  }

  #next(record: AorRecord): void {
    const waiting = record.waiting;
    record.waiting = null;
    if (waiting === null) return;
    // Each may begin a commit, behind which the rest waits again; users may have been removed meanwhile.
    for (const exchange of waiting) this.handle(exchange);
  }

  /** RFC 5627 §5.1: temporary GRUUs begin anew with a new Call-ID; each REGISTER of a client that knows them gets one. */
  #epochs(record: AorRecord, changes: readonly BindingChange[], terms: RegisterTerms): readonly GruuEpoch[] {
    let epochs = record.gruus;
    for (const { old, next } of changes) {
      if (next === null || next.instance === "") continue;
      const known = epochs.find((epoch) => epoch.instance === next.instance);
      const anew = old !== null && old.callId !== next.callId;
      if (known !== undefined && anew) epochs = epochs.filter((epoch) => epoch !== known);
      if (!terms.gruu) continue;
      const epoch = known === undefined || anew ? this.#table.newEpoch(next.instance, next.cseq) : known;
      const latest = this.#gruus.temporaryGruu(epoch.index, parseUri(record.aor).host);
      const fresh = { ...epoch, latest };
      epochs = epochs.includes(epoch) ? epochs.map((other) => other === epoch ? fresh : other) : [...epochs, fresh];
    }
    return epochs;
  }

  /** `now`: by the table's clock, when the REGISTER was taken up. */
  #answer(
    record: AorRecord,
    subscriber: Subscriber,
    exchange: Exchange,
    terms: RegisterTerms,
    now = terms.facts.now,
  ): void {
    const settings = this.#settings;
    const outbound = terms.outbound &&
      record.bindings.some((binding) =>
        binding.regId !== 0 && binding.callId === terms.facts.callId && binding.cseq === terms.facts.cseq
      );
    const reply = {
      serviceRoute: settings.service_route ? this.#serviceRoute(exchange) : "",
      path: terms.pathKnown ? terms.facts.path : [],
      outbound,
      flowTimer: outbound && terms.facts.path.length === 0 ? settings.flow_timer : 0,
      gruu: terms.gruu,
    };
    exchange.reply(200, { headers: registerHeaders(record, subscriber, reply, this.#gruus, now) });
  }

  /** The client's requests come to us, the way its REGISTER came (RFC 3608 §6.2). */
  #serviceRoute({ flow }: Exchange): string {
    const { host, port } = this.#parts.wires.advertised(flow);
    const transport = flow.transport === "wss" ? "ws" : flow.transport;
    return `<sip:${hostText(host)}:${port};transport=${transport};lr>`;
  }
}

const NOTHING: Plan = { kind: "changes", changes: [], durable: false };
