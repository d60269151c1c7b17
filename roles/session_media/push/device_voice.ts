import { CPIM_TYPE, isImdn, mediaType, tryParseCpim } from "../../../transport/payload/mod.ts";
import { type IncomingMessage, LATER } from "../../../transport/msrp/session/mod.ts";

/** Notifications of one device whose way on is not known yet: so many, and octets of them. */
const MOST = 64;
const MOST_OCTETS = 65_536;

/** What a device says in a session in which it is delivered to: notifications go on, nothing else is wanted. */
export class DeviceVoice {
  readonly #user: { onNotification(octets: Uint8Array, done: (status: number) => void): void };
  #open = 0;
  #octets = 0;

  constructor(user: { onNotification(octets: Uint8Array, done: (status: number) => void): void }) {
    this.#user = user;
  }

  /** The status for the SEND; LATER where a REPORT tells. */
  heard(message: IncomingMessage): number {
    if (mediaType(message.contentType) !== CPIM_TYPE) return 403;
    const cpim = tryParseCpim(message.body);
    if (cpim === null) return 400;
    if (!isImdn(cpim)) return 403;
    const { length } = message.body;
    if (this.#open >= MOST || this.#octets + length > MOST_OCTETS) return 413;
    this.#open++;
    this.#octets += length;
    this.#user.onNotification(message.body.slice(), (status) => {
      this.#open--;
      this.#octets -= length;
      if (status < 300) message.report(200);
      else message.report(status === 403 || status === 415 ? status : 408, "the notification could not be passed on");
    });
    return LATER;
  }
}
