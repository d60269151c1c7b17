/** What an alert is about. */
export type AlertKind = "message" | "invitation" | "request" | "file" | "service" | "presence";

/** Something that the user may want to be told of, now; once for each tab of the browser together. */
export interface Alert {
  readonly kind: AlertKind;
  /** Of the conversation it belongs to; "" for none. */
  readonly conversation: string;
  readonly title: string;
  /** What is said, cut to 200 characters; never for a muted conversation. */
  readonly text: string;
  readonly at: number;
}
