import { Events, Metrics, silentLog } from "../../../../foundation/mod.ts";
import { FakeTime } from "../../../../foundation/testing.ts";
import type { SipRequest } from "../../../../transport/sip/mod.ts";
import { EventWorld, type SipAnswer } from "../../../../transport/sip/testing/event_world.ts";
import { responseTo } from "../../../../transport/sip/testing/transaction_world.ts";
import { parseXcapDiff, parseXcapUri, type XcapChange } from "../../../../transport/xcap/mod.ts";
import { FakeSubscribers, subscriber } from "../../../sip_core/testing/fake_storage.ts";
import { UNCONDITIONAL } from "../../conditions.ts";
import { DocumentServer } from "../../document_server.ts";
import type { Written } from "../../document_service.ts";
import { type ServedUsages, withServed } from "../../served_documents.ts";
import { FakeDocuments } from "../../testing/fake_documents.ts";
import type { Principal, Usage } from "../../usage.ts";
import { USAGES } from "../../usages/usages.ts";
import type { XdmEvents } from "../../xdm_events.ts";
import { DocumentEvents } from "../document_events.ts";

/** What one NOTIFY said. */
export interface Notified {
  readonly state: string;
  readonly root: string;
  readonly changes: readonly XcapChange[];
  readonly body: Uint8Array;
  readonly request: SipRequest;
}

export interface WatchWorldOptions {
  readonly domain?: string;
  readonly root?: string;
  readonly usages?: ReadonlyMap<string, Usage>;
  readonly users?: readonly string[];
  /** Documents that roles make; with them those of the store are seen through `withServed`. */
  readonly served?: ServedUsages;
}

interface Asking {
  readonly user?: string;
  /** The address subscribed to; default the user's own. */
  readonly resource?: string;
  readonly event?: string;
  readonly expires?: number;
  readonly callId?: string;
  readonly toTag?: string;
  readonly cseq?: number;
  readonly more?: string;
  /** Media type and text; default none. */
  readonly body?: readonly [type: string, text: string];
}

/** A document server, an event server and devices that subscribe, in fake time. For tests only. */
export class WatchWorld {
  readonly time = new FakeTime();
  readonly metrics = new Metrics();
  readonly documents = new FakeDocuments();
  readonly sip = new EventWorld({ time: this.time });
  readonly subscribers: FakeSubscribers;
  readonly domain: string;
  readonly root: string;
  readonly usages: ReadonlyMap<string, Usage>;
  readonly xdmEvents = new Events<XdmEvents>((error) => {
    throw error;
  });
  server!: DocumentServer;
  events!: DocumentEvents;
  /** NOTIFYs that have their answer, by dialog and number: large ones go over a flow of their own. */
  readonly #seen = new Set<string>();

  private constructor({ domain = "example.test", root, usages = USAGES, users = ["alice", "bob"] }: WatchWorldOptions) {
    this.domain = domain;
    this.root = root ?? `https://${domain}/xcap`;
    this.usages = usages;
    this.subscribers = new FakeSubscribers(users.map((user) => subscriber(this.aor(user), "secret")));
  }

  static async open(options: WatchWorldOptions = {}): Promise<WatchWorld> {
    const world = new WatchWorld(options);
    const { usages, metrics, time, subscribers, xdmEvents } = world;
    const { served } = options;
    const documents = served === undefined ? world.documents : withServed(world.documents, served);
    const domains = new Set([world.domain]);
    const root = () => world.root;
    world.server = await DocumentServer.open({
      documents,
      usages,
      served,
      domains,
      isAddress: () => false,
      root,
      settings: { plain: false, max_document: 524_288, max_documents: 1000, max_total: 16_000_000 },
      events: xdmEvents,
      clock: time,
      metrics,
      log: silentLog,
    });
    world.events = new DocumentEvents({
      documents: world.server,
      store: documents,
      usages,
      domains,
      root,
      subscribers,
      events: xdmEvents,
      clock: time,
      timers: time.timers,
      metrics,
    });
    world.events.join(world.sip.server);
    return world;
  }

  aor(user: string): string {
    return `sip:${user}@${this.domain}`;
  }

  /** A SUBSCRIBE with the resources in its body. */
  subscribe(uris: readonly string[], asking: Asking = {}): SipAnswer {
    return this.ask({ body: ["application/resource-lists+xml", listOf(uris)], ...asking });
  }

  ask({ user = "alice", event = "xcap-diff", body, more = "", resource, ...parts }: Asking): SipAnswer {
    this.sip.identity = { aor: user.includes(":") ? user : this.aor(user) };
    this.sip.resource = resource ?? this.sip.identity.aor;
    const type = body === undefined ? "" : `Content-Type: ${body[0]}\r\n`;
    return this.sip.request("SUBSCRIBE", { ...parts, event, body: body?.[1] ?? "", more: more + type });
  }

  /** Lets work that waits for the store go on. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }

  /** Lets time pass, answers all NOTIFYs with 200, and gives them. */
  async after(ms = 0): Promise<Notified[]> {
    const all: Notified[] = [];
    await this.settle();
    all.push(...this.#take());
    for (let left = ms; left > 0; left -= 100) {
      this.time.advance(Math.min(100, left));
      await this.settle();
      all.push(...this.#take());
    }
    return all;
  }

  put(path: string, body: string, user = "alice"): Promise<Written> {
    const { key, selector, mediaType } = this.target(path);
    const by: Principal = { kind: "user", aor: this.aor(user) };
    return this.server.put(by, key, selector, { mediaType, octets: new TextEncoder().encode(body) }, UNCONDITIONAL);
  }

  remove(path: string, user = "alice"): Promise<Written> {
    const { key, selector } = this.target(path);
    return this.server.remove({ kind: "user", aor: this.aor(user) }, key, selector, UNCONDITIONAL);
  }

  /** The document as it is; "" where there is none. */
  async text(path: string): Promise<string> {
    return (await this.server.read(this.target(path).key))?.document.text ?? "";
  }

  #take(): readonly Notified[] {
    const fresh = this.sip.sent("NOTIFY").filter(({ message }) => {
      const name = `${message.callId} ${message.from.tag} ${message.get("CSeq")}`;
      return !this.#seen.has(name) && this.#seen.add(name);
    });
    return fresh.map(({ message, flow }) => {
      if (!message.isRequest) throw new Error("a response");
      this.sip.wires.receive(flow, responseTo(message, 200, "peer"), new Uint8Array(0));
      const { body } = message;
      const read = body.length === 0 ? { root: "", changes: [] } : parseXcapDiff(new TextDecoder().decode(body));
      return { state: message.get("Subscription-State") ?? "", ...read, body, request: message };
    });
  }

  target(path: string) {
    const [below, query = ""] = path.split("?");
    const { auid, xui, document, selector } = parseXcapUri(below, query);
    const mediaType = selector === null
      ? this.usages.get(auid)?.mediaType ?? ""
      : selector.node.kind === "attribute"
      ? "application/xcap-att+xml"
      : "application/xcap-el+xml";
    return { key: { auid, owner: xui ?? "", name: document }, selector, mediaType };
  }
}

export function listOf(uris: readonly string[]): string {
  const entries = uris.map((uri) => `<entry uri="${uri.replaceAll('"', "&quot;")}"/>`).join("");
  return `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>${entries}</list></resource-lists>`;
}

/** Changes in short: `document index - t1`, with `+` for a patch and `=` for one that changes nothing. */
export function inShort(changes: readonly XcapChange[]): string[] {
  return changes.map((change) => {
    const sel = change.sel.replace(/^.*\/users\//, "");
    switch (change.kind) {
      case "document": {
        const body = change.body === null ? "" : change.body === "not changed" ? " =" : " +";
        return `${sel} ${change.previousEtag ?? "-"} ${change.newEtag ?? "-"}${body}`;
      }
      case "element":
        return `${sel} ${change.exists ? change.content : "gone"}`;
      case "attribute":
        return `${sel} ${change.value ?? "gone"}`;
    }
  });
}
