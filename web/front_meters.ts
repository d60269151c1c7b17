import type { Counter, Metrics } from "../foundation/mod.ts";

/** What the fronts of all web doors count together. */
export class FrontMeters {
  readonly accepted: Counter;
  /** WebSockets taken at the front. */
  readonly webSockets: Counter;
  /** Refused, because the source has as many as may be. */
  readonly admission: Counter;
  /** Ended without a whole first head in time. */
  readonly silent: Counter;
  /** Ended without one, because too many others came. */
  readonly crowded: Counter;
  /** Ended because nothing moved for long. */
  readonly idle: Counter;
  readonly handshakes: Counter;

  constructor(metrics: Metrics) {
    const events = metrics.labelled(
      "parley_web_wire_events_total",
      "What happened on connections to web doors",
      "event",
    );
    this.accepted = events.with("accepted");
    this.webSockets = events.with("websocket");
    this.admission = events.with("admission");
    this.silent = events.with("silent");
    this.crowded = events.with("crowded");
    this.idle = events.with("idle");
    this.handshakes = events.with("handshake_failure");
  }
}
