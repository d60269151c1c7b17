import { EMPTY, type Timer } from "../../foundation/mod.ts";
import { AnyClientTransaction } from "./client_transaction.ts";
import { ackFor, cancelFor } from "./hop_requests.ts";
import type { SipResponse } from "./message.ts";

const TIMER_A = 1, TIMER_B = 2, TIMER_C = 3, TIMER_D = 4, TIMER_M = 5, TIMER_CANCELLED = 6;
const PROVISIONAL = 7, SUCCESS = 8, FAILURE = 9, TRANSPORT_ERROR = 10, CANCEL = 11;

/**
 * An INVITE of ours (RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §8.4). It acknowledges failures by itself; the
 * ACK for a 2xx is the user's. It also runs timer C (RFC 3261 §16.6 step 11), so that nobody's INVITE rings for ever.
 */
export class InviteClientTransaction extends AnyClientTransaction {
  #state: "calling" | "proceeding" | "completed" | "accepted" | "terminated" = "calling";
  #interval = 0;
  /** The user asked for CANCEL: "no", when a provisional comes, or "sent". */
  #cancelling: "no" | "waiting" | "sent" = "no";
  #cancelReason: string | undefined;
  #ack = "";
  #timerA: Timer | null = null;
  /** B, then C, then D or M. */
  #timer: Timer | null = null;

  start(): void {
    const { timing, lifetime } = this.host;
    this.#restart(lifetime, TIMER_B);
    this.#timerA?.stop();
    if (!this.flow.reliable) {
      this.#interval = timing.t1;
      this.#timerA = this.host.timers.start(timing.t1, this, TIMER_A);
    }
    this.#send(this.head, this.body);
  }

  receive(response: SipResponse): void {
    const { status } = response;
    this.#input(status < 200 ? PROVISIONAL : status < 300 ? SUCCESS : FAILURE, response);
  }

  transportFailed(): void {
    this.#input(TRANSPORT_ERROR, null);
  }

  onTimer(kind: number): void {
    this.#input(kind, null);
  }

  /** Nobody need hear of it any more. False where it has no 2xx yet. */
  settle(): boolean {
    if (this.#state !== "accepted") return false;
    this.#terminate();
    this.abandon();
    return true;
  }

  cancel(reason?: string): void {
    if (this.#cancelling !== "no") return;
    this.#cancelReason = reason;
    this.#input(CANCEL, null);
  }

  #input(input: number, response: SipResponse | null): void {
    switch (this.#state) {
      case "calling":
        return this.#calling(input, response);
      case "proceeding":
        return this.#proceeding(input, response);
      case "completed":
        return this.#completed(input);
      case "accepted":
        return this.#accepted(input, response);
    }
  }

  #calling(input: number, response: SipResponse | null): void {
    switch (input) {
      case TIMER_A:
        this.#interval *= 2;
        this.#timerA = this.host.timers.start(this.#interval, this, TIMER_A);
        this.host.statistics.requestsResent.value++;
        return this.#send(this.head, this.body);
      case TIMER_B:
        return this.#timeOut();
      case CANCEL: // Not before a provisional response (RFC 3261 §9.1).
        this.#cancelling = "waiting";
        return;
      case PROVISIONAL:
        this.#state = "proceeding";
        this.#timerA?.stop();
        this.#restart(this.host.timing.c, TIMER_C);
        if (this.#cancelling === "waiting") this.#sendCancel();
        return this.handUp(response!);
      default:
        return this.#end(input, response);
    }
  }

  #proceeding(input: number, response: SipResponse | null): void {
    switch (input) {
      case PROVISIONAL:
        // Each sign but 100 restarts timer C (RFC 3261 §16.7 step 2).
        if (response!.status > 100 && this.#cancelling !== "sent") this.#restart(this.host.timing.c, TIMER_C);
        return this.handUp(response!);
      case CANCEL:
      case TIMER_C:
        return this.#sendCancel();
      case TIMER_CANCELLED:
        return this.#timeOut();
      default:
        return this.#end(input, response);
    }
  }

  /** What ends Calling and Proceeding alike. */
  #end(input: number, response: SipResponse | null): void {
    switch (input) {
      case SUCCESS:
        this.#state = "accepted";
        this.#timerA?.stop();
        this.#timer?.stop();
        this.release();
        this.handUp(response!);
        // Nearly every user has settled it by now.
        if (this.#state === "accepted") this.#restart(this.host.lifetime, TIMER_M);
        return;
      case FAILURE:
        this.#complete(response!);
        return this.handUpLast(response!);
      case TRANSPORT_ERROR:
        this.#terminate();
        return this.host.failLater(this);
    }
  }

  #completed(input: number): void {
    switch (input) {
      case FAILURE:
        return this.#send(this.#ack, EMPTY);
      case TIMER_D:
      case TRANSPORT_ERROR: // The user has its final response; nothing is left to be told.
        return this.#terminate();
    }
  }

  #accepted(input: number, response: SipResponse | null): void {
    switch (input) {
      case SUCCESS: // Repeated, or another branch of a fork downstream: each is for the user.
        return this.handUp(response!);
      case TIMER_M:
        return this.#terminate();
    }
  }

  #complete(response: SipResponse): void {
    this.#state = "completed";
    this.#timerA?.stop();
    this.#ack = ackFor(this.head, response);
    this.release();
    if (this.flow.reliable) {
      this.flow.send(this.#ack, EMPTY);
      return this.#terminate();
    }
    this.#restart(this.host.timing.d, TIMER_D);
    this.#send(this.#ack, EMPTY);
  }

  #timeOut(): void {
    this.host.statistics.timeouts.value++;
    this.#terminate();
    this.fail("timeout");
  }

  /** RFC 3261 §9.1: without a final response 64*T1 after the CANCEL the INVITE counts as cancelled. */
  #sendCancel(): void {
    this.#cancelling = "sent";
    this.#restart(this.host.lifetime, TIMER_CANCELLED);
    this.host.sendCancel(this.flow, this.branch, cancelFor(this.head, this.#cancelReason));
  }

  #terminate(): void {
    this.#state = "terminated";
    this.#timer?.stop();
    this.#timerA?.stop();
    this.host.remove(this);
    this.release();
  }

  #restart(delay: number, kind: number): void {
    this.#timer?.stop();
    this.#timer = this.host.timers.start(delay, this, kind);
  }

  #send(head: string, body: Uint8Array): void {
    if (!this.flow.send(head, body)) this.#input(TRANSPORT_ERROR, null);
  }
}
