import { CPIM_TYPE, isImdn, mediaType, tryParseCpim } from "../../../transport/payload/mod.ts";
import { type IncomingMessage, LATER } from "../../../transport/msrp/session/mod.ts";

/** Notifications of one device whose way on is not known yet. */
const MOST = 64;

/** What a device says in a session in which it is delivered to: notifications go on, nothing else is wanted. */
export class DeviceVoice {
  readonly #user: { onNotification(octets: Uint8Array, done: (status: number) => void): void };
  #open = 0;

  constructor(user: { onNotification(octets: Uint8Array, done: (status: number) => void): void }) {
    this.#user = user;
  }

  /** The status for the SEND; LATER where a REPORT tells. */
  heard(message: IncomingMessage): number {
    if (mediaType(message.contentType) !== CPIM_TYPE) return 403;
    const cpim = tryParseCpim(message.body);
    if (cpim === null) return 400;
    if (!isImdn(cpim)) return 403;
    if (this.#open >= MOST) return 413;
    this.#open++;
    this.#user.onNotification(message.body.slice(), (status) => {
      this.#open--;
      if (status < 300) message.report(200);
      else message.report(status === 403 || status === 415 ? status : 408, "the notification could not be passed on");
    });
    return LATER;
  }
}
