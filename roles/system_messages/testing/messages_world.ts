import { Events, silentLog, utf8 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import type { DeferredMessage, ParleyStorage, StoreOutcome, Subscriber } from "../../../storage/mod.ts";
import { storageIn, TemporaryFolder } from "../../../storage/testing.ts";
import { type HeaderName, NO_LIMITS, parseMessage, type SipRequest } from "../../../transport/sip/mod.ts";
import type { SystemMessageView } from "../../admin/services/mod.ts";
import type { DeferredEvents } from "../../deferred/mod.ts";
import { chain, Exchange } from "../../sip_core/mod.ts";
import { Received } from "../../sip_core/testing/core_world.ts";
import { FakeFlow } from "../../sip_core/testing/fake_exchange.ts";
import { subscriber } from "../../sip_core/testing/fake_storage.ts";
import { ServiceGate, serviceGate, SystemMessages, systemRow } from "../mod.ts";

const DOMAIN = "example.test";
/** How long an undelivered message is kept here. */
export const KEEP_MS = 86_400_000;

export function aorOf(user: string): string {
  return `sip:${user}@${DOMAIN}`;
}

/** A request to be asked with. */
export interface Asked {
  readonly to?: string;
  readonly headers?: string;
  readonly body?: string | Uint8Array;
  /** In a dialog. */
  readonly inDialog?: boolean;
}

/** What became of it. */
export interface Answered {
  readonly status: number;
  readonly answer: { readonly reason: string; get(name: HeaderName): string | undefined };
}

/** System messages over a real store, their gate and their row, and a deferred function that is told when a device takes something. */
export class MessagesWorld {
  readonly time: FakeTime;
  readonly events = new Events<DeferredEvents>((error) => {
    throw error;
  });
  /** What was stored and waits, oldest first, by the number of the store. */
  readonly waiting = new Map<number, DeferredMessage>();
  /** Everything that was ever stored. */
  readonly posted: DeferredMessage[] = [];
  /** User-Agent of devices that are there. */
  readonly there = new Map<string, string>();
  readonly groups = new Map<string, readonly string[]>();
  readonly incomplete = new Set<string>();
  readonly fresh = new Set<string>();
  /** What the gate told. */
  readonly told: string[] = [];
  readonly storage: ParleyStorage;
  /** Instead of storing. */
  refusal: StoreOutcome | null = null;
  gate!: ServiceGate;
  messages!: SystemMessages;
  readonly #transactions = new Map<string, number>();
  #ids = 0;

  private constructor(storage: ParleyStorage, time: FakeTime) {
    this.time = time;
    this.storage = storage;
  }

  static async with(
    users: readonly (string | Subscriber)[],
    work: (world: MessagesWorld) => Promise<void>,
  ): Promise<void> {
    using folder = new TemporaryFolder();
    const time = new FakeTime();
    const storage = await storageIn(folder, time);
    const world = new MessagesWorld(storage, time);
    await storage.subscribers.put(users.map((user) => typeof user === "string" ? subscriber(aorOf(user), "x") : user));
    await world.restart();
    try {
      await work(world);
    } finally {
      await world.messages.stop();
      await storage.close();
    }
  }

  /** The box anew over what is stored. */
  async restart(): Promise<void> {
    if (this.messages !== undefined) await this.messages.stop();
    const gate = this.gate = new ServiceGate((error) => {
      throw error;
    });
    gate.events.on("serviceLevelChanged", ({ aor, open, level }) => this.told.push(`${aor} ${open} ${level}`));
    this.messages = await SystemMessages.open({
      storage: this.storage,
      deferred: {
        post: (message, done) => this.#post(message, done),
        remove: (id) => void this.waiting.delete(id),
      },
      events: this.events,
      gate,
      facts: {
        bindings: (aor) => this.there.has(aor) ? [{ userAgent: this.there.get(aor)! }] : [],
        members: (group) => Promise.resolve(this.groups.get(group) ?? null),
        isProfileIncomplete: (aor) => Promise.resolve(this.incomplete.has(aor)),
        isNew: (aor) => this.fresh.has(aor),
      },
      clock: this.time,
      timers: this.time.timers,
      log: silentLog,
      domain: DOMAIN,
      name: "The service",
      keep_ms: KEEP_MS,
    });
  }

  async send(request: Parameters<SystemMessages["send"]>[0]): Promise<SystemMessageView> {
    const sent = await this.messages.send(request, "admin:owner");
    await this.messages.idle;
    return sent;
  }

  /** A device registers, and is there from then on. */
  async register(user: string, { userAgent = "Phone/1.0", first = true } = {}): Promise<void> {
    this.there.set(aorOf(user), userAgent);
    this.messages.registered(aorOf(user), { userAgent }, first);
    await this.settle();
  }

  /** A device of a user takes all that waits; gives the texts. */
  async take(user: string, callId = "call-1"): Promise<string[]> {
    const texts: string[] = [];
    for (const [id, message] of [...this.waiting]) {
      if (message.recipient !== aorOf(user)) continue;
      this.waiting.delete(id);
      texts.push(new TextDecoder().decode(message.body));
      this.events.emit("deferredDelivered", {
        id,
        sender: message.sender,
        recipient: message.recipient,
        size: message.body.length,
        contentType: "",
        arrivedAt: 0,
        transaction: message.transaction,
        device: "",
        accessNetwork: "",
        deliveredAt: this.time.now(),
        callId,
      });
    }
    await this.settle();
    return texts;
  }

  /** A request of a user's, through the gate and the row: 0 where it passed both. */
  async ask(user: string, method: string, asked: Asked = {}): Promise<Answered> {
    const { to = aorOf("other"), headers = "", body = "", inDialog = false } = asked;
    const octets = typeof body === "string" ? utf8(body) : body;
    const head = `${method} ${to} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK${++this.#ids}\r\n` +
      `Max-Forwards: 70\r\nFrom: <${aorOf(user)}>;tag=f\r\nTo: <${to}>${inDialog ? ";tag=t" : ""}\r\n` +
      `Call-ID: c${this.#ids}\r\nCSeq: 1 ${method}\r\n${headers}Content-Length: ${octets.length}\r\n\r\n`;
    const exchange = new Exchange(new Received(parseMessage(head, octets, NO_LIMITS) as SipRequest, new FakeFlow()));
    exchange.ours = true;
    exchange.subscriber = this.storage.subscribers.get(aorOf(user)) ?? null;
    const failed = (error: unknown) => {
      throw error;
    };
    const row = systemRow({
      host: DOMAIN,
      clock: this.time,
      answer: (aor, given) => this.messages.answer(aor, given),
      seen: (aor, ids) => this.messages.seen(aor, ids),
      failed,
    });
    let passed = false;
    chain([serviceGate({ gate: this.gate, host: DOMAIN }), row.element], () => void (passed = true))(exchange);
    await this.settle();
    if (passed) return { status: 0, answer: { reason: "", get: () => undefined } };
    const { answer } = exchange.transaction as Received;
    return { status: answer.status, answer };
  }

  /** Answers in words. */
  async reply(user: string, text: string, headers = ""): Promise<Answered> {
    return await this.ask(user, "MESSAGE", {
      to: `sip:system@${DOMAIN}`,
      headers: `Content-Type: text/plain\r\n${headers}`,
      body: text,
    });
  }

  /** What is known of transactions is over, as it is after an hour. */
  forgetTransactions(): void {
    this.#transactions.clear();
  }

  async settle(): Promise<void> {
    // Writes take turns of the event loop.
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    await this.messages.idle;
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    await this.messages.idle;
  }

  #post(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void {
    if (this.refusal !== null) {
      const { refusal } = this;
      return queueMicrotask(() => done(refusal));
    }
    const known = this.#transactions.get(message.transaction);
    if (known !== undefined) return queueMicrotask(() => done({ kind: "duplicate", id: known }));
    const id = ++this.#ids;
    this.#transactions.set(message.transaction, id);
    this.posted.push(message);
    this.waiting.set(id, message);
    queueMicrotask(() => done({ kind: "stored", id }));
  }
}
