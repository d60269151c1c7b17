import type { Log } from "../../../foundation/mod.ts";
import { type DeferredEntry, type DeferredMessage, type DeferredMessages, StorageError } from "../../../storage/mod.ts";
import type { Call, CallUser } from "../../../transport/sip/mod.ts";
import type { Exchange, Target } from "../../sip_core/mod.ts";
import {
  askingDevice,
  endPointAnswer,
  FetchCall,
  type FetchOffer,
  IM_CONTACT,
  type OwnSide,
  ownSide,
  type PushCallUser,
  type PushDeps,
  readFetchOffer,
  SessionPush,
} from "../../session_media/mod.ts";
import type { DeferredDelivery, Holder } from "../deferred_delivery.ts";
import type { DeliveryNotes } from "../delivery_notes.ts";
import type { PassedOver } from "../passed_over.ts";
import { DEFERRED_FORMAT, type DeferredPush, type DeferredPushUser } from "../push/deferred_push.ts";
import { namedMessages } from "./delete_request.ts";
import type { WaitingMessage } from "./mailbox.ts";
import type { Mailboxes } from "./mailboxes.ts";

/** What the deliveries have to do with what is listed: they leave alone what is fetched (`hold`), and hear what became of it. */
export interface ListedDelivery extends Pick<DeferredDelivery, "hold" | "release" | "admits" | "remove"> {
  readonly notes: Pick<DeliveryNotes, "delivered" | "refused">;
  readonly passed: Pick<PassedOver, "forget">;
}

export interface RetrievalsParts {
  readonly push: PushDeps;
  readonly mailboxes: Pick<Mailboxes, "read">;
  readonly store: Pick<DeferredMessages, "read">;
  readonly delivery: ListedDelivery;
  readonly log: Log;
}

/** No push goes out of what is being fetched. */
const HELD: Holder = { covers: () => true };

/**
 * INVITE to `sip:deferred@domain` (oma-reference §3.4): the client is sent what waits, or what it names of that, one after the other
 * in its session, then BYE. What it has is removed; what it has not stays.
 */
export class Retrievals {
  readonly #parts: RetrievalsParts;
  /** Users who fetch at this moment. */
  readonly #busy = new Map<string, Retrieval | Opening>();

  constructor(parts: RetrievalsParts) {
    this.#parts = parts;
  }

  /** Takes up the INVITE of a user of ours. */
  begin(exchange: Exchange, aor: string): void {
    const { calls, settings, services, node, hostFor } = this.#parts.push;
    // Before anything waits: the buffer of a message is used again.
    const request = readFetchOffer(exchange.request);
    const waiting: CallUser = { onEnded: () => {} };
    const call = calls.incoming(exchange.transaction, waiting, {
      contactParams: IM_CONTACT,
      sessionExpires: settings.sessionExpires_s,
    });
    if (call.state === "ended") return;
    if ("status" in request) return call.refuse(request.status, { reason: request.reason });
    if (this.#busy.has(aor)) return call.refuse(486, { reason: "Another Device Fetches At The Moment" });
    const own = ownSide(node, request.transport, hostFor(exchange.flow));
    if (own === null) return call.refuse(488, { reason: "No Door For That MSRP Transport" });
    const target = askingDevice(exchange, services.location.bindings(aor));
    const opening = new Opening(call);
    this.#busy.set(aor, opening);
    this.#open({ aor, call, request, own, target }).then((begun) => {
      if (this.#busy.get(aor) !== opening) return;
      // It may be over before this is known.
      if (begun === null || begun.over) this.#busy.delete(aor);
      else this.#busy.set(aor, begun);
    }, (error: unknown) => {
      if (this.#busy.get(aor) === opening) this.#busy.delete(aor);
      if (!(error instanceof StorageError) && !(error instanceof RangeError)) {
        this.#parts.log.error("stored messages could not be fetched", { user: aor, error: String(error) });
      }
      if (call.state !== "inviting") return call.end('SIP;cause=500;text="Server error"');
      call.refuse(503, { reason: "Stored Messages Cannot Be Had Now", headers: [["Retry-After", "30"]] });
    });
  }

  /** Those under way end; what is not confirmed stays. */
  stop(): void {
    for (const retrieval of this.#busy.values()) retrieval.stop();
    this.#busy.clear();
  }

  /** The user may receive no longer. */
  end(aor: string): void {
    this.#busy.get(aor)?.stop();
    this.#busy.delete(aor);
  }

  async #open(fetch: Fetch): Promise<Retrieval | null> {
    const { aor, call, request, own, target } = fetch;
    const { messages } = await this.#parts.mailboxes.read(aor);
    if (call.state !== "inviting") return null;
    const named = request.references.length === 0 ? null : namedMessages(messages, request.references);
    if (request.references.length > 0 && named === null) {
      call.refuse(404, { reason: "No Such Message Waits For You" });
      return null;
    }
    const device = target.binding?.instance ?? "";
    const wanted = named ?? messages.filter((message) => copyFor(message, device) !== null);
    if (wanted.length === 0) {
      this.#nothing(call, request, own);
      return null;
    }
    return new Retrieval(this.#parts, fetch, wanted, named !== null, () => this.#busy.delete(aor));
  }

  /** A fetch of nothing has succeeded: the session is taken and over. */
  #nothing(call: Call, request: FetchOffer, own: OwnSide): void {
    const { ownFingerprint } = this.#parts.push;
    const facts = { acceptTypes: ["message/cpim"], direction: "sendonly", fingerprint: ownFingerprint() } as const;
    call.user = {
      onConfirmed: () => call.end('SIP;cause=200;text="Nothing waits"'),
      onEnded: () => {},
    };
    call.accept({ description: endPointAnswer(request.body, own, facts).description });
  }
}

/** Who fetches what, and how. */
interface Fetch {
  readonly aor: string;
  readonly call: Call;
  readonly request: FetchOffer;
  readonly own: OwnSide;
  readonly target: Target;
}

/** A fetch whose messages are being looked up. */
class Opening {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** It does not begin: whoever looks up finds the call over. */
  stop(): void {
    if (this.#call.state === "inviting") this.#call.refuse(480, { reason: "Stored Messages Cannot Be Had Now" });
  }
}

/** One fetch under way. */
class Retrieval implements DeferredPushUser {
  readonly #parts: RetrievalsParts;
  readonly #fetch: Fetch;
  readonly #entries: readonly DeferredEntry[];
  /** Copies that are another device's: shown to this one, and kept. */
  readonly #kept: ReadonlySet<number>;
  readonly #byName: boolean;
  readonly #done: () => void;
  readonly #push: DeferredPush;
  #next = 0;
  over = false;

  constructor(
    parts: RetrievalsParts,
    fetch: Fetch,
    messages: readonly WaitingMessage[],
    byName: boolean,
    done: () => void,
  ) {
    this.#parts = parts;
    this.#fetch = fetch;
    this.#byName = byName;
    this.#done = done;
    const device = fetch.target.binding?.instance ?? "";
    const own = messages.map((message) => copyFor(message, device));
    this.#entries = messages.map(({ copies }, i) => own[i] ?? copies[0]);
    this.#kept = new Set(messages.flatMap(({ copies }, i) => own[i] === null ? [copies[0].id] : []));
    for (const { id } of this.#entries) parts.delivery.hold(id, HELD);
    const carrier = (user: PushCallUser) => new FetchCall(parts.push, fetch.call, fetch.request, fetch.own, user);
    this.#push = new SessionPush(parts.push, DEFERRED_FORMAT, carrier, this);
    try {
      this.#push.start([fetch.target]);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  stop(): void {
    if (this.over) return;
    this.#push.stop();
    this.#release();
  }

  next(): DeferredEntry | null {
    return this.#entries[this.#next++] ?? null;
  }

  read({ id }: DeferredEntry): Promise<DeferredMessage | null> {
    return this.#parts.store.read(id);
  }

  /** What the user asks for by its name comes, whatever the rules say of its sender by now. */
  admits(message: DeferredMessage): boolean | Promise<boolean> {
    return this.#byName || this.#parts.delivery.admits(message);
  }

  onGone(): void {}

  onTaken({ id }: DeferredEntry, message: DeferredMessage, target: Target, callId: string): void {
    const { delivery } = this.#parts;
    if (!this.#kept.has(id)) delivery.remove(id);
    delivery.notes.delivered(id, message, target, callId);
  }

  /** It stays: another device may take it. */
  onRefused({ id }: DeferredEntry, message: DeferredMessage, target: Target, status: number): void {
    this.#parts.delivery.notes.refused(id, message, target, status);
  }

  /** The session is `sendonly`: notifications come as messages of their own. */
  onNotification(_octets: Uint8Array, done: (status: number) => void): void {
    done(403);
  }

  onEnded(): void {
    this.#release();
  }

  #release(): void {
    if (this.over) return;
    this.over = true;
    for (const { id } of this.#entries) this.#parts.delivery.release(id, this.#fetch.aor, HELD, false);
    this.#done();
  }
}

/** The copy that is this device's to take: for any, or for it; null where all are for others. */
function copyFor({ copies }: WaitingMessage, device: string): DeferredEntry | null {
  return copies.find((copy) => copy.device === "" || copy.device === device) ?? null;
}
