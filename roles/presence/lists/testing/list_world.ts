import { Events, silentLog } from "../../../../foundation/mod.ts";
import { ListTable, type ReadListBody, readListBody } from "../../../../transport/presence/mod.ts";
import {
  type Admission,
  type EventPackage,
  EventSubscriber,
  type SipRequest,
  type SubscribeContents,
  type SubscribeRefusal,
} from "../../../../transport/sip/mod.ts";
import type { FakeFlow } from "../../../../transport/sip/testing/fake_wires.ts";
import { responseTo } from "../../../../transport/sip/testing/transaction_world.ts";
import type { MemoryStates } from "../../../../transport/sip/testing/memory_states.ts";
import { EventWorld, SipAnswer } from "../../../../transport/sip/testing/event_world.ts";
import { ALICE, ROOT, XdmWorld } from "../../../xdm/testing/xdm_world.ts";
import type { Principal } from "../../../xdm/mod.ts";
import type { PresenceEvents } from "../../presence_events.ts";
import type { Watches } from "../../watch.ts";
import { ListService, type ListServiceParts } from "../list_service.ts";
import { LIST_LIMITS } from "../list_settings.ts";
import { FakeWatches, viewOf } from "./fake_watches.ts";

export const ALICE_AOR = "sip:alice@example.test";
export const FRIENDS = "sip:alice-friends@example.test";
export const RLS = "sip:rls@example.test";
export const ACCEPT = "Accept: application/pidf+xml, application/rlmi+xml, multipart/related\r\n";
export const SUPPORTED = "Supported: eventlist\r\n";
const LISTS = 'xmlns="urn:ietf:params:xml:ns:resource-lists"';

export const user = (name: string) => `sip:${name}@example.test`;
export const entries = (...uris: string[]) => uris.map((uri) => `<entry uri="${uri}"/>`).join("");
export const resourceLists = (...uris: string[]) =>
  `<resource-lists ${LISTS}><list>${entries(...uris)}</list></resource-lists>`;

/** Presence with the lists as its variant. */
class WithLists implements EventPackage {
  readonly name = "presence";
  readonly contentTypes: readonly string[] = ["application/pidf+xml"];
  readonly expires = { default: 3600, min: 60, max: 7200 };
  readonly #world: ListWorld;
  constructor(world: ListWorld) {
    this.#world = world;
  }
  variant(contents: SubscribeContents): EventPackage | SubscribeRefusal {
    return this.#world.lists.listVariant(contents) ?? this;
  }
  admit(): Admission {
    return { state: "refused", status: 405, reason: "Not A List" };
  }
  full(): null {
    return null;
  }
}

interface Subscribing {
  readonly uri?: string;
  readonly toTag?: string;
  readonly cseq?: number;
  readonly expires?: number;
  readonly body?: string;
  readonly type?: string;
  readonly accept?: string;
  readonly supported?: string;
  readonly more?: string;
  readonly as?: string;
  readonly callId?: string;
  readonly event?: string;
}

/** A resource list server over documents in memory, fake watches and a fake flow to the subscriber. For tests only. */
export class ListWorld {
  readonly xdm: XdmWorld;
  /** Where subscriptions are stored; absent: nowhere. */
  readonly states?: MemoryStates;
  readonly watches = new FakeWatches();
  readonly sip: EventWorld;
  readonly flow: FakeFlow;
  readonly subscriber: EventSubscriber;
  readonly presenceEvents = new Events<PresenceEvents>((error) => {
    throw error;
  });
  readonly settings = { list_size: 500, other_domains: 100, notify_interval: 5, max_expires: 7200 };
  readonly limits = { ...LIST_LIMITS };
  readonly lists: ListService;
  readonly table = new ListTable();
  /** Answers each NOTIFY as it is taken by `notified`. */
  #taken = 0;

  private constructor(xdm: XdmWorld, parts: Partial<ListServiceParts>, states?: MemoryStates) {
    this.xdm = xdm;
    this.states = states;
    this.sip = new EventWorld({ time: xdm.time, states });
    this.flow = this.sip.inbound("tcp");
    const { agent, time, metrics } = this.sip;
    const tools = { clock: time, timers: time.timers, log: silentLog, metrics };
    this.subscriber = new EventSubscriber({ agent, ...tools });
    this.lists = new ListService({
      service: xdm.server,
      documents: xdm.documents,
      usages: xdm.usages,
      subscribers: { get: () => undefined, byNumber: () => undefined },
      domains: new Set(["example.test"]),
      root: () => ROOT,
      watches: this.watches as Watches,
      presenceEvents: this.presenceEvents,
      xdmEvents: xdm.events,
      subscriber: this.subscriber,
      asserted: (from) => ({ from: `<${from}>`, headers: [["P-Asserted-Identity", `<${from}>`]] }),
      userOf: (watcher) => watcher.endsWith("@example.test") ? watcher : null,
      presentityOf: (aor) => aor === "tel:+15550100" ? user("bob") : aor.endsWith("@example.test") ? aor : null,
      host: "example.test",
      settings: this.settings,
      limits: this.limits,
      random: () => 0,
      ...tools,
      ...parts,
    });
    this.sip.server.register(new WithLists(this));
    this.sip.server.register(this.lists.eventPackage);
    const answer = this.sip.core.answer!;
    this.sip.core.answer = (transaction) => {
      if (transaction.request.method === "NOTIFY") this.subscriber.handleNotify(transaction);
      else answer(transaction);
    };
  }

  static async open(parts: Partial<ListServiceParts> = {}, states?: MemoryStates): Promise<ListWorld> {
    return new ListWorld(await XdmWorld.open(), parts, states);
  }

  /** Another box with the same documents, and the subscriptions that were stored here. */
  restarted(parts: Partial<ListServiceParts> = {}): ListWorld {
    const world = new ListWorld(this.xdm, parts, this.states!.restarted());
    world.sip.server.restore();
    return world;
  }

  /** Documents of `alice`: a service with this list in it, or with what `list` says. */
  service(members: string, { uri = FRIENDS, document = "index", packages = "presence", by = ALICE as Principal } = {}) {
    const owner = by.kind === "user" ? by.aor : "";
    return this.xdm.put(
      `rls-services/users/${owner}/${document}`,
      `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${uri}"><list ${
        LISTS
          .replace("xmlns", "xmlns:r")
      }>${members.replaceAll(/<(\/?)(?=[a-z])/g, "<$1r:").replaceAll("r:r:", "r:")}</list>` +
        `<packages><package>${packages}</package></packages></service></rls-services>`,
      by,
    );
  }

  /** The documents were read, and what followed from it happened. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) {
      this.states?.commit();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Sends a SUBSCRIBE and waits for its answer. */
  async subscribe(parts: Subscribing = {}): Promise<SipAnswer> {
    const { uri = FRIENDS, accept = ACCEPT, supported = SUPPORTED, more = "", body = "", as = ALICE_AOR } = parts;
    const { type = "application/resource-lists+xml" } = parts;
    this.sip.identity = { aor: as };
    if (parts.toTag === undefined) this.sip.resource = this.lists.addressOf(uri) ?? uri;
    const typed = body === "" ? "" : `Content-Type: ${type}\r\n`;
    const before = this.flow.sent.length;
    const headers = `${supported}${accept}${typed}${more}`;
    const send = () => this.sip.request("SUBSCRIBE", { ...parts, uri, more: headers, body }, this.flow);
    try {
      return send();
    } catch (error) {
      if (!(error instanceof Error) || error.message !== "no answer") throw error;
      await this.settle();
      const head = this.flow.sent.slice(before).find((head) => head.startsWith("SIP/2.0"));
      if (head === undefined) throw error;
      return new SipAnswer(head);
    }
  }

  /** The NOTIFYs since the last call, answered with 200 until no more comes; each goes into `table`. */
  async notified(): Promise<
    { readonly head: SipRequest; readonly list: ReadListBody | null; readonly octets: number }[]
  > {
    const all = [];
    for (;;) {
      await this.settle();
      const sent = this.sip.sent("NOTIFY");
      if (sent.length === this.#taken) return all;
      for (const { message, flow } of sent.slice(this.#taken)) {
        this.#taken++;
        const type = message.get("Content-Type");
        const list = type === undefined ? null : readListBody(type, message.body);
        if (list !== null) this.table.receive(list);
        all.push({ head: message as SipRequest, list, octets: message.body.length });
        this.sip.wires.receive(flow, responseTo(message, 200, "peer"));
      }
    }
  }

  /** What the subscriber knows, as `uri id state reason note` lines. */
  get known(): string[] {
    return [...this.table.resources].map(({ uri, instances }) =>
      [
        uri.replace(/^sip:/, "").replace("@example.test", ""),
        ...[...instances.values()].map(({ state, reason, part }) =>
          [state, reason, part === null ? "" : noteOf(part.body)].filter((text) => text !== "").join(" ")
        ),
      ].join(": ")
    );
  }

  show(name: string, note: string): void {
    this.watches.show(user(name), note === "pending" || note === "rejected" ? note : viewOf(user(name), note));
  }
}

export function noteOf(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  return /<(?:\w+:)?note[^>]*>([^<]*)</.exec(text)?.[1] ?? `(${text.slice(0, 20)})`;
}
