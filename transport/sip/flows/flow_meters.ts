import type { Counter, Metrics } from "../../../foundation/mod.ts";
import type { TransportName } from "../flow.ts";

/** What the flows of one transport count. */
export class FlowMeters {
  readonly received: Counter;
  readonly sent: Counter;
  readonly keepAlives: Counter;
  /** Octets that are no SIP. */
  readonly garbage: Counter;
  /** Dropped, or connections refused, because a source asks too much. */
  readonly admission: Counter;
  /** `send` refused: the peer does not read, or the socket cannot keep up. */
  readonly queueFull: Counter;
  /** Sends that the system refused. */
  readonly sendErrors: Counter;
  /** Connections closed because the peer kept still. */
  readonly timeouts: Counter;
  /** Exceptions of the handler: always a defect of ours. */
  readonly defects: Counter;

  constructor(metrics: Metrics, transport: TransportName) {
    const events = metrics.labelled("parley_sip_flow_events_total", "What happened on SIP flows", "transport", "event");
    this.received = events.with(transport, "received");
    this.sent = events.with(transport, "sent");
    this.keepAlives = events.with(transport, "keep_alive");
    this.garbage = events.with(transport, "garbage");
    this.admission = events.with(transport, "admission");
    this.queueFull = events.with(transport, "queue_full");
    this.sendErrors = events.with(transport, "send_error");
    this.timeouts = events.with(transport, "timeout");
    this.defects = events.with(transport, "defect");
  }
}
