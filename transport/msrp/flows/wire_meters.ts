import type { Counter, Metrics } from "../../../foundation/mod.ts";
import type { MsrpTransport } from "../connection.ts";

/** What the wires of one transport count. */
export class WireMeters {
  readonly accepted: Counter;
  readonly dialled: Counter;
  /** Connections of ours that did not come about. */
  readonly dialFailures: Counter;
  /** Refused, because the source, or the box, has as many as may be. */
  readonly admission: Counter;
  /** Made to wait, because the source opens them too fast. */
  readonly slowed: Counter;
  /** Handshakes that failed. */
  readonly handshakes: Counter;
  /** Closed because the peer kept still: in a handshake, in reading, in its answer to a ping. */
  readonly timeouts: Counter;
  /** Exceptions of whoever reads: always a defect of ours. */
  readonly defects: Counter;

  constructor(metrics: Metrics, transport: MsrpTransport) {
    const events = metrics.labelled(
      "parley_msrp_wire_events_total",
      "What happened on MSRP wires",
      "transport",
      "event",
    );
    this.accepted = events.with(transport, "accepted");
    this.dialled = events.with(transport, "dialled");
    this.dialFailures = events.with(transport, "dial_failure");
    this.admission = events.with(transport, "admission");
    this.slowed = events.with(transport, "slowed");
    this.handshakes = events.with(transport, "handshake_failure");
    this.timeouts = events.with(transport, "timeout");
    this.defects = events.with(transport, "defect");
  }
}
