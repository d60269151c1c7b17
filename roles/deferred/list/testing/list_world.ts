import { Events, fromLatin1, Metrics, silentLog } from "../../../../foundation/mod.ts";
import { MemoryDuplex, Switchboard } from "../../../../transport/msrp/mod.ts";
import {
  CallTable,
  type Destination,
  EventServer,
  type Flow,
  parseMessage,
  type SipRequest,
  type Uri,
  UserAgent,
} from "../../../../transport/sip/mod.ts";
import {
  addressOf,
  type Binding,
  chain,
  type CoreEvents,
  type Element,
  Exchange,
  type Handler,
  type Row,
} from "../../../sip_core/mod.ts";
import { CoreWorld, Received, type Sent } from "../../../sip_core/testing/core_world.ts";
import type { DeferredEvents } from "../../deferred_events.ts";
import { DeliveryNotes } from "../../delivery_notes.ts";
import { PassedOver } from "../../passed_over.ts";
import type { Contents } from "../../../../storage/mod.ts";
import { DEFAULT_PUSH_SETTINGS, type PushDeps } from "../../../session_media/mod.ts";
import { DeferredLists } from "../deferred_lists.ts";
import type { OtherReferences } from "../other_references.ts";
import type { ToldMark } from "../told_marks.ts";
import { MailStore, MemoryRecords } from "./mail_store.ts";

const DEVICE = { host: "198.51.100.9", port: 40_000 };

/** What users of example.test see of what waits. bob is the one whose messages wait. For tests only. */
export class ListWorld extends CoreWorld {
  readonly store: MailStore;
  readonly coreEvents = new Events<CoreEvents>(raise);
  readonly deferredEvents = new Events<DeferredEvents>(raise);
  readonly settings = { reminder_ms: 86_400_000, pagerLimit: 1300 };
  readonly marks = new MemoryRecords<ToldMark>();
  /** Users who want lists. */
  readonly notified = new Set<string>();
  readonly remade: string[] = [];
  readonly said: string[] = [];
  readonly #causes = new Set<string>();
  readonly held = new Set<number>();
  readonly taken: number[] = [];
  readonly eventServer: EventServer;
  readonly calls: CallTable;
  /** Of the box, and of a client. */
  readonly box: Switchboard;
  readonly client: Switchboard;
  readonly lists: DeferredLists;
  readonly push: PushDeps;
  #handler: Handler;

  /** `others`: what can be deleted besides; `contents`: of those bodies that are read, default: as many `x` as asked for. */
  constructor({ others, contents = X_CONTENTS }: { others?: OtherReferences; contents?: Pick<Contents, "read"> } = {}) {
    super();
    const { services, metrics, time } = this;
    const { timers } = time;
    this.store = new MailStore(() => time.now());
    const agent = new UserAgent({ transactions: this, wires: this, locator: this, log: silentLog, metrics });
    this.eventServer = new EventServer({ agent, clock: time, timers, log: silentLog, metrics });
    this.calls = new CallTable({ agent, clock: time, timers, log: silentLog, metrics, random: () => 0.5 });
    this.box = this.#node(true);
    this.client = this.#node(false);
    this.push = {
      services,
      calls: this.calls,
      node: this.box,
      contents,
      settings: { ...DEFAULT_PUSH_SETTINGS, sessionExpires_s: 0 },
      ownFingerprint: () => null,
      hostFor: () => "",
    };
    this.lists = new DeferredLists({
      services,
      subscribers: {
        ...this.subscribers,
        size: 0,
        list: () => [],
        put: () => Promise.resolve(),
        remove: () => Promise.resolve(false),
      },
      store: this.store,
      delivery: {
        hold: (id) => void this.held.add(id),
        release: (id) => void this.held.delete(id),
        admits: (message) => !message.sender.includes("blocked"),
        remove: (id) => {
          this.taken.push(id);
          this.store.remove(id, null);
        },
        notes: new DeliveryNotes(this.deferredEvents, metrics, () => time.now()),
        passed: new PassedOver(),
      },
      push: this.push,
      eventServer: this.eventServer,
      coreEvents: this.coreEvents,
      deferredEvents: this.deferredEvents,
      marks: this.marks,
      teller: {
        tell: (aor, cause, text) => {
          if (this.#causes.has(`${cause} ${aor}`)) return Promise.resolve(false);
          this.#causes.add(`${cause} ${aor}`);
          this.said.push(`${aor}: ${text}`);
          return Promise.resolve(true);
        },
        forget: (aor, cause) => Promise.resolve(void this.#causes.delete(`${cause} ${aor}`)),
      },
      settings: this.settings,
      notifies: (aor) => this.notified.has(aor),
      remade: ({ auid, owner, name }) => this.remade.push(`${auid} ${owner} ${name}`),
      others,
      clock: time,
      timers,
      log: silentLog,
    });
    this.lists.join(this.eventServer);
    this.#handler = this.#chained([]);
    this.user("alice");
    this.user("bob");
  }

  /** Further services stand beside the lists. */
  serve(...rows: Row[]): void {
    this.#handler = this.#chained(rows);
  }

  #chained(rows: readonly Row[]): Handler {
    const authenticate: Element = (next) => (exchange) => {
      const { aor } = addressOf(exchange.request.from.uri);
      exchange.subscriber = this.users.get(aor) ?? null;
      exchange.identity = { aor, displayName: "", number: "" };
      exchange.ours = true;
      next(exchange);
    };
    const elements = [...rows, this.lists.row].map(({ element }) => element);
    return chain([authenticate, ...elements], (exchange) => exchange.reply(404));
  }

  /** Stores a message, as the deferred function tells of it. */
  arrive(text: string, facts?: Parameters<MailStore["put"]>[1]): number {
    const id = this.store.put(text, facts);
    const { recipient, sender } = this.store.messages.get(id)!;
    this.deferredEvents.emit("deferredStored", { ...STORED, id, recipient, sender });
    return id;
  }

  /** bob's request to a service of the box. */
  ask(
    method: string,
    uri: string,
    { headers = "", body = "", from = "sip:bob@example.test", flow }: {
      headers?: string;
      body?: string;
      from?: string;
      flow?: Flow;
    } = {},
  ): Received {
    const contact = "Contact: <sip:bob@198.51.100.9>\r\n";
    const received = this.receive({ method, uri, from, headers: contact + headers, body, flow });
    this.take(received);
    return received;
  }

  take(received: Received): void {
    if (this.calls.owns(received.request)) this.calls.handle(received);
    else this.#handler(new Exchange(received));
  }

  subscribe(event: string, headers = "", uri = "sip:deferred@example.test", from?: string): Received {
    return this.ask("SUBSCRIBE", uri, { headers: `Event: ${event}\r\nExpires: 600\r\n${headers}`, from });
  }

  /** bob's next request in the dialog of an INVITE that was accepted. */
  within(invited: Received, method: string): Received {
    const { request, last } = invited;
    const target = /<([^>]*)>/.exec(last.get("Contact")!)![1];
    const head = `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKd${method}\r\n` +
      `Max-Forwards: 70\r\nFrom: ${request.get("From")}\r\nTo: ${last.get("To")}\r\nCall-ID: ${request.callId}\r\n` +
      `CSeq: ${method === "ACK" ? 1 : 2} ${method}\r\nContent-Length: 0\r\n\r\n`;
    const received = new Received(parseMessage(head, fromLatin1("")) as SipRequest, invited.flow);
    this.take(received);
    return received;
  }

  register(name: string, contact: string, facts: Partial<Binding> = {}): Binding {
    const aor = `sip:${name}@example.test`;
    this.places.set(aor, this.bindings(aor).filter((binding) => binding.contact !== contact));
    const binding = this.device(name, contact, facts);
    this.coreEvents.emit("registered", { aor, binding, first: true, at: this.time.now() });
    return binding;
  }

  sentOf(method: string): Sent[] {
    return this.sent.filter((sent) => sent.method === method);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.time.advance(Math.min(100, left));
      await settle();
    }
  }

  override locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    if (!/^[0-9.]+$/.test(uri.host)) return super.locate(uri, done);
    done([{ transport: "udp", host: uri.host, port: uri.port || 5060, tlsName: "" }]);
  }

  #node(isBox: boolean): Switchboard {
    return new Switchboard({
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: {
        dial: (_transport, to) => {
          const [near, far] = MemoryDuplex.pair(DEVICE, to, { transport: "tcp", hasFingerprint: () => false });
          (isBox ? this.client : this.box).accept(far);
          return near;
        },
      },
      doors: isBox ? [{ transport: "tcp", advertised: { host: "im.example.test", port: 2855 } }] : [],
    });
  }
}

const X_CONTENTS: Pick<Contents, "read"> = {
  read: ({ octets }, offset, most) =>
    Promise.resolve(new Uint8Array(Math.max(0, Math.min(most, octets - offset))).fill(120)),
};

/** What later versions of the event may have besides. */
const STORED = {} as DeferredEvents["deferredStored"];

/** Lets everything that is on its way happen: promises, and one turn of the event loop for what is read in slices. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

export function bodyOf(message: { readonly body: Uint8Array }): string {
  return new TextDecoder().decode(message.body);
}

function raise(error: unknown): never {
  throw error;
}
