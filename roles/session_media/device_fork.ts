import type { Timed, Timer, Timers } from "../../foundation/mod.ts";
import { bestRefusal, type CallRefusal, type SipResponse } from "../../transport/sip/mod.ts";
import type { InviteeLeg } from "./invitee_leg.ts";

/** Whose invitation it is. */
export interface ForkOwner {
  /** False once the invitation is over, or somebody has taken it. */
  readonly ringing: boolean;
  /** The time to answer is over: every device has declined, or counts as if it had. */
  onUnanswered(): void;
}

const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';
const NOT_ANSWERED = 'SIP;cause=480;text="Not answered"';

/** The devices of one invitation: all ring at once, the first that takes it has it (oma-reference §3.2). */
export class DeviceFork implements Timed {
  readonly #declined: CallRefusal[] = [];
  readonly #owner: ForkOwner;
  #legs: readonly InviteeLeg[] = [];
  #timer: Timer | null = null;
  #rang = 0;
  #taken: InviteeLeg | null = null;

  constructor(owner: ForkOwner) {
    this.#owner = owner;
  }

  /** The leg that took it; null while none did. */
  get taken(): InviteeLeg | null {
    return this.#taken;
  }

  /** No device was asked. */
  get empty(): boolean {
    return this.#legs.length === 0;
  }

  /** Every device has declined. */
  get declined(): boolean {
    return this.#taken === null && this.#legs.every((leg) => leg.settled);
  }

  /** Of all answers the one to go back; null where nobody was asked. */
  get best(): CallRefusal | null {
    return bestRefusal(this.#declined);
  }

  /** Asks them, for so long. */
  start(legs: readonly InviteeLeg[], timers: Timers, within_ms: number): void {
    this.#legs = legs;
    this.#timer = timers.start(within_ms, this, 0);
    for (const leg of legs) if (this.#owner.ringing) leg.start();
  }

  /** True for a progress that the inviter has not heard yet: several devices ring as one. */
  isNews({ status }: SipResponse): boolean {
    if (status < 180 || status > 183 || status === this.#rang) return false;
    this.#rang = status;
    return true;
  }

  /** A device said no; one that says so for the user as a whole says it for all (RFC 3261 §16.7 step 5). */
  decline(status: number, response: SipResponse | null): void {
    this.#declined.push({ status, response });
    if (status >= 600) { for (const leg of this.#legs) leg.cancel(""); }
  }

  /** This one has it; the others are called off. */
  take(leg: InviteeLeg): void {
    this.#taken = leg;
    this.#timer?.stop();
    for (const other of this.#legs) if (other !== leg) other.cancel(ELSEWHERE);
    this.#legs = [leg];
  }

  /** A device that was too late. */
  refuse(leg: InviteeLeg): void {
    leg.call?.end(ELSEWHERE);
  }

  /** Nobody need answer any more. `reason`: a Reason value for the CANCEL (RFC 3326); "" for none. */
  stop(reason = ""): void {
    this.#timer?.stop();
    this.#timer = null;
    for (const leg of this.#legs) leg.cancel(reason);
  }

  onTimer(): void {
    this.#timer = null;
    for (const leg of this.#legs) {
      if (leg.settled) continue;
      this.#declined.push({ status: 408, response: null });
      leg.cancel(NOT_ANSWERED);
    }
    this.#owner.onUnanswered();
  }
}
