import { EMPTY } from "../../foundation/mod.ts";
import {
  type Flow,
  MemoryFlow,
  type ServerTransaction,
  type ServerUser,
  type SipRequest,
} from "../../transport/sip/mod.ts";

/** What came in over no wire. It carries nothing: who asks it what it is (a trusted hop, say) learns that it is nobody. */
export const NO_WIRE: Flow = nowhere();

/** A request of the box's own that goes through its own rows; `done` gets the final status once. */
export class InnerTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  user: ServerUser | null = null;
  answered = false;
  readonly #done: (status: number) => void;

  constructor(request: SipRequest, flow: Flow, done: (status: number) => void) {
    this.request = request;
    this.flow = flow;
    this.#done = done;
  }

  respond(status: number, _head: string, _body: Uint8Array = EMPTY): boolean {
    if (status < 200 || this.answered) return false;
    this.answered = true;
    this.#done(status);
    return true;
  }
}

function nowhere(): Flow {
  const place = { host: "127.0.0.1", port: 0 };
  const handler = { onMessage: () => {}, onGarbage: () => {}, onRefused: () => {} };
  const [flow] = MemoryFlow.pair({ id: 0, local: place, handler }, { id: 0, local: place, handler });
  return flow;
}
