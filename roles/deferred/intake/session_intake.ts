import { type Counter, detached, type LabelledCounter, type Timed, type Timer } from "../../../foundation/mod.ts";
import { OctetBudget } from "../../../transport/msrp/session/mod.ts";
import { type FileOffer, mediaType, sends } from "../../../transport/payload/mod.ts";
import type { Call, CallParts } from "../../../transport/sip/mod.ts";
import type { StoreRefused } from "../../../storage/mod.ts";
import { ownSide, type SessionFallback, type SessionKind, transportOf, type Untaken } from "../../session_media/mod.ts";
import { partiesOf, type StoredParties } from "../session_message.ts";
import { mayDefer } from "../stored_message.ts";
import type { IntakeDeps, ManyRecipients } from "./intake_deps.ts";
import type { IntakeHost } from "./message_intake.ts";
import { inviteRefusal, type Problem, withWarning } from "./refusals.ts";
import { Reservations } from "./reservations.ts";
import { type StoringParts, StoringSession } from "./storing_session.ts";

const SWEEP_MS = 5_000;
const NOT_IN_SERVICE = 'SIP;cause=480;text="User not in service"';
const NOT_WANTED = 'SIP;cause=200;text="Session ended"';
const GOING_DOWN = 'SIP;cause=503;text="Service going down"';

/**
 * The Deferred Messaging function as the end point of sessions whose recipient is not there (oma-reference §3.4 "Large/session
 * answer"; AD §5.3.2.3.2): large messages, files, and what is said in a chat.
 */
export class SessionIntake implements SessionFallback, IntakeHost, Timed {
  readonly deps: IntakeDeps;
  readonly budget: OctetBudget;
  readonly reservations: Reservations;
  writing = 0;
  readonly #sessions = new Set<StoringSession>();
  readonly #byRecipient = new Map<string, Set<StoringSession>>();
  /** Sessions of each sender. */
  readonly #bySender = new Map<string, number>();
  readonly #taken: LabelledCounter;
  readonly #stored: LabelledCounter;
  readonly #octets: Counter;
  readonly #refused: LabelledCounter;
  #sweep: Timer | null = null;
  #closed = false;

  constructor(deps: IntakeDeps) {
    this.deps = deps;
    this.budget = new OctetBudget(deps.settings.memory);
    this.reservations = new Reservations(deps.store);
    const { metrics } = deps;
    this.#taken = metrics.labelled("parley_intake_sessions_total", "Sessions taken for absent recipients", "kind");
    this.#stored = metrics.labelled("parley_intake_messages_total", "Messages of such sessions stored", "kind");
    this.#octets = metrics.counter("parley_intake_octets_total", "Octets of messages of such sessions stored");
    this.#refused = metrics.labelled("parley_intake_refused_total", "Sessions and messages not stored", "reason");
    metrics.gauge("parley_intake_sessions", "Sessions that store now", () => this.size);
    metrics.gauge("parley_intake_memory_bytes", "Messages being put together in memory", () => this.budget.used);
    deps.coreEvents.on("registered", ({ aor, binding }) => this.#online(aor, binding.instance));
  }

  /** Sessions that stand. */
  get size(): number {
    return this.#sessions.size;
  }

  take(call: Call, untaken: Untaken): boolean {
    const { body, exchange, to, kind } = untaken;
    if (this.#closed || body === null || !sends(body.media.direction) || !this.#mayStore(untaken)) return false;
    const transport = transportOf(body.media);
    const own = transport === null ? null : ownSide(this.deps.node, transport, this.deps.hostFor(exchange.flow));
    const acceptTypes = this.deps.policy.admitted(["*"]);
    if (own === null || acceptTypes.length === 0) return false;
    const { clock, egress, location } = this.deps.services;
    const parties = lasting(partiesOf(exchange, to, clock.now(), this.deps.deferral, egress, kind));
    const refusal = this.#refusal(parties, kind, body.media.file ?? null) ??
      this.#begin(untaken, {
        call,
        kind,
        body,
        own,
        parties,
        acceptTypes,
        tried: untaken.asked,
        many: null,
        ended: this.#ended,
      });
    // Whoever came while the others were asked has not been heard of here.
    for (const { instance, registeredAt } of refusal === null && untaken.asked ? location.bindings(to) : []) {
      if (registeredAt > untaken.since) this.#online(to, instance);
    }
    if (refusal !== null) {
      this.#refused.with(refusal.why).add();
      call.refuse(refusal.status, refusal);
    }
    return true;
  }

  /**
   * Takes a call whose one message, or file, is for many, and answers it: 200, or why not. `parties`: of its copies, with what was sent
   * to in the place of a recipient.
   */
  takeMany(call: Call, untaken: Untaken, parties: StoredParties, many: ManyRecipients): void {
    const { body, exchange, kind } = untaken;
    const refuse = (refusal: Refusal) => {
      this.#refused.with(refusal.why).add();
      call.refuse(refusal.status, refusal);
    };
    if (this.#closed) return refuse(NO_MORE);
    const transport = body === null ? null : transportOf(body.media);
    const own = transport === null ? null : ownSide(this.deps.node, transport, this.deps.hostFor(exchange.flow));
    const file = kind === "file" ? body?.media.file ?? null : null;
    if (file !== null && !isWhole(file)) {
      return refuse({ why: "part", ...withWarning(488, this.deps.host, "Only whole files can be stored") });
    }
    // What was offered, and nothing around it: a wrapper would say who sends it where that is not to be known.
    const type = file?.selector.type;
    const acceptTypes = this.deps.policy.admitted([type === undefined ? "*" : mediaType(type)]);
    if (body === null || own === null || acceptTypes.length === 0) {
      const reason = own === null ? "No MSRP door for this transport here" : "No content is allowed here";
      return refuse({ why: "offer", ...withWarning(488, this.deps.host, reason) });
    }
    const refusal = this.#crowded(parties.sender) ?? this.#begin(untaken, {
      call,
      kind,
      body,
      own,
      parties: lasting(parties),
      acceptTypes,
      tried: false,
      many,
      ended: this.#ended,
    });
    if (refusal !== null) refuse(refusal);
  }

  /** Ends all sessions, and takes none any more: the box goes down. What is complete is still stored. */
  close(): void {
    this.#closed = true;
    this.#sweep?.stop();
    this.#sweep = null;
    for (const session of [...this.#sessions]) session.close(GOING_DOWN);
  }

  /** Ends those of a user, sender or recipient, who is no longer in the service. What is not with the store yet is not stored. */
  endOf(aor: string): void {
    for (const session of this.#allOf(aor)) session.forbid(NOT_IN_SERVICE);
  }

  /** Ends those in which this user sends: they may send no more. What is for them goes on. */
  endFrom(aor: string): void {
    for (const session of this.#allOf(aor)) if (session.parties.sender === aor) session.forbid(NOT_IN_SERVICE);
  }

  /**
   * A user's rules are others now: sessions that they let no longer begin end, as if the other party had hung up. Rejects where the
   * rules cannot be read; then those sessions go on.
   */
  async review(aor: string): Promise<void> {
    let failure: unknown = null;
    for (const session of this.#allOf(aor)) {
      // Whom copies are for is asked when they are made.
      if (session.many !== null) continue;
      try {
        if (!await this.deps.mayStand(session.parties, aor)) session.forbid(NOT_WANTED);
      } catch (error) {
        // The other party's rules, maybe: the next session has another one.
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
  }

  onTimer(): void {
    this.#sweep = null;
    const now = this.deps.services.clock.monotonic();
    for (const session of [...this.#sessions]) session.tick(now);
    this.#watch();
  }

  // What follows is for its sessions.

  stored(kind: SessionKind, octets: number): void {
    this.#stored.with(kind).add();
    this.#octets.add(octets);
  }

  refused(why: Problem["why"]): void {
    this.#refused.with(why).add();
  }

  noRoom(refusal: StoreRefused, recipient: string, sender: string): void {
    const { events } = this.deps;
    if (refusal.kind !== "quota" || !events.heard("deferredQuota")) return;
    events.emit("deferredQuota", { recipient, sender, limit: refusal.limit });
  }

  /** Nobody is there, and whoever has a say lets it be kept. A device's own no has another status. */
  #mayStore(untaken: Untaken): boolean {
    const { exchange, recipient, status } = untaken;
    if (!this.deps.settings.enabled || status !== 480 || !exchange.storable || !mayDefer(exchange.request)) {
      return false;
    }
    return recipient === null ? this.deps.storesForOthers(untaken) : this.deps.deferralOf(recipient) !== "never";
  }

  /** Why the invitation is refused before anything moves; null: it may come. */
  #refusal(parties: StoredParties, kind: SessionKind, file: FileOffer | null): Refusal | null {
    const { host } = this.deps;
    const { recipient, sender } = parties;
    if (kind === "file" && file !== null && !isWhole(file)) {
      return { why: "part", ...withWarning(480, host, "Only whole files can be stored") };
    }
    const crowded = this.#crowded(sender);
    if (crowded !== null) return crowded;
    const full = this.reservations.refusal(recipient, file?.selector.size ?? 0);
    if (full === null) return null;
    this.noRoom(full, recipient, sender);
    return { why: full.kind === "quota" ? "quota" : "store", ...inviteRefusal(full, host) };
  }

  #crowded(sender: string): Refusal | null {
    const { settings } = this.deps;
    if (this.#sessions.size >= settings.maxSessions) return NO_MORE;
    if ((this.#bySender.get(sender) ?? 0) < settings.perSender) return null;
    return { why: "sender", status: 486, reason: "Too many sessions at once" };
  }

  #begin(untaken: Untaken, parts: Omit<StoringParts, "recording">): Refusal | null {
    let session: StoringSession;
    const recording = this.deps.recorder?.begin(untaken) ?? null;
    try {
      session = new StoringSession(this, { ...parts, recording });
    } catch (error) {
      recording?.close();
      // The MSRP node has no room for more.
      if (error instanceof RangeError) return NO_MORE;
      throw error;
    }
    const { recipient, sender } = parts.parties;
    this.#sessions.add(session);
    const others = this.#byRecipient.get(recipient);
    if (others === undefined) this.#byRecipient.set(recipient, new Set([session]));
    else others.add(session);
    this.#bySender.set(sender, (this.#bySender.get(sender) ?? 0) + 1);
    this.#taken.with(parts.kind).add();
    this.#watch();
    session.start();
    return null;
  }

  readonly #ended = (session: StoringSession): void => {
    if (!this.#sessions.delete(session)) return;
    const { recipient, sender } = session.parties;
    const others = this.#byRecipient.get(recipient);
    others?.delete(session);
    if (others?.size === 0) this.#byRecipient.delete(recipient);
    const left = (this.#bySender.get(sender) ?? 0) - 1;
    if (left > 0) this.#bySender.set(sender, left);
    else this.#bySender.delete(sender);
  };

  #allOf(aor: string): StoringSession[] {
    const all = [...this.#byRecipient.get(aor) ?? []];
    if (!this.#bySender.has(aor)) return all;
    for (const session of this.#sessions) {
      if (session.parties.sender === aor && !all.includes(session)) all.push(session);
    }
    return all;
  }

  #online(aor: string, instance: string): void {
    for (const session of this.#byRecipient.get(aor) ?? []) {
      const { device } = session.parties;
      if (device === "" || device === instance) session.recipientCame();
    }
  }

  #watch(): void {
    if (this.#sessions.size > 0 && !this.#closed) this.#sweep ??= this.deps.services.timers.start(SWEEP_MS, this, 0);
  }
}

/** The answer to an INVITE that is not stored. */
type Refusal = CallParts & {
  readonly status: number;
  /** For the metric. */
  readonly why: "part" | "room" | "sender" | "quota" | "store" | "offer";
};

const NO_MORE: Refusal = {
  why: "room",
  status: 503,
  reason: "No more sessions can be stored at present",
  headers: [["Retry-After", "30"]],
};

/** Slices of the INVITE would hold all of it as long as the session stands. */
function lasting({ device, headers, callId, sender, ...rest }: StoredParties): StoredParties {
  return {
    ...rest,
    device: detached(device),
    headers: detached(headers),
    callId: detached(callId),
    sender: detached(sender),
  };
}

/** Parts are not put together: the file is offered to its recipient as one (RFC 5547 §6, file-range). */
function isWhole({ range, selector }: FileOffer): boolean {
  if (range === undefined) return true;
  return range.start === 1 && (range.stop === null || range.stop === selector.size);
}
