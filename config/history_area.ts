import { count, flag, oneOf, table } from "./fields.ts";

const DAYS = 36_500;

/** `[history]`: HST-1, HST-3. */
export const history = table({
  enabled: flag(true, "Users may have their conversations recorded.", {
    apply: "live",
    words: "recording archive conversation log store",
  }),
  record: oneOf(["nothing", "everything"], "nothing", "What is recorded of users who have not said what they want.", {
    apply: "live",
    words: "default archive always conversation",
  }),
  keep_days: count({
    min: 0,
    max: DAYS,
    default: 365,
    unit: "days",
    help: "How long a recording is kept whose owner sets no other time; 0: for ever.",
    apply: "live",
    words: "retention expiry delete archive",
  }),
  max_days: count({
    min: 0,
    max: DAYS,
    default: 0,
    unit: "days",
    help: "No recording is kept longer, whatever its owner sets; 0: no limit.",
    apply: "live",
    words: "retention maximum expiry delete",
  }),
  quota_bytes: count({
    min: 65_536,
    max: 1_099_511_627_776,
    default: 268_435_456,
    unit: "octets",
    help: "Recorded conversations of one user; when it is full nothing more is recorded, and the user is told.",
    apply: "live",
    words: "limit size storage space",
  }),
  quota_conversations: count({
    min: 10,
    max: 20_000,
    default: 5000,
    help: "Recorded conversations of one user, by number.",
    apply: "live",
    words: "limit number storage",
  }),
  total_bytes: count({
    min: 1_048_576,
    max: 17_592_186_044_416,
    default: 17_179_869_184,
    unit: "octets",
    help: "Recorded conversations of all users; what several record counts once.",
    apply: "live",
    words: "limit size storage space box",
  }),
  pause_hours: count({
    min: 1,
    max: 168,
    default: 4,
    unit: "hours",
    help: "A conversation by single messages is over after so long without one; the next message begins another.",
    apply: "live",
    words: "conversation split gap pager",
  }),
  notice: flag(false, "The others of a conversation are told when somebody begins to record it.", {
    apply: "live",
    words: "announce consent recording privacy",
  }),
}, "Conversations that users record.");
