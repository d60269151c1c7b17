import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import type { Admission, Endpoint } from "../../net/mod.ts";
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

/** What lets others have their turn: see `Breather` of the machine. */
export interface Breathing {
  readonly due: boolean;
  breathe(): Promise<void>;
}

/** What any flow stands on, and all that a WebSocket needs: pure, so that a browser has it, too. */
export interface FlowBasis {
  readonly handler: FlowHandler;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: FlowLimits;
  readonly slab: Slab;
  /** Where the heads of all messages are noted; null: nowhere. */
  readonly trace: FlowTrace | null;
  meters(transport: TransportName): FlowMeters;
  nextId(): number;
  /** The flow can be found by its id, and a connection by its peer, from now on. */
  opened(flow: AnyFlow): void;
  /** The flow is found no more. */
  closed(flow: AnyFlow): void;
  tend(flow: Tended): void;
  untend(flow: Tended): void;
}

/** A flow, whatever it stands on. */
export type AnyFlow = BaseFlow<FlowBasis>;

/** What all flows of one `SipWires` share. */
export interface FlowContext extends FlowBasis {
  readonly timers: Timers;
  readonly admission: Admission;
  readonly buffers: BufferPool;
  readonly breather: Breathing;
  /** `flush` is called once at the end of this turn. */
  flushLater(output: Flushable): void;
  /** False when there are as many connections as there may be. */
  readonly roomForConnection: boolean;
}
