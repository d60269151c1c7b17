import type { Destination, Flow, TransportName } from "./flow.ts";
import type { Endpoint } from "../net/mod.ts";

/** All flows of the box as the transactions see them: find or open one to a destination, and say how we are called on it. */
export interface Wires {
  /**
   * The flow to a destination: a live one is reused (RFC 3261 §18.1.1, RFC 5923), else one is opened. It is returned at
   * once and queues what is sent while it connects; a connect that fails closes it, which its watchers are told.
   * Null where no door of ours speaks that transport (or that address family).
   */
  flowTo(destination: Destination): Flow | null;
  /** The flow with this id, while it is alive. */
  flow(id: number): Flow | null;
  /** Host and port to write in Via, Contact and Record-Route for messages on this flow (`[advertise]`, or the address). */
  advertised(flow: Flow): Endpoint;
  /** True for an address of one of our own doors (a Route or Request-URI that means this box). */
  isOwn(host: string, port: number, transport: TransportName | null): boolean;
}
