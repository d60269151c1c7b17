import { randomToken, type Timed, type Timer } from "../../foundation/mod.ts";
import type { Flow, SipResponse } from "../../transport/sip/mod.ts";
import type { DeferredMessage } from "../../storage/mod.ts";
import { type Branch, type CoreServices, Fork, type Target } from "../sip_core/mod.ts";
import { deliveryHead } from "./stored_message.ts";

/** How long the other devices get once one has taken the message. */
const GRACE_MS = 4_000;
const BREADTH = 60;

/** Who is told how a delivery went. */
export interface PushUser {
  /** A device took it; once for each device. */
  onTaken(push: PushFork, branch: Branch): void;
  /** Nothing more will come; branches still open are silent devices. */
  onPushed(push: PushFork): void;
}

/** One attempt to deliver one stored message to some devices, as a client of our own: new Call-ID and tag every time. */
export class PushFork extends Fork implements Timed {
  readonly method = "MESSAGE";
  /** As it goes out. */
  readonly message: DeferredMessage;
  /** As it is stored. */
  readonly stored: DeferredMessage;
  readonly id: number;
  /** Devices that do not want it. */
  readonly refusals: Branch[] = [];
  /** Call-ID of the last copy sent. */
  callId = "";
  taken = false;
  #done = false;
  readonly #user: PushUser;
  #grace: Timer | null = null;

  constructor(services: CoreServices, id: number, message: DeferredMessage, user: PushUser, stored = message) {
    super(services);
    this.stored = stored;
    this.id = id;
    this.message = message;
    this.#user = user;
  }

  /** Its wrapper was taken off. */
  get bare(): boolean {
    return this.message !== this.stored;
  }
  get body(): Uint8Array {
    return this.message.body;
  }
  get headSize(): number {
    return this.message.headers.length;
  }

  start(targets: readonly Target[]): void {
    const share = Math.max(1, Math.floor(BREADTH / targets.length));
    // Held open until all have begun: a branch that fails inside its start must not end the fork.
    this.open++;
    for (const target of targets) this.begin(target, share);
    this.open--;
    this.#check();
  }

  branchText(): string {
    return this.services.transactions.newBranch();
  }

  headFor(branch: Branch, _flow: Flow, via: string): string {
    this.callId = randomToken(22);
    return deliveryHead(this.message, branch.target.uri, branch.target.routes, via, randomToken(10), this.callId);
  }

  onProvisional(_branch: Branch, _response: SipResponse): void {}

  onOutcome(branch: Branch): void {
    if (branch.status < 300 && !this.#done) {
      this.taken = true;
      this.#user.onTaken(this, branch);
      if (this.open > 0) this.#grace ??= this.services.timers.start(GRACE_MS, this, 0);
    }
    this.#check();
  }

  onTimer(): void {
    this.#finish();
  }

  #check(): void {
    if (this.open === 0) this.#finish();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#grace?.stop();
    for (const branch of this.branches) if (branch.status === 0) branch.abandon();
    this.#user.onPushed(this);
  }
}
