import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { type Branch, type Target, uriTarget } from "../../sip_core/mod.ts";
import { type Verdict, verdictOf } from "../outcome.ts";
import type { PushFork, PushUser } from "../push_fork.ts";
import { fileOfLines } from "../intake/file_lines.ts";
import type { AwayDelivery, AwayParts } from "./away_delivery.ts";
import { AwayFile } from "./away_file.ts";
import { AwayPush } from "./away_push.ts";
import { AwaySession } from "./away_session.ts";

/** Faults of the server's own, which the message may be the cause of. */
const FAULT: ReadonlySet<number> = new Set([500, 502, 513, 580]);
/** A server that answers the same message with one this often has refused it. */
const FAULTS = 3;

/** The deliveries to one recipient of another domain, one message after the other; it waits longer each time nobody takes any. */
export class AwayRecipient implements PushUser, Timed {
  readonly aor: string;
  /** Stored while a first attempt is still open. */
  readonly held = new Set<number>();
  readonly #parts: AwayParts;
  readonly #delivery: AwayDelivery;
  /** Taken or refused, the removal not yet confirmed; or not ours to send. */
  readonly #gone = new Set<number>();
  #running = false;
  #stopped = false;
  #timer: Timer | null = null;
  #tries = 0;
  #call: AwaySession | AwayFile | null = null;
  #faults: { readonly id: number; readonly count: number } = { id: 0, count: 0 };

  constructor(aor: string, parts: AwayParts, delivery: AwayDelivery) {
    this.aor = aor;
    this.#parts = parts;
    this.#delivery = delivery;
  }

  /** Begins after a while, unless it runs or waits already. */
  later(): void {
    if (this.#running || this.#timer !== null) return;
    this.#timer = this.#parts.services.timers.start(this.#delivery.wait_ms(this.#tries), this, 0);
  }

  /** Somebody is there. */
  heard(): void {
    this.#tries = 0;
    if (this.#running) return;
    this.#timer?.stop();
    this.#timer = null;
    this.#delivery.due(this);
  }

  /** Begins now, unless nobody was there the last time. */
  soon(): void {
    if (this.#tries > 0 || this.#running || this.#stopped) return;
    this.heard();
  }

  onTimer(): void {
    this.#timer = null;
    this.#delivery.due(this);
  }

  /** A session that stands is left within that time. */
  stop(within_ms: number): void {
    this.#stopped = true;
    this.#timer?.stop();
    this.#timer = null;
    this.#call?.leave(within_ms);
  }

  /** The first attempt has had its outcome after all. */
  withdraw(id: number): void {
    this.held.delete(id);
    this.#remove(id);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Its turn has come. */
  run(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#running = true;
    this.#next();
  }

  /** What is to go out, oldest first. */
  waiting(): DeferredEntry[] {
    const entries = this.#parts.store.pending(this.aor);
    return entries.filter(({ id }) => !this.#gone.has(id) && !this.held.has(id));
  }

  #next(): void {
    if (this.#stopped) return this.#end();
    const [entry] = this.waiting();
    if (entry === undefined) return this.#end();
    const { store, services } = this.#parts;
    store.read(entry.id).then((message) => {
      if (this.#stopped) return this.#end();
      if (message === null || !this.#isOurs(message)) {
        this.#gone.add(entry.id);
        this.#next();
      } else if (entry.mode === "pager") this.#push(entry, message);
      else this.#open(entry, message);
    }).catch((error: unknown) => {
      const text = error instanceof Error ? error.stack ?? error.message : String(error);
      services.log.error("message for another domain could not be delivered", { recipient: this.aor, error: text });
      this.#end();
    });
  }

  /** A domain that is no longer served here may have left messages from elsewhere behind: they are not passed around. */
  #isOurs({ sender }: DeferredMessage): boolean {
    return this.#parts.services.domains.has(tryParseUri(sender)?.host ?? "");
  }

  #push({ id }: DeferredEntry, message: DeferredMessage): void {
    const { services, trusts } = this.#parts;
    new AwayPush(services, id, message, this, trusts).start([uriTarget(this.aor)]);
  }

  onTaken(push: PushFork, branch: Branch): void {
    this.taken(push.id, push.message, branch.target, push.callId);
  }

  onPushed(push: PushFork): void {
    if (push.taken) return this.#next();
    this.untaken(push.id, push.message, push.branches[0].status, verdictOf);
  }

  #open(entry: DeferredEntry, message: DeferredMessage): void {
    const file = entry.mode === "file" ? fileOfLines(message.headers) : null;
    this.#call = file === null
      ? new AwaySession(this, this.#parts, entry, message)
      : new AwayFile(this, this.#parts, entry, message, file);
    this.#call.start(uriTarget(this.aor));
  }

  // What follows is for AwaySession and AwayFile, too.

  /** It has arrived. */
  taken(id: number, message: DeferredMessage, target: Target, callId: string): void {
    this.#tries = 0;
    this.#remove(id);
    this.#parts.notes.delivered(id, message, target, callId);
  }

  /** It is not wanted there, and would not be another time: its sender is told, and it goes. */
  refused(id: number, message: DeferredMessage, status: number): void {
    const { notes, failed } = this.#parts;
    notes.refused(id, message, uriTarget(this.aor), status);
    failed(message);
    this.#remove(id);
  }

  /** The store has it no longer, or it is damaged there. */
  lost(id: number): void {
    this.#gone.add(id);
  }

  /** Nobody took it: another time, or never, as `of` says of the status. */
  untaken(id: number, message: DeferredMessage, status: number, of: (status: number) => Verdict): void {
    this.#call = null;
    if (this.#verdict(id, status, of) === "later") return this.#end();
    this.refused(id, message, status);
    this.#next();
  }

  /** The server had a fault with it, in the middle of a session; true: once too often. */
  faulted(id: number): boolean {
    return this.#verdict(id, 500, verdictOf) === "refused";
  }

  /** The session is over. `more`: it went well, and there may be more. */
  closed(more: boolean): void {
    this.#call = null;
    if (more) this.#next();
    else this.#end();
  }

  #verdict(id: number, status: number, of: (status: number) => Verdict): Verdict {
    if (!FAULT.has(status)) return of(status);
    this.#faults = { id, count: this.#faults.id === id ? this.#faults.count + 1 : 1 };
    return this.#faults.count >= FAULTS ? "refused" : "later";
  }

  #remove(id: number): void {
    this.#gone.add(id);
    const { store, services } = this.#parts;
    store.remove(id, (error) => {
      // Stays in `gone` when the store failed: delivered is delivered, for as long as this boot knows.
      if (error === null) this.#gone.delete(id);
      else services.log.error("delivered message could not be removed", { id, error: error.message });
    });
  }

  #end(): void {
    this.#running = false;
    this.#tries++;
    this.#delivery.ended(this, this.waiting().length === 0 && this.held.size === 0);
  }
}
