import type { SessionFacts, Traffic } from "./session_events.ts";

/** One session as the console shows it. Never what is said. */
export interface SessionRow {
  readonly id: string;
  readonly kind: SessionFacts["kind"];
  readonly from: string;
  readonly to: string;
  readonly state: "ringing" | "up";
  readonly anchored: boolean;
  /** Wall time, ms. */
  readonly since: number;
  readonly fromInviter: Traffic;
  readonly fromInvitee: Traffic;
}
