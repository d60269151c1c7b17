import { type Endpoint, endpointText } from "../../net/mod.ts";
import type { Listener, TransportName } from "../flow.ts";
import type { Door } from "./flow_context.ts";

/** What is behind a door: a socket or a listener, whatever it speaks. */
export interface Behind {
  readonly local: Endpoint;
  close(): Promise<void>;
}

/** One open door: an entry of `[listen] sip`, or the web listener as SIP sees it. */
export class SipDoor implements Door, Listener {
  readonly transport: TransportName;
  readonly local: Endpoint;
  readonly advertised: Endpoint;
  readonly #behind: Behind;
  readonly #onClosed: (door: SipDoor) => void;

  constructor(transport: TransportName, behind: Behind, advertised: Endpoint, onClosed: (door: SipDoor) => void) {
    this.transport = transport;
    this.local = behind.local;
    this.advertised = advertised;
    this.#behind = behind;
    this.#onClosed = onClosed;
  }

  /** `udp:127.0.0.1:5060`, for logs and keys. */
  get text(): string {
    return `${this.transport}:${endpointText(this.local)}`;
  }

  /** Takes nothing new; flows that are open stay, but for UDP, whose flows end with the socket. */
  async close(): Promise<void> {
    this.#onClosed(this);
    await this.#behind.close();
  }
}
