import { Events, Metrics, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import {
  compose,
  type Composition,
  EVERYTHING_PROVIDED,
  offlineComposition,
  parsePresence,
  PresenceRights,
  type PresenceView,
  type ProvidedPresence,
} from "../../../transport/presence/mod.ts";
import type { EventServerOptions, SipRequest } from "../../../transport/sip/mod.ts";
import { EventWorld, type SipAnswer } from "../../../transport/sip/testing/event_world.ts";
import type { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { responseTo } from "../../../transport/sip/testing/transaction_world.ts";
import { FakeRecords } from "../../provisioning/testing/fake_records.ts";
import type { PresenceEvents } from "../presence_events.ts";
import type { PresenceDecision, PresenceDecisions, PresentityStates, SubHandling } from "../presentity.ts";
import type { PrivacyDocuments } from "../source/visibility.ts";
import { PresencePackage, type PresencePackageParts } from "../watching/presence_package.ts";
import { PresenceWatches } from "../watching/presence_watches.ts";
import { WATCH_LIMITS, type WatchLimits } from "../watching/watch_table.ts";
import type { WaitingRecord } from "../watching/waiting_watchers.ts";
import { WatcherInfoPackage } from "../watching/winfo_package.ts";

const SALT = "salt";
const EVERYTHING = new PresenceRights(EVERYTHING_PROVIDED);
const HEAD = 'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" ' +
  'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"';

/** A tuple as devices publish it. */
export function tuple(basic: "open" | "closed", more = "", id = "t1"): string {
  return `<tuple id="${id}"><status><basic>${basic}</basic></status>${more}</tuple>`;
}

export function person(activity: string): string {
  return `<dm:person id="p1"><rpid:activities><rpid:${activity}/></rpid:activities></dm:person>`;
}

/** States that the test sets. */
export class FakeStates implements PresentityStates {
  readonly #time: FakeTime;
  readonly #compositions = new Map<string, Composition>();
  readonly #offline = new Map<string, Composition>();
  readonly invisible = new Set<string>();

  constructor(time: FakeTime) {
    this.#time = time;
  }

  /** @param content elements of a presence document; "" for somebody who is not there */
  set(presentity: string, content: string): void {
    const now = this.#time.now();
    const text = `<presence ${HEAD} entity="${presentity}">${content}</presence>`;
    const sources = [{ key: "s", document: parsePresence(text, SALT), publishedAt: now }];
    this.#compositions.set(presentity, compose(presentity, sources, now));
  }

  prepare(): null {
    return null;
  }

  composition(presentity: string): Composition {
    return this.#compositions.get(presentity) ?? this.#offlineOf(presentity);
  }

  offline(presentity: string): PresenceView {
    return this.#offlineOf(presentity).view(EVERYTHING);
  }

  hidden(presentity: string, rights: PresenceRights): PresenceView {
    return this.#offlineOf(presentity).view(rights);
  }

  #offlineOf(presentity: string): Composition {
    let offline = this.#offline.get(presentity);
    if (offline === undefined) this.#offline.set(presentity, offline = offlineComposition(presentity, SALT));
    return offline;
  }

  isInvisible(presentity: string): boolean {
    return this.invisible.has(presentity);
  }
}

/** Decisions that the test makes; everybody is allowed everything until then. */
export class FakeDecisions implements PresenceDecisions {
  readonly #decisions = new Map<string, PresenceDecision>();
  /** Presentities whose documents have not been read. */
  readonly unread = new Set<string>();
  readonly prepared: string[] = [];
  /** How often `prepare` fails. */
  failures = 0;
  #gate: PromiseWithResolvers<void> | null = null;

  /** @param watcher "*" for all of whom nothing is said */
  set(presentity: string, watcher: string, handling: SubHandling, provided: Partial<ProvidedPresence> = {}): void {
    const rights = new PresenceRights({ ...EVERYTHING_PROVIDED, ...provided });
    this.#decisions.set(`${presentity} ${watcher}`, { handling, rights });
  }

  decide(presentity: string, watcher: string): PresenceDecision | undefined {
    if (this.unread.has(presentity)) return undefined;
    return this.#decisions.get(`${presentity} ${watcher}`) ?? this.#decisions.get(`${presentity} *`) ?? ALLOWED;
  }

  async prepare(presentity: string): Promise<void> {
    this.prepared.push(presentity);
    await (this.#gate?.promise ?? Promise.resolve());
    if (this.failures > 0) {
      this.failures--;
      throw new Error("disk");
    }
    this.unread.delete(presentity);
  }

  /** Until the function that this gives is called nothing is read. */
  hold(): () => void {
    const gate = this.#gate = Promise.withResolvers<void>();
    return () => {
      this.#gate = null;
      gate.resolve();
    };
  }
}

const ALLOWED: PresenceDecision = { handling: "allow", rights: EVERYTHING };

/** What one NOTIFY said. */
export interface Notified {
  readonly callId: string;
  readonly state: string;
  readonly type: string;
  readonly text: string;
  readonly etag: string;
  readonly request: SipRequest;
}

interface Asking {
  readonly watcher?: string;
  readonly to?: string;
  readonly event?: string;
  readonly expires?: number;
  readonly callId?: string;
  readonly toTag?: string;
  readonly cseq?: number;
  readonly accept?: string;
  readonly more?: string;
  /** Media type and text; default none. */
  readonly body?: readonly [type: string, text: string];
}

export interface PresenceWorldOptions extends Partial<EventServerOptions> {
  readonly time?: FakeTime;
  readonly users?: readonly string[];
  readonly limits?: Partial<WatchLimits>;
  readonly records?: FakeRecords<WaitingRecord>;
  readonly lists?: PresencePackageParts["lists"];
  /** Default: what the test sets. */
  readonly presentities?: PresentityStates;
  readonly keptAll?: boolean;
  /** Where subscriptions outlast the box; default: they do not. */
  readonly states?: MemoryStates;
}

/** Watchers of users whose states and rules the test sets, over fake flows in fake time. For tests only. */
export class PresenceWorld {
  readonly time: FakeTime;
  readonly metrics = new Metrics();
  readonly sip: EventWorld;
  readonly states: FakeStates;
  readonly decisions = new FakeDecisions();
  /** Users whose privacy documents have not been read. */
  readonly unreadPrivacy = new Set<string>();
  readonly privacy: PrivacyDocuments = {
    invisible: (aor) => this.unreadPrivacy.has(aor) ? undefined : this.states.invisible.has(aor),
    prepare: async (aor) => {
      await Promise.resolve();
      this.unreadPrivacy.delete(aor);
    },
  };
  readonly records: FakeRecords<WaitingRecord>;
  readonly users: Set<string>;
  readonly events = new Events<PresenceEvents>((error) => {
    throw error;
  });
  readonly watches: PresenceWatches;
  readonly presence: PresencePackage;
  readonly winfo: WatcherInfoPackage;
  readonly stored: MemoryStates | null;
  /** Live. */
  readonly settings = { notify_interval: 5, max_expires: 7200 };
  /** Turns of the event loop that `after` took. */
  turns = 0;
  #queue: (() => void)[] = [];
  #dialogs = 0;
  readonly #seen = new Set<string>();

  constructor(
    { time = new FakeTime(), users = ["bob"], limits, records, lists, presentities, keptAll = true, ...more }:
      PresenceWorldOptions = {},
  ) {
    this.time = time;
    this.sip = new EventWorld({ time, ...more });
    this.stored = more.states ?? null;
    this.states = new FakeStates(time);
    this.records = records ?? new FakeRecords(1000);
    this.users = new Set(users.map((user) => this.aor(user)));
    const isUser = (address: string) => this.users.has(address);
    const nextTurn = (work: () => void) => void this.#queue.push(work);
    const { decisions, events, metrics } = this;
    this.watches = new PresenceWatches({
      states: presentities ?? this.states,
      decisions,
      privacy: this.privacy,
      isUser,
      events,
      waiting: this.records,
      clock: time,
      timers: time.timers,
      nextTurn,
      log: silentLog,
      metrics,
      limits: { ...WATCH_LIMITS, ...limits },
    });
    const { watches, settings } = this;
    const telling = { watches, isUser, settings };
    this.presence = new PresencePackage({ ...telling, lists, nextTurn, keptAll });
    this.winfo = new WatcherInfoPackage(telling);
    this.sip.server.register(this.presence);
    this.sip.server.register(this.winfo);
  }

  aor(user: string): string {
    return user === "" || user.includes(":") ? user : `sip:${user}@example.test`;
  }

  /** What is known of a user is this from now on. */
  publish(user: string, content: string): void {
    this.states.set(this.aor(user), content);
    this.events.emit("presenceChanged", { presentity: this.aor(user) });
  }

  hide(user: string, isInvisible: boolean): void {
    const presentity = this.aor(user);
    if (isInvisible) this.states.invisible.add(presentity);
    else this.states.invisible.delete(presentity);
    this.events.emit("presenceChanged", { presentity });
  }

  /** A user's rules say this of a watcher from now on. */
  rule(user: string, watcher: string, handling: SubHandling, provided: Partial<ProvidedPresence> = {}): void {
    const presentity = this.aor(user);
    this.decisions.set(presentity, watcher === "*" ? watcher : this.aor(watcher), handling, provided);
    this.events.emit("rulesChanged", { presentity });
  }

  /** A SUBSCRIBE; alone to Bob's presence by default, each call a dialog of its own. */
  ask({ watcher = "alice", to = "bob", accept, body, more = "", callId, ...parts }: Asking = {}): SipAnswer {
    this.sip.identity = watcher === "" ? null : { aor: this.aor(watcher) };
    this.sip.resource = this.aor(to);
    const accepts = accept === undefined ? "" : `Accept: ${accept}\r\n`;
    const type = body === undefined ? "" : `Content-Type: ${body[0]}\r\n`;
    const answer = this.sip.arrives("SUBSCRIBE", {
      callId: callId ?? `d${++this.#dialogs}`,
      ...parts,
      body: body?.[1] ?? "",
      more: more + accepts + type,
    });
    this.stored?.commit();
    const given = answer();
    if (given === null) throw new Error("no answer");
    return given;
  }

  /** Lets work that waits for the store or for a turn of its own go on. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      await Promise.resolve();
      this.stored?.commit();
      this.turn();
    }
  }

  /** What was put off to another turn of the event loop is done. */
  turn(): void {
    const queue = this.#queue;
    this.#queue = [];
    if (queue.length > 0) this.turns++;
    for (const work of queue) work();
  }

  /** Lets time pass, answers all NOTIFYs, with 200 by default, and gives them. */
  async after(ms = 0, status = 200, more = ""): Promise<Notified[]> {
    const all: Notified[] = [];
    const take = async () => {
      for (;;) {
        await this.settle();
        const fresh = this.#take(status, more);
        if (fresh.length === 0) return;
        all.push(...fresh);
      }
    };
    await take();
    for (let left = ms; left > 0; left -= 100) {
      this.time.advance(Math.min(100, left));
      await take();
    }
    return all;
  }

  #take(status: number, more: string): Notified[] {
    const fresh = this.sip.sent("NOTIFY").filter(({ message }) => {
      const name = `${message.callId} ${message.from.tag} ${message.get("CSeq")}`;
      return !this.#seen.has(name) && this.#seen.add(name);
    });
    return fresh.map(({ message, flow }) => {
      if (!message.isRequest) throw new Error("a response");
      const head = responseTo(message, status, "peer").replace("Content-Length", `${more}Content-Length`);
      this.sip.wires.receive(flow, head, new Uint8Array(0));
      return {
        callId: message.callId,
        state: message.get("Subscription-State") ?? "",
        type: message.get("Content-Type") ?? "",
        text: new TextDecoder().decode(message.body),
        etag: message.get("SIP-ETag") ?? "",
        request: message,
      };
    });
  }
}

/** Each NOTIFY in short: dialog, state without seconds, and what it says: the values of basic and activities, or watchers. */
export function inShort(notified: readonly Notified[]): string[] {
  return notified.map(({ callId, state, text }) =>
    `${callId} ${state.replace(/;expires=\d+/, "")} ${said(text)}`.trim()
  );
}

function said(text: string): string {
  const basics = [...text.matchAll(/basic>(\w+)</g)].map(([, value]) => value);
  const activities = [...text.matchAll(/<rpid:(?!activities)([\w-]+)\/>/g)].map(([, value]) => value);
  const watchers = [...text.matchAll(/status="(\w+)" event="(\w+)"[^>]*>([^<]*)</g)]
    .map(([, status, event, uri]) => `${uri} ${status} ${event}`);
  return [...basics, ...activities, ...watchers].join(" ");
}
