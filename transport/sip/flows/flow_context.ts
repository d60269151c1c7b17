import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import type { Admission, Endpoint } from "../../net/mod.ts";
import type { Breather } from "../../net/machine/mod.ts";
import type { FlowHandler, TransportName } from "../flow.ts";
import type { FlowTrace } from "../flow_trace.ts";
import type { BaseFlow } from "./base_flow.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { FlowLimits } from "./flow_limits.ts";
import type { FlowMeters } from "./flow_meters.ts";
import type { Slab } from "./slab.ts";

/** The door a flow belongs to, and by which its peer knows us. */
export interface Door {
  readonly transport: TransportName;
  /** The bound address; the port is the real one. */
  readonly local: Endpoint;
  readonly advertised: Endpoint;
}

/** Something with output waiting for the end of the turn. */
export interface Flushable {
  flush(): void;
}

/** A flow that has to be looked after: called about once a second. */
export interface Tended {
  tend(now: number): void;
}

/** What all flows of one `SipWires` share. */
export interface FlowContext {
  readonly handler: FlowHandler;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits: FlowLimits;
  readonly admission: Admission;
  readonly slab: Slab;
  readonly buffers: BufferPool;
  readonly breather: Breather;
  /** Where the heads of all messages are noted; null: nowhere. */
  readonly trace: FlowTrace | null;
  meters(transport: TransportName): FlowMeters;
  nextId(): number;
  /** The flow can be found by its id, and a connection by its peer, from now on. */
  opened(flow: BaseFlow): void;
  /** The flow is found no more. */
  closed(flow: BaseFlow): void;
  /** `flush` is called once at the end of this turn. */
  flushLater(output: Flushable): void;
  tend(flow: Tended): void;
  untend(flow: Tended): void;
  /** False when there are as many connections as there may be. */
  readonly roomForConnection: boolean;
}
