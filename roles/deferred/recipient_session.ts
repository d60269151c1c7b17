import type { DeferredEntry, DeferredMessage } from "../../storage/mod.ts";
import type { Binding, Target } from "../sip_core/mod.ts";
import { isOne } from "./passed_over.ts";
import type { PushHost, SessionDelivery } from "./push_host.ts";
import { forDevice } from "./push_plan.ts";
import type { PushAddresses } from "../session_media/mod.ts";
import { type DeferredPush, deferredPush, type DeferredPushEnd, type DeferredPushUser } from "./push/deferred_push.ts";

/** What a session to a recipient asks of the recipient's deliveries. */
export interface SessionOwner {
  readonly aor: string;
  /** It has been read already; null: it has to be. */
  ahead(id: number): Promise<DeferredMessage | null> | null;
  /** A file is next: it goes in a session of its own. */
  fileNext(entry: DeferredEntry): void;
  /** Something got through. */
  progressed(): void;
  sessionEnded(end: DeferredPushEnd): void;
}

const GONE = 'SIP;cause=480;text="Not registered any more"';
const GONE_MS = 5_000;

/** One session in which a device of a recipient gets everything that waits for it. */
export class RecipientSession implements DeferredPushUser {
  readonly #owner: SessionOwner;
  readonly #host: PushHost;
  readonly #sessions: SessionDelivery;
  readonly #push: DeferredPush;
  /** What it has been given, and is not passed over since. */
  readonly #given = new Set<number>();
  #list: DeferredEntry[] = [];
  #at = 0;

  constructor(owner: SessionOwner, host: PushHost, sessions: SessionDelivery) {
    this.#owner = owner;
    this.#host = host;
    this.#sessions = sessions;
    this.#push = deferredPush(sessions, addressesFor(owner.aor), this);
  }

  start(targets: readonly Target[]): void {
    this.#push.start(targets);
  }

  /** It is given nothing more, and has so long to confirm what it was sent. `reason`: a Reason value. */
  leave(reason: string, within_ms: number): void {
    this.#push.leave(reason, within_ms);
  }

  /** The same where it is this device that has gone. */
  deviceGone(gone: Binding): void {
    const binding = this.#push.target?.binding ?? null;
    if (binding !== null && isOne(binding, gone)) this.leave(GONE, GONE_MS);
  }

  next(device: string): DeferredEntry | null {
    const { aor } = this.#owner;
    const host = this.#host;
    if (host.mustWait(aor)) return null;
    if (this.#at === this.#list.length) {
      const binding = this.#push.target?.binding ?? null;
      const refused = host.passed.someRefused && binding !== null;
      const given = (id: number) => this.#given.has(id) || (refused && host.passed.isRefusedBy(id, binding));
      this.#list = forDevice(host.waitingEntries(aor), device, given);
      this.#at = 0;
    }
    while (this.#at < this.#list.length) {
      const entry = this.#list[this.#at];
      // A first attempt is still under way; its end goes on here.
      const bindings = host.services.location.bindings(aor);
      const its = entry.device === "" ? bindings : bindings.filter(({ instance }) => instance === device);
      if (host.heldFor(aor, entry.id, its)) return null;
      this.#at++;
      this.#given.add(entry.id);
      if (entry.mode !== "file") return entry;
      this.#owner.fileNext(entry);
    }
    return null;
  }

  read(entry: DeferredEntry): Promise<DeferredMessage | null> {
    return this.#owner.ahead(entry.id) ?? this.#host.store.read(entry.id);
  }

  admits(message: DeferredMessage, { id }: DeferredEntry): boolean | Promise<boolean> {
    const admitted = this.#host.admits(message);
    if (typeof admitted !== "boolean") return admitted.then((yes) => this.#withheld(id, yes));
    return this.#withheld(id, admitted);
  }

  #withheld(id: number, admitted: boolean): boolean {
    if (!admitted) this.#host.passed.withhold(this.#owner.aor, id);
    return admitted;
  }

  /** Removed meanwhile, or damaged. */
  onGone({ id }: DeferredEntry): void {
    this.#host.passed.putAside(this.#owner.aor, id);
  }

  onTaken({ id }: DeferredEntry, message: DeferredMessage, target: Target, callId: string): void {
    this.#owner.progressed();
    this.#host.remove(id);
    this.#given.delete(id);
    this.#host.notes.delivered(id, message, target, callId);
  }

  onRefused({ id }: DeferredEntry, message: DeferredMessage, target: Target, status: number): void {
    const { passed, notes } = this.#host;
    if (target.binding !== null) passed.refuseBy(id, target.binding);
    this.#given.delete(id);
    notes.refused(id, message, target, status);
  }

  onNotification(octets: Uint8Array, done: (status: number) => void): void {
    this.#sessions.onward(octets, this.#owner.aor, done);
  }

  onEnded(end: DeferredPushEnd): void {
    this.#owner.sessionEnded(end);
  }
}

/** The box itself speaks (oma-reference §2.4). */
function addressesFor(aor: string): PushAddresses {
  const own = `<sip:deferred@${aor.slice(aor.lastIndexOf("@") + 1)}>`;
  return { from: own, to: `<${aor}>`, asserted: own, headers: [["Answer-Mode", "Auto"]] };
}
