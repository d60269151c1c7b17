/** Subscriptions to presence as their watchers hold them: NOTIFYs taken in order, each once, and what is known from them. */
import {
  ListTable,
  type NotificationOutcome,
  parsePresenceXml,
  type PresenceDocument,
  type ReadListBody,
  readListBody,
  readWatcherInfo,
  serviceOf,
  WatchedPresence,
  WatcherTable,
} from "../../transport/presence/mod.ts";
import { header, NoAnswer, type SipClient, type TextMessage } from "./sip_client.ts";
import { type SubscribeFacts, Subscription, type SubscriptionFacts } from "./subscription.ts";

export const PIDF = "application/pidf+xml";
export const PIDF_DIFF = "application/pidf-diff+xml";
const WATCHER_INFO = "application/watcherinfo+xml";

/** Subscription-State of the latest NOTIFY; "" before the first. */
export interface WatchState {
  readonly state: string;
  readonly reason: string;
  readonly expires_s: number | null;
  readonly retryAfter_s: number | null;
}

/** A subscription, and what its NOTIFYs say. */
export abstract class Watch {
  readonly subscription: Subscription;
  /** Taken so far, without repetitions. */
  readonly notifies: TextMessage[] = [];
  /** What became of each body, in order; null where there was none. */
  readonly outcomes: (NotificationOutcome | null)[] = [];
  state: WatchState = { state: "", reason: "", expires_s: null, retryAfter_s: null };
  #looked = 0;
  #given = 0;
  #cseq = -1;

  constructor(client: SipClient, facts: SubscriptionFacts) {
    this.subscription = new Subscription(client, facts);
  }

  /** SUBSCRIBE, or refresh; 0 seconds ends it, and of one that never was fetches. */
  async subscribe(facts: SubscribeFacts = {}): Promise<TextMessage> {
    return await this.subscription.subscribe(facts);
  }

  /** Takes what has come in, then waits until `holds`. Throws NoAnswer with what was told. */
  async until(holds: () => boolean, what: string, within_ms = 10_000): Promise<void> {
    const { client } = this.subscription;
    try {
      await client.requestArrived(() => {
        this.take();
        return holds();
      }, within_ms);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const told = this.notifies.map(({ headers, body }) => `${headers.get("subscription-state")}\n${body}`);
      throw new NoAnswer(`${client.user}: not within ${within_ms} ms: ${what}; told:\n${told.join("\n--\n")}`);
    }
  }

  /** Waits for the next NOTIFY that nobody waited for yet, and gives it. */
  async next(within_ms?: number): Promise<TextMessage> {
    const number = this.#given++;
    await this.until(() => this.notifies.length > number, `NOTIFY ${number + 1}`, within_ms);
    return this.notifies[number];
  }

  /** Waits until the subscription is in this state. */
  async is(state: string, reason = "", within_ms?: number): Promise<void> {
    const holds = () => this.state.state === state && (reason === "" || this.state.reason === reason);
    await this.until(holds, `${state} ${reason}`, within_ms);
  }

  /** Takes the NOTIFYs that are here already. */
  take(): void {
    const { client, callId } = this.subscription;
    for (; this.#looked < client.requests.length; this.#looked++) {
      const request = client.requests[this.#looked];
      if (!request.start.startsWith("NOTIFY ") || header(request, "call-id") !== callId) continue;
      // Over UDP it may come again.
      const cseq = Number.parseInt(header(request, "cseq"));
      if (cseq <= this.#cseq) continue;
      this.#cseq = cseq;
      this.notifies.push(request);
      this.state = stateOf(header(request, "subscription-state"));
      this.outcomes.push(request.body === "" ? null : this.receive(request));
    }
  }

  /** Takes a body. */
  protected abstract receive(notify: TextMessage): NotificationOutcome;
}

function stateOf(text: string): WatchState {
  const number = (name: string) => {
    const found = new RegExp(`;\\s*${name}\\s*=\\s*(\\d+)`, "i").exec(text);
    return found === null ? null : Number(found[1]);
  };
  return {
    state: text.split(";", 1)[0].trim().toLowerCase(),
    reason: /;\s*reason\s*=\s*([\w-]+)/i.exec(text)?.[1].toLowerCase() ?? "",
    expires_s: number("expires"),
    retryAfter_s: number("retry-after"),
  };
}

/** One presentity. */
export class PresenceWatch extends Watch {
  readonly watched = new WatchedPresence();

  /** `partial`: the watcher would rather be told of differences (RFC 5263 §4.1). */
  constructor(client: SipClient, presentity: string, partial = false) {
    const accept = partial ? `${PIDF};q=0.3, ${PIDF_DIFF};q=1` : PIDF;
    super(client, { event: "presence", accept, target: presentity, to: presentity });
  }

  /** What is known; null before anything was told. */
  get presence(): PresenceDocument | null {
    return this.watched.presence;
  }

  /** Waits until what is known matches. */
  async shows(holds: (presence: PresenceDocument) => boolean, what: string, within_ms?: number): Promise<void> {
    await this.until(() => this.presence !== null && holds(this.presence), what, within_ms);
  }

  protected override receive({ body }: TextMessage): NotificationOutcome {
    return this.watched.receive(parsePresenceXml(body));
  }
}

/** Who watches one. */
export class WatchersWatch extends Watch {
  readonly table = new WatcherTable();
  readonly #presentity: string;

  constructor(client: SipClient, presentity: string = client.aor) {
    super(client, { event: "presence.winfo", accept: WATCHER_INFO, target: presentity, to: presentity });
    this.#presentity = presentity;
  }

  /** Status and event of each watcher, by its address; those that are over are not kept. */
  get watchers(): Readonly<Record<string, string>> {
    const all = this.table.watchers(this.#presentity, "presence").values();
    return Object.fromEntries(Array.from(all, ({ uri, status, event }) => [uri, `${status} ${event}`]));
  }

  protected override receive({ body }: TextMessage): NotificationOutcome {
    return this.table.receive(readWatcherInfo(body));
  }
}

/** What is known of a list, lists in it included. */
export class ListCopy {
  readonly table = new ListTable();
  readonly #presences = new Map<string, WatchedPresence>();
  readonly #lists = new Map<string, ListCopy>();

  receive(told: ReadListBody): NotificationOutcome {
    const outcome = this.table.receive(told);
    if (outcome === "stale") return outcome;
    for (const { uri, instances } of told.rlmi.resources) {
      for (const { cid } of instances) {
        const part = told.parts.get(cid);
        if (part === undefined) continue;
        if (/^multipart\/related\b/i.test(part.contentType)) {
          entry(this.#lists, uri, () => new ListCopy()).receive(readListBody(part.contentType, part.body));
        } else entry(this.#presences, uri, () => new WatchedPresence()).receive(parsePresenceXml(part.body));
      }
    }
    return outcome;
  }

  /** A list in this list, by the URI that its member has. */
  list(uri: string): ListCopy | undefined {
    return this.#lists.get(uri);
  }

  presenceOf(uri: string): PresenceDocument | null {
    return this.#presences.get(uri)?.presence ?? null;
  }

  /** Of each member the state of its instances and, where it is known, the basic status of its services: "active: open". */
  get summary(): Readonly<Record<string, string>> {
    return Object.fromEntries(Array.from(this.table.resources, ({ uri, instances }) => {
      const states = Array.from(
        instances.values(),
        ({ state, reason }) => reason === "" ? state : `${state} ${reason}`,
      );
      const presence = this.presenceOf(uri);
      const basics = presence === null ? [] : basicOf(presence);
      return [uri, [states.join(" "), ...basics.length === 0 ? [] : [basics.join(" ")]].join(": ")];
    }));
  }
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) map.set(key, found = make());
  return found;
}

/** The basic status of each service that has one. */
export function basicOf({ components }: PresenceDocument): string[] {
  return components.filter(({ kind }) => kind === "tuple").flatMap((tuple) => serviceOf(tuple).basic ?? []);
}

/** A list of presentities. */
export class ListWatch extends Watch {
  readonly copy = new ListCopy();

  constructor(client: SipClient, list: string, partial = false) {
    const single = partial ? `${PIDF};q=0.3, ${PIDF_DIFF};q=1` : PIDF;
    const accept = `${single}, application/rlmi+xml, multipart/related`;
    super(client, { event: "presence", accept, target: list, to: list });
  }

  override async subscribe({ headers = [], ...facts }: SubscribeFacts = {}): Promise<TextMessage> {
    return await super.subscribe({ ...facts, headers: ["Supported: eventlist", ...headers] });
  }

  /** SUBSCRIBE that brings its list (RFC 5367). */
  async subscribeTo(list: string, { headers = [], ...facts }: Omit<SubscribeFacts, "body"> = {}): Promise<TextMessage> {
    return await this.subscribe({
      ...facts,
      headers: [
        "Require: recipient-list-subscribe",
        "Content-Type: application/resource-lists+xml",
        "Content-Disposition: recipient-list",
        ...headers,
      ],
      body: list,
    });
  }

  protected override receive(notify: TextMessage): NotificationOutcome {
    return this.copy.receive(readListBody(header(notify, "content-type"), new TextEncoder().encode(notify.body)));
  }
}
