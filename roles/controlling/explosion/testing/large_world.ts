import { Events, Metrics } from "../../../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../../../storage/mod.ts";
import { IntakeWorld, offer, textOf } from "../../../deferred/intake/testing/intake_world.ts";
import type { IntakeDeps } from "../../../deferred/intake/intake_deps.ts";
import { DEFAULT_DEFERRAL } from "../../../deferred/stored_message.ts";
import type { AccessDecision, Communication } from "../../../participating/mod.ts";
import { Exchange } from "../../../sip_core/mod.ts";
import type { Received } from "../../../sip_core/testing/core_world.ts";
import { FakePolicy } from "../../focus/testing/fake_rooms.ts";
import type { RoomRefusal } from "../../policy/terms.ts";
import type { CopyRecorder } from "../copy_recorder.ts";
import type { ExplosionEvents } from "../explosion_events.ts";
import type { LargeDeps } from "../large_deps.ts";
import { LargeFunction } from "../large_function.ts";
import { MemoryStates } from "./memory_states.ts";

export const EXPLODER = "sip:exploder@example.test";
export const TEAM = "sip:team@example.test";
const ALICE = "sip:alice@example.test";
const YES: AccessDecision = { verdict: "allow", overrides: false };

/** What an INVITE of a large message says. */
export interface LargeInvite {
  readonly uri?: string;
  /** URIs of the list; null: it brings none. */
  readonly list?: readonly string[] | null;
  /** Lines of the INVITE, each with CRLF. */
  readonly headers?: string;
  /** Lines of the media section. */
  readonly lines?: readonly string[];
  readonly sdp?: string;
  readonly callId?: string;
  readonly from?: string;
  readonly params?: string;
  /** Attributes of every entry. */
  readonly attributes?: string;
  /** It belongs to a dialog. */
  readonly inDialog?: boolean;
  /** The sender does not hang up. */
  readonly stays?: boolean;
  /** Nobody vouches for the sender. */
  readonly unknown?: boolean;
}

/** Large messages to many: calls and MSRP are real, the store is memory. alice is ours. */
export class LargeWorld extends IntakeWorld {
  states: MemoryStates;
  readonly listEvents = new Events<ExplosionEvents>(raise);
  readonly told: string[] = [];
  readonly reports: string[] = [];
  readonly soon: string[] = [];
  readonly passed: Exchange[] = [];
  /** By recipient; absent: allowed. */
  readonly rules = new Map<string, AccessDecision>();
  /** Rules that have to be read first. */
  unread = false;
  readonly asked: Communication[] = [];
  readonly unwilling = new Map<string, "defer" | "busy">();
  /** Whoever asks about this one fails. */
  broken = "";
  readonly away = { stores: true };
  readonly policy = new FakePolicy();
  groupRefusal: RoomRefusal | null = null;
  readonly list = { list_size: 5 };
  copies: CopyRecorder | null = null;
  large: LargeFunction;
  /** What somebody has. */
  readonly delivered = new Set<number>();
  #invites = 0;

  constructor(states = new MemoryStates(), more: Partial<IntakeDeps> = {}) {
    super({}, more);
    this.states = states;
    const { listEvents, told } = this;
    listEvents.on("listAccepted", ({ sender, target, recipients, octets }) => {
      told.push(`accepted ${sender} ${target} ${recipients} ${octets}`);
    });
    listEvents.on("listDone", ({ target, delivered, waiting, refused }) => {
      told.push(`done ${target} ${delivered} ${waiting} ${refused}`);
    });
    this.large = this.#function();
    this.large.start();
  }

  /** The box again after a kill: what is in the store is there, all else is forgotten. */
  restart(): void {
    this.large.stop();
    this.states = this.states.afterKill();
    this.large = this.#function();
    this.large.start();
  }

  #function(): LargeFunction {
    return new LargeFunction(this.deps());
  }

  deps(): LargeDeps {
    return {
      services: this.services,
      calls: this.calls,
      intake: this.intake,
      deferred: this.post,
      deferredEvents: this.events,
      store: { pending: (recipient) => this.pending(recipient) },
      contents: this.contents,
      copies: { copy: (copy, done) => this.copies === null ? done() : this.copies.copy(copy, done) },
      states: this.states,
      policies: {
        isGroup: (uri) => uri === TEAM,
        policyOf: () => Promise.resolve(this.groupRefusal ?? this.policy),
      },
      settings: this.list,
      deferral: DEFAULT_DEFERRAL,
      away: this.away,
      soon: (recipient) => this.soon.push(recipient),
      access: {
        incoming: (communication) => {
          if (this.unread) return undefined;
          this.asked.push(communication);
          return this.rules.get(communication.to) ?? YES;
        },
        outgoing: () => YES,
        prepare: () => {
          this.unread = false;
          return Promise.resolve();
        },
      },
      subscriber: (aor) => this.users.get(aor),
      byNumber: (number) => this.subscribers.byNumber(number),
      unwilling: (aor) => {
        if (aor === this.broken) throw new TypeError("presence that failed");
        return this.unwilling.get(aor) ?? null;
      },
      deferralOf: ({ deferral }) => deferral,
      senders: { senderRefusal: () => null },
      isService: (uri) => uri === TEAM || uri === EXPLODER,
      deliver: (exchange) => {
        this.reports.push(textOf(exchange.request.body));
        exchange.reply(200);
      },
      events: this.listEvents,
      metrics: new Metrics(),
      host: "example.test",
    };
  }

  pending(recipient: string): DeferredEntry[] {
    return this.post.messages.flatMap((message, id) =>
      message.recipient !== recipient || this.delivered.has(id) ? [] : [{ ...message, id, mode: "large", size: 0 }]
    );
  }

  /** A device of the recipient's takes its copy. */
  take(recipient: string): void {
    const [{ id }] = this.pending(recipient);
    this.delivered.add(id);
    const { sender, arrivedAt, transaction } = this.post.messages[id];
    this.events.emit("deferredDelivered", {
      id,
      sender,
      recipient,
      size: 0,
      contentType: "",
      arrivedAt,
      transaction,
      device: "",
      accessNetwork: "",
      deliveredAt: 0,
      callId: "",
    });
  }

  copyFor(recipient: string): DeferredMessage {
    const found = this.post.messages.filter((message) => message.recipient === recipient);
    if (found.length !== 1) throw new Error(`${found.length} copies for ${recipient}`);
    return found[0];
  }

  /** Users u0 … of whom those are here. */
  people(count: number, here: readonly number[] = []): string[] {
    return Array.from({ length: count }, (_, i) => {
      if (here.includes(i)) this.device(`u${i}`, `sip:u${i}@203.0.113.${i + 1}`);
      return this.user(`u${i}`).aor;
    });
  }

  /** alice's INVITE. */
  async invites(facts: LargeInvite): Promise<Received> {
    const { uri = EXPLODER, list = [], headers = "", lines = [], callId = "large", from = ALICE } = facts;
    const { params = ";+g.oma.sip-im;+g.oma.sip-im.large-message", attributes = "" } = facts;
    const sdp = facts.sdp ?? offer(`msrp://198.51.100.9:7654/large${++this.#invites};tcp`, lines);
    const entries = (list ?? []).map((each) => `<entry uri="${each}"${attributes}/>`).join("");
    const body = list === null
      ? sdp
      : `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--b\r\nContent-Type: application/resource-lists+xml\r\n` +
        `Content-Disposition: recipient-list\r\n\r\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" ` +
        `xmlns:cp="urn:ietf:params:xml:ns:copycontrol"><list>${entries}</list></resource-lists>\r\n--b--\r\n`;
    const type = list === null ? "application/sdp" : "multipart/mixed;boundary=b";
    const received = this.receive({
      method: "INVITE",
      uri,
      from,
      to: facts.inDialog === true ? `<${uri}>;tag=t1` : uri,
      callId,
      headers: `Contact: <sip:alice@198.51.100.9>${params}\r\n${headers}Content-Type: ${type}\r\n`,
      body,
    });
    const exchange = new Exchange(received);
    if (facts.unknown !== true) exchange.identity = { aor: from, displayName: "Alice", number: "" };
    exchange.subscriber = this.users.get(from) ?? null;
    exchange.target = uri;
    exchange.ours = true;
    this.large.element((other) => void this.passed.push(other))(exchange);
    await this.quiet();
    return received;
  }

  /** Invites, sends the one message, and hangs up; gives what its sender was told. */
  async sends(
    body: string | Uint8Array,
    facts: LargeInvite,
    message: { readonly messageId?: string; readonly contentType?: string } = {},
  ): Promise<readonly string[]> {
    const received = await this.invites(facts);
    const sender = this.join({ received });
    await this.quiet();
    sender.say(body, { messageId: "m1xxxx", ...message });
    await this.quiet();
    if (facts.stays === true) return sender.told;
    this.within(received, "BYE");
    // What crosses it is waited for.
    this.time.advance(2_100);
    return sender.told;
  }
}

function raise(error: unknown): never {
  throw error;
}
