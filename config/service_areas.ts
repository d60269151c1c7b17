import { z } from "zod";
import { count, flag, line, lines, oneOf, table } from "./fields.ts";
import { mediaRange, pathOrUrl } from "./readers.ts";

const DAY = 86_400;

/** `[limits]`: what a SIP message may be (beyond: 400, 413 or 513). */
export const limits = table({
  headers: count({ min: 20, max: 2000, default: 256, help: "Header lines in one message." }),
  header_length: count({ min: 256, max: 65_536, default: 8192, unit: "octets", help: "One header line." }),
  message: count({ min: 2048, max: 1_048_576, default: 65_536, unit: "octets", help: "A whole message." }),
}, "Sizes of SIP messages.");

/** `[timers]`: RFC 3261 §17. */
export const timers = table({
  t1: count({ min: 100, max: 5000, default: 500, unit: "ms", help: "Round-trip estimate; all others follow from it." }),
  t2: count({ min: 1000, max: 30_000, default: 4000, unit: "ms", help: "Longest wait between retransmissions." }),
  t4: count({ min: 1000, max: 30_000, default: 5000, unit: "ms", help: "How long a message may live in the network." }),
}, "Transaction timers (RFC 3261 §17).");

/** `[registrar]` */
export const registrar = table({
  min_expires: count({ min: 1, max: DAY, default: 60, unit: "seconds", help: "Shorter wishes get 423." }),
  default_expires: count({
    min: 60,
    max: 7 * DAY,
    default: 3600,
    unit: "seconds",
    help: "Where the client says nothing.",
  }),
  max_expires: count({ min: 60, max: 7 * DAY, default: 7200, unit: "seconds", help: "Longer wishes are shortened." }),
  max_contacts: count({ min: 1, max: 100, default: 10, help: "Contacts (devices) of one user." }),
}, "Registrations (RFC 3261 §10).");

/** `[auth]` */
export const auth = table({
  lockout_attempts: count({ min: 3, max: 10_000, default: 10, help: "Wrong passwords until a user is locked out." }),
  lockout_window: count({
    min: 10,
    max: DAY,
    default: 300,
    unit: "seconds",
    help: "Time in which they count, and for which the lock holds.",
  }),
  nonce_lifetime: count({
    min: 10,
    max: DAY,
    default: 300,
    unit: "seconds",
    help: "After it a client is challenged again (stale).",
  }),
}, "Digest authentication (RFC 7616, RFC 8760).");

const perType = "a table of media types, each with a whole number of octets from 0 to 1048576";

/** `[pager]`: MESSAGE. */
export const pager = table({
  max_body: count({ min: 1, max: 1_048_576, default: 1300, unit: "octets", help: "Body of a MESSAGE; beyond it 413." }),
  max_body_of: z.record(z.string(), z.int({ error: perType }).min(0, perType).max(1_048_576, perType), {
    error: perType,
  })
    .default({}).meta({
      help: 'Other limits for single types: `max_body_of = { "text/html" = 800 }`.',
      allowed: perType,
      default: "{}",
    }),
  types: lines({
    allowed: 'a media type or range, such as "text/plain", "image/*" or "*/*"',
    max: 200,
    default: ["*/*"],
    help: "Content types that may be sent; others get 415 with this list.",
    read: mediaRange,
  }),
  answer_within: count({
    min: 1,
    max: 25,
    default: 8,
    unit: "seconds",
    help: "A MESSAGE has its answer by then; devices that have not answered get it stored.",
  }),
  require_login: flag(true, "Only a user who is registered may send; others get 403."),
}, "Pager-mode messages.");

/** `[deferred]`: messages that wait. */
export const deferred = table({
  default_days: count({ min: 1, max: 365, default: 7, unit: "days", help: "Kept for, where the sender does not say." }),
  max_days: count({ min: 1, max: 365, default: 30, unit: "days", help: "Longest, whatever the sender says." }),
  quota_messages: count({ min: 1, max: 1_000_000, default: 1000, help: "Messages that may wait for one user." }),
  quota_bytes: count({
    min: 1024,
    max: 1_073_741_824,
    default: 10_485_760,
    unit: "octets",
    help: "Their sizes together.",
  }),
  total_messages: count({
    min: 1,
    max: 100_000_000,
    default: 200_000,
    help: "Messages that may wait for all users together (each costs about 200 octets of memory).",
  }),
}, "Messages stored for those who are offline.");

/** `[storage]` */
export const storage = table({
  kv: line({
    allowed: "a path, or an https:// KV Connect URL",
    default: "parley.kv",
    help: "The database.",
    read: pathOrUrl,
  }),
  key_file: line({
    allowed: "a path",
    default: "parley.key",
    help: "The key that seals it; made on the first start. Keep a copy away from the database.",
    read: pathOrUrl,
  }),
}, "What must survive.");

/** `[log]` */
export const log = table({
  level: oneOf(["debug", "info", "warn", "error"], "info", "The least weight that is written."),
  format: oneOf(["pretty", "json"], "pretty", "Columns for people, or one JSON object a line."),
}, "The log, on standard error. It never holds message text.");
