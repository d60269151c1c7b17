import { randomToken, systemClock } from "../../foundation/mod.ts";
import { type IncomingMessage, MsrpSession } from "../../transport/msrp/mod.ts";
import { CPIM_TYPE, mediaType, parseCpim } from "../../transport/payload/mod.ts";
import { attribute, type MsrpCallers, msrpSdp } from "./msrp_callers.ts";
import type { MsrpEnds } from "./msrp_ends.ts";

const TYPES = `${CPIM_TYPE} text/plain`;

/** What the box delivers later, by MESSAGE or in sessions of its own, to users of `MsrpCallers`. */
export class LaterInbox {
  /** Told after each message. */
  readonly listeners = new Set<() => void>();
  readonly #came: Map<string, string[]> = new Map();
  readonly #callers: MsrpCallers;
  readonly #ends: MsrpEnds;

  constructor(callers: MsrpCallers, ends: MsrpEnds) {
    this.#callers = callers;
    this.#ends = ends;
    callers.standing = {
      message: (to, body) => this.#note(to, body, false),
      invite: (to, offer) => ({ answer: () => this.#answer(to, offer), came: () => {} }),
    };
  }

  /** What that user got, in order; what came twice is there twice. */
  texts(user: string): readonly string[] {
    return this.#came.get(user) ?? [];
  }

  #note(to: string, body: Uint8Array, wrapped: boolean): number {
    const text = new TextDecoder().decode(wrapped ? parseCpim(body).body : body);
    const texts = this.#came.get(to);
    if (texts === undefined) this.#came.set(to, [text]);
    else texts.push(text);
    for (const tell of this.listeners) tell();
    return 200;
  }

  #answer(to: string, offer: string): string {
    const sessionId = randomToken(20);
    const uri = `msrp://127.0.0.1:9/${sessionId};tcp`;
    const session = new MsrpSession({
      node: this.#ends.node,
      sessionId,
      uri,
      acceptTypes: TYPES.split(" "),
      clock: systemClock,
      timers: this.#callers.timers,
      user: {
        onMessage: ({ contentType, body }: IncomingMessage) =>
          this.#note(to, body, mediaType(contentType) === CPIM_TYPE),
        onClosed() {},
      },
    });
    session.start("active", { path: attribute(offer, "path").split(" ") });
    return msrpSdp({ path: uri, types: TYPES, lines: ["a=accept-wrapped-types:*", "a=recvonly"] });
  }
}
