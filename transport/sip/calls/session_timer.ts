import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { HeaderName } from "../header_names.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import { minSeOf, sessionExpiresOf } from "./call_headers.ts";
import type { CallTools } from "./call_tools.ts";

/** No interval below this may be asked for or granted (RFC 4028 §4). */
export const LEAST_SE = 90;

/** Who has the timer. */
export interface SessionTimerOwner {
  /** Half the interval is over: a refresh is due. */
  refreshSession(): void;
  /** Nobody refreshed. */
  sessionExpired(): void;
}

/** What a UAS grants (RFC 4028 §9): 0 for no timer; a 422 with this Min-SE where `tooSmall` is not 0. */
export interface GrantedTimer {
  readonly seconds: number;
  readonly refresher: "uac" | "uas";
  /** The UAC knows of timers: Require: timer goes into the 2xx. */
  readonly uacSupports: boolean;
  readonly tooSmall: number;
}

const NO_TIMER: GrantedTimer = { seconds: 0, refresher: "uas", uacSupports: false, tooSmall: 0 };

/** RFC 4028 §9 and its Table 2. `longest`: seconds that we grant at most, 0 where we want no timer of our own. */
export function grantTimer(request: SipRequest, longest: number): GrantedTimer {
  const asked = sessionExpiresOf(request);
  const uacSupports = request.lists("Supported", "timer") || request.lists("Require", "timer");
  const minSe = Math.max(LEAST_SE, minSeOf(request));
  if (asked === null) {
    // Only where the peer understands it may we ask for one in the answer.
    if (longest === 0 || !uacSupports) return NO_TIMER;
    return { seconds: Math.max(longest, minSe), refresher: "uac", uacSupports, tooSmall: 0 };
  }
  if (asked.seconds < LEAST_SE && uacSupports) return { ...NO_TIMER, tooSmall: LEAST_SE };
  const seconds = Math.max(longest === 0 ? asked.seconds : Math.min(asked.seconds, Math.max(longest, minSe)), LEAST_SE);
  const refresher = uacSupports && asked.refresher !== "uas" ? "uac" : "uas";
  return { seconds, refresher, uacSupports, tooSmall: 0 };
}

/** The header lines of a 2xx that grants a timer. */
export function grantHeaders(granted: GrantedTimer, into: (readonly [HeaderName, string])[]): void {
  if (granted.seconds === 0) return;
  into.push(["Session-Expires", `${granted.seconds};refresher=${granted.refresher}`]);
  if (granted.uacSupports) into.push(["Require", "timer"]);
}

const REFRESH = 1, EXPIRY = 2, AGAIN = 3;
/** A refresh that was refused is tried again no sooner than this. */
const RETRY_MS = 5_000;

/** The session timer of one call (RFC 4028 §7.2, §9, §10). Off until a 2xx grants an interval. */
export class SessionTimer implements Timed {
  readonly #tools: CallTools;
  readonly #owner: SessionTimerOwner;
  /** Seconds; 0: off. */
  #interval = 0;
  #weRefresh = false;
  #minSe = 0;
  /** When the interval ends, where we refresh. */
  #until = 0;
  #timer: Timer | null = null;
  #again: Timer | null = null;

  constructor(tools: CallTools, owner: SessionTimerOwner) {
    this.#tools = tools;
    this.#owner = owner;
  }

  get interval(): number {
    return this.#interval;
  }
  get weRefresh(): boolean {
    return this.#weRefresh;
  }
  get minSe(): number {
    return this.#minSe;
  }

  /** The largest Min-SE of the dialog counts (RFC 4028 §7.4). */
  raiseMinSe(seconds: number): void {
    if (seconds > this.#minSe) this.#minSe = seconds;
  }

  /** A 2xx of ours was sent. */
  granted(granted: GrantedTimer): void {
    if (granted.seconds === 0) this.stop();
    else this.#run(granted.seconds, granted.refresher === "uas");
  }

  /** A 2xx to a refresh request of ours came (RFC 4028 §7.2); `asked` is the interval in the request, 0 for none. */
  answered(response: SipResponse, asked: number): void {
    const expires = sessionExpiresOf(response);
    if (expires !== null) return this.#run(Math.max(expires.seconds, LEAST_SE), expires.refresher !== "uas");
    // A peer without the extension: we keep the timer for ourselves.
    if (asked === 0) this.stop();
    else this.#run(asked, true);
  }

  /** The header lines of a refresh request inside the dialog (RFC 4028 §7.4). */
  headers(into: (readonly [HeaderName, string])[]): void {
    if (this.#interval > 0) {
      const seconds = Math.max(this.#interval, this.#minSe, LEAST_SE);
      into.push(["Session-Expires", `${seconds};refresher=${this.#weRefresh ? "uac" : "uas"}`]);
    }
    if (this.#minSe > LEAST_SE) into.push(["Min-SE", String(this.#minSe)]);
  }

  /** The interval that a refresh request now asks for. */
  get asked(): number {
    return this.#interval === 0 ? 0 : Math.max(this.#interval, this.#minSe, LEAST_SE);
  }

  /** A refresh was refused with what does not end the call: once more while there is time (RFC 4028 §10). */
  refused(): void {
    if (!this.#weRefresh || this.#interval === 0 || this.#again !== null) return;
    const left = this.#until - this.#margin - this.#tools.clock.monotonic();
    if (left > 2 * RETRY_MS) this.#again = this.#tools.timers.start(Math.max(RETRY_MS, left / 2), this, AGAIN);
  }

  stop(): void {
    this.#interval = 0;
    this.#stopClocks();
  }

  onTimer(kind: number): void {
    if (kind === AGAIN) {
      this.#again = null;
      return this.#owner.refreshSession();
    }
    this.#timer = null;
    if (kind === EXPIRY) return this.#owner.sessionExpired();
    const left = this.#until - this.#margin - this.#tools.clock.monotonic();
    this.#timer = this.#tools.timers.start(Math.max(1_000, left), this, EXPIRY);
    this.#owner.refreshSession();
  }

  /** Milliseconds before the end at which a BYE goes out. */
  get #margin(): number {
    return Math.min(32_000, this.#interval * 1000 / 3);
  }

  #run(seconds: number, weRefresh: boolean): void {
    this.#stopClocks();
    this.#interval = seconds;
    this.#weRefresh = weRefresh;
    const { clock, timers } = this.#tools;
    if (weRefresh) {
      this.#until = clock.monotonic() + seconds * 1000;
      this.#timer = timers.start(seconds * 500, this, REFRESH);
    } else this.#timer = timers.start(seconds * 1000 - this.#margin, this, EXPIRY);
  }

  #stopClocks(): void {
    this.#timer?.stop();
    this.#again?.stop();
    this.#timer = null;
    this.#again = null;
  }
}

/** Headers of a 422 (RFC 4028 §6). */
export function tooSmallHeaders(granted: GrantedTimer): readonly (readonly [HeaderName, string])[] {
  return [["Min-SE", String(granted.tooSmall)]];
}
