import type { Timed, Timer } from "../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../storage/mod.ts";
import { type Binding, bindingTargets, type Branch } from "../sip_core/mod.ts";
import { isNotification } from "./notices/is_notification.ts";
import { inviteVerdictOf, verdictOf } from "./outcome.ts";
import { PushFork, type PushUser } from "./push_fork.ts";
import type { PushHost } from "./push_host.ts";
import { type PlannedPush, planPush } from "./push_plan.ts";
import { simpler } from "./push/simpler.ts";
import type { DeferredPushEnd } from "./push/deferred_push.ts";
import { type FilesOwner, RecipientFiles } from "./recipient_files.ts";
import { RecipientSession, type SessionOwner } from "./recipient_session.ts";

/** First wait before trying a silent recipient again; doubled each time. */
const RETRY_MS = 30_000;
const RETRY_MAX_MS = 15 * 60_000;
/** A device that answers the same message with a fault of its own (5xx) this often has refused it. */
const FAULTS = 3;
/** From so many waiting messages on notifications go together, in a session. */
const MANY = 4;
const GOING_DOWN = 'SIP;cause=503;text="Service going down"';
/** A device of this service (oma-reference §2.1). */
const IM = /;\s*\+g\.oma\.sip-im(?:[.;=]|\s|$)/i;

/**
 * The deliveries to one recipient, oldest first: what is short goes as MESSAGE, one after the other; from the first that cannot on,
 * everything goes in one MSRP session; files go beside, each in its own. It stops, and keeps everything, when no device answers; a
 * registration, a new message or the retry timer goes on.
 */
export class RecipientPush implements PushUser, SessionOwner, FilesOwner, Timed {
  readonly aor: string;
  readonly #host: PushHost;
  /** Contacts that gave no answer since they last registered. */
  readonly #down = new Set<string>();
  /** Contacts that take no session as far as is known since they last registered. */
  readonly #sessionless = new Set<string>();
  readonly #files: RecipientFiles;
  #session: RecipientSession | null = null;
  #running = false;
  #retry: Timer | null = null;
  #tries = 0;
  #ahead: { id: number; read: Promise<DeferredMessage | null> } | null = null;
  /** Something that was passed over waits for another time: a file, or what only a device can take that is silent now. */
  #later = false;
  /** Devices that the message under way does not go to, although they are registered. */
  readonly #leftOut = new Set<string>();
  #faults: { id: number; count: number } = { id: 0, count: 0 };
  #latest = -Infinity;

  constructor(aor: string, host: PushHost) {
    this.aor = aor;
    this.#host = host;
    this.#files = new RecipientFiles(this, host);
  }

  get running(): boolean {
    return this.#running;
  }

  /** The latest time of arrival of what has been begun with: a copy of it may still be made. -Infinity before. */
  get latest(): number {
    return this.#latest;
  }

  /** A device is there (again): it is no longer silent, and the waits begin anew. */
  deviceSeen(binding: Binding): void {
    this.#down.delete(binding.contact);
    this.#sessionless.delete(binding.contact);
    this.#tries = 0;
  }

  /** Begins, or goes on; nothing happens while it runs. `fresh`: silent devices are asked once more. */
  run(fresh: boolean): void {
    if (this.#running) return;
    if (fresh) {
      this.#down.clear();
      this.#later = false;
      this.#host.passed.tryAgain(this.aor);
      this.#forgetContacts();
    }
    this.#retry?.stop();
    this.#retry = null;
    this.#running = true;
    this.#next();
  }

  onTimer(): void {
    this.#retry = null;
    this.#host.kick(this.aor, true);
  }

  /** A device is there no longer: it is given nothing more. */
  deviceGone(gone: Binding): void {
    if (gone.instance !== "") {
      // One that has come from another place, or has another way to it.
      const bindings = this.#host.services.location.bindings(this.aor);
      if (bindings.some(({ instance }) => instance === gone.instance)) return;
    }
    this.#session?.deviceGone(gone);
    this.#files.deviceGone(gone);
  }

  /** No retry any more; sessions that stand are left within that time, and what is not confirmed stays stored. */
  stop(within_ms: number): void {
    this.#retry?.stop();
    this.#retry = null;
    this.#session?.leave(GOING_DOWN, within_ms);
    this.#files.stop();
  }

  #next(): void {
    const host = this.#host;
    const bindings = host.services.location.bindings(this.aor);
    if (bindings.length === 0 || host.mustWait(this.aor)) return this.#end(false);
    const plan = planPush({
      bindings,
      down: this.#down,
      entries: host.waitingEntries(this.aor),
      held: (id, devices) => host.heldFor(this.aor, id, devices),
      refused: host.passed.someRefused ? (id, device) => host.passed.isRefusedBy(id, device) : null,
      waits: (entry) => entry.mode === "file" && this.#fileWaits(entry),
    });
    if ("silent" in plan) return this.#end(plan.silent);
    if (plan.entry.arrivedAt > this.#latest) this.#latest = plan.entry.arrivedAt;
    if (plan.entry.mode === "file") {
      this.#files.begin(host.sessions!, plan.entry, plan.devices);
      return this.#next();
    }
    this.#leftOut.clear();
    for (const instance of plan.leftOut) this.#leftOut.add(instance);
    this.#read(plan);
  }

  #read(plan: PlannedPush): void {
    const { store, services } = this.#host;
    const { id } = plan.entry;
    (this.ahead(id) ?? store.read(id)).then(
      (message) => {
        if (message === null) {
          this.#host.passed.putAside(this.aor, id);
          return this.#next();
        }
        const admitted = this.#host.admits(message);
        if (typeof admitted !== "boolean") return admitted.then((yes) => this.#deliver(plan, message, yes));
        this.#deliver(plan, message, admitted);
      },
    ).catch((error: unknown) => {
      services.log.error("stored message could not be delivered", {
        recipient: this.aor,
        id,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      this.#end(true);
    });
  }

  ahead(id: number): Promise<DeferredMessage | null> | null {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.id === id ? ahead.read : null;
  }

  /** `admitted`: the recipient's rules let it through. */
  #deliver({ entry, devices, following }: PlannedPush, message: DeferredMessage, admitted: boolean): void {
    const { passed, sessions, services, pagerLimit } = this.#host;
    const { id } = entry;
    if (!admitted) {
      passed.withhold(this.aor, id);
      return this.#next();
    }
    const whole = (message.content ?? null) === null;
    const pager = (message.mode ?? "pager") === "pager";
    // What came by MESSAGE goes by MESSAGE, whatever the limit is by now.
    const byMessage = whole && (pager || message.body.length <= pagerLimit);
    if (!pager || (isNotification(message) && this.#waitInARow(MANY))) {
      const able = sessions === null ? [] : devices.filter(({ contact, params }) =>
        // What a MESSAGE can bring is no reason to call a client that never said what it can: a telephone would ring.
        !this.#sessionless.has(contact) && (!byMessage || IM.test(params))
      );
      if (able.length > 0) {
        this.#ahead = { id, read: Promise.resolve(message) };
        this.#session = new RecipientSession(this, this.#host, sessions!);
        return this.#session.start(bindingTargets(this.aor, able, services.wires));
      }
      if (!byMessage) {
        // For a device that can; it is asked again when one registers, or when one that is silent now may be there again.
        this.#later ||= this.#down.size > 0;
        passed.putAside(this.aor, id);
        return this.#next();
      }
    }
    // The next one is fetched while this one travels.
    if (following !== undefined && following.mode !== "file") {
      this.#ahead = { id: following.id, read: this.#host.store.read(following.id) };
      this.#ahead.read.catch(() => {});
    }
    new PushFork(services, id, message, this).start(bindingTargets(this.aor, devices, services.wires));
  }

  /** So many wait for which a MESSAGE would do, with no other before them. */
  #waitInARow(count: number): boolean {
    const entries = this.#host.waitingEntries(this.aor);
    return entries.length >= count && entries.slice(0, count).every(({ mode }) => mode === "pager");
  }

  // By MESSAGE.

  onTaken(push: PushFork, branch: Branch): void {
    this.progressed();
    this.#host.remove(push.id);
    this.#host.notes.delivered(push.id, push.stored, branch.target, push.callId, push.bare);
  }

  onPushed(push: PushFork): void {
    const { passed, services } = this.#host;
    const missed = this.#leftOut;
    const later = this.#settle(push);
    const bare = push.taken || push.bare || !push.branches.some(isUnread) ? null : simpler(push.stored);
    if (bare !== null) {
      const targets = push.branches.filter(isUnread).map(({ target }) => target);
      return new PushFork(services, push.id, bare, this, push.stored).start(targets);
    }
    this.#tellRefused(push);
    if (!push.taken) {
      if (later) return this.#end(true);
      // Everyone refused it: kept until it expires or a device comes that has not, but it holds up nobody behind it.
      if (push.refusals.length === 0) passed.refuse(push.id);
    }
    if (push.stored.device !== "" || missed.size === 0) return this.#next();
    // Somebody else has it; these devices get copies of their own, safe before anything newer goes out.
    let open = missed.size;
    const done = () => {
      if (--open === 0) this.#next();
    };
    for (const device of missed) this.#host.copyForDevice(push.stored, device, done);
  }

  /** Notes who is silent; true where somebody is. */
  #settle(push: PushFork): boolean {
    let later = false;
    for (const branch of push.branches) {
      const { binding } = branch.target;
      const verdict = this.#verdict(push.id, branch.status);
      if (verdict === "refused") push.refusals.push(branch);
      if (verdict !== "later" || binding === null) continue;
      later = true;
      this.#down.add(binding.contact);
      if (binding.instance !== "") this.#leftOut.add(binding.instance);
    }
    return later;
  }

  #tellRefused({ id, stored, refusals, taken }: PushFork): void {
    const { passed, notes } = this.#host;
    for (const { target, status } of refusals) {
      if (!taken && target.binding !== null) passed.refuseBy(id, target.binding);
      notes.refused(id, stored, target, status);
    }
  }

  #verdict(id: number, status: number): ReturnType<typeof verdictOf> {
    if (status < 500 || status > 599 || status === 503 || status === 504) return verdictOf(status);
    return this.#faulty(id) ? "refused" : "later";
  }

  /** True when there have been too many. */
  #faulty(id: number): boolean {
    if (this.#faults.id !== id) this.#faults = { id, count: 0 };
    return ++this.#faults.count >= FAULTS;
  }

  // By session.

  progressed(): void {
    this.#tries = 0;
  }

  /** It may not begin now: others of this recipient go on with it, those of other recipients do not. */
  #fileWaits(entry: DeferredEntry): boolean {
    const { sessions, filesOpen } = this.#host;
    if (filesOpen.full) this.#later = true;
    return sessions === null || filesOpen.full || this.#files.waits(entry);
  }

  fileNext(entry: DeferredEntry): void {
    const { sessions, services } = this.#host;
    if (this.#fileWaits(entry) || sessions === null) return;
    const devices = services.location.bindings(this.aor)
      .filter(({ instance }) => entry.device === "" || instance === entry.device);
    if (devices.length > 0) this.#files.begin(sessions, entry, devices);
  }

  sessionEnded(end: DeferredPushEnd): void {
    this.#session = null;
    switch (end.kind) {
      case "done":
        return this.#next();
      case "broken": {
        const { binding } = end.target;
        if (binding !== null) this.#down.add(binding.contact);
        if (end.entry !== null && binding !== null && this.#faulty(end.entry.id)) {
          this.#host.passed.refuseBy(end.entry.id, binding);
        }
        return this.#next();
      }
      case "untaken":
        for (const { target: { binding }, status } of end.outcomes) {
          if (binding === null) continue;
          if (inviteVerdictOf(status) === "later") this.#down.add(binding.contact);
          else this.#sessionless.add(binding.contact);
        }
        return this.#next();
    }
  }

  fileEnded(later: boolean): void {
    this.#later ||= later;
    this.#host.kick(this.aor, false);
  }

  /** `again`: something waits that a device is registered for. */
  #end(again: boolean): void {
    this.#running = false;
    this.#ahead = null;
    if (again || this.#later) this.retryLater();
    this.#host.ended(this.aor);
  }

  /** Begins by itself after a while, unless it runs or waits already. */
  retryLater(): void {
    if (this.#running || this.#retry !== null) return;
    const delay = Math.min(RETRY_MS * 2 ** Math.min(this.#tries++, 10), RETRY_MAX_MS);
    this.#retry = this.#host.services.timers.start(delay, this, 0);
  }

  /** Contacts that are registered no longer are no longer known as anything: a device may have another one each time. */
  #forgetContacts(): void {
    if (this.#sessionless.size === 0) return;
    const there = new Set(this.#host.services.location.bindings(this.aor).map(({ contact }) => contact));
    for (const contact of this.#sessionless) if (!there.has(contact)) this.#sessionless.delete(contact);
  }

  /** Nothing to remember: no retry to come, no device known as silent, no file under way. */
  get idle(): boolean {
    return !this.#running && this.#retry === null && this.#files.idle;
  }
}

/** The device cannot read the type that the message comes in (RFC 3428 §7). */
function isUnread({ status }: Branch): boolean {
  return status === 415;
}
