import type { Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { SipResponse } from "../../../transport/sip/mod.ts";
import { bestRefusal, type Declined } from "./best_refusal.ts";
import type { InviteeLeg } from "./invitee_leg.ts";

const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';
const NOT_ANSWERED = 'SIP;cause=480;text="Not answered"';

/** The devices of one invitation: all ring at once, the first that takes it has it (oma-reference §3.2). */
export class DeviceFork implements Timed {
  readonly #declined: Declined[] = [];
  #legs: readonly InviteeLeg[] = [];
  #timer: Timer | null = null;
  #rang = 0;
  #taken: InviteeLeg | null = null;

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
  get best(): Declined | null {
    return this.#declined.length === 0 ? null : bestRefusal(this.#declined);
  }

  /** Asks them, for so long. `goesOn` is false once the invitation is over. */
  start(legs: readonly InviteeLeg[], timers: Timers, within_ms: number, goesOn: () => boolean): void {
    this.#legs = legs;
    this.#timer = timers.start(within_ms, this, 0);
    for (const leg of legs) if (goesOn()) leg.start();
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

  stop(): void {
    this.#timer?.stop();
    for (const leg of this.#legs) leg.cancel("");
  }

  onTimer(): void {
    for (const leg of this.#legs) leg.cancel(NOT_ANSWERED);
  }
}
