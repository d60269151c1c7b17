/** What the operator lets users record. One live object: it is read at each use. */
export interface HistorySettings {
  /** Conversations may be recorded (HST-1). */
  enabled: boolean;
  /** What is recorded of users who have not said what they want. */
  record: "nothing" | "everything";
  /** How long a recording is kept whose owner sets no other time, and how long at most; days, 0: for ever. */
  keep_days: number;
  max_days: number;
  /** Room of one user (HST-3): octets and conversations. */
  quota_bytes: number;
  quota_conversations: number;
  /** Of all users together, octets; a body that several record counts once. */
  total_bytes: number;
  /** A conversation by MESSAGE is over after so long without one, hours. */
  pause_hours: number;
  /** The others of a conversation are told when somebody begins to record it by request. */
  notice: boolean;
}

export const DEFAULT_HISTORY: HistorySettings = {
  enabled: true,
  record: "nothing",
  keep_days: 365,
  max_days: 0,
  quota_bytes: 268_435_456,
  quota_conversations: 5000,
  total_bytes: 17_179_869_184,
  pause_hours: 4,
  notice: false,
};
