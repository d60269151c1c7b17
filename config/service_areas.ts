import { count, flag, line, lines, numbers, oneOf, table } from "./fields.ts";
import { mediaRange, pathOrUrl } from "./readers.ts";

const DAY = 86_400;
/** What may wait: 1 TiB. */
export const MOST_OCTETS = 1_099_511_627_776;

/** `[limits]`: what a SIP message may be (beyond: 400, 413 or 513). */
export const limits = table({
  headers: count({ min: 20, max: 2000, default: 256, help: "Header lines in one message.", words: "sip size" }),
  header_length: count({
    min: 256,
    max: 65_536,
    default: 8192,
    unit: "octets",
    help: "One header line.",
    words: "sip size",
  }),
  message: count({
    min: 2048,
    max: 1_048_576,
    default: 65_536,
    unit: "octets",
    help: "A whole message.",
    words: "sip size udp tcp",
  }),
}, "Sizes of SIP messages.");

/** `[timers]`: RFC 3261 §17. */
export const timers = table({
  t1: count({
    min: 100,
    max: 5000,
    default: 500,
    unit: "ms",
    help: "Round-trip estimate; all others follow from it.",
    words: "transaction retransmission",
  }),
  t2: count({
    min: 1000,
    max: 30_000,
    default: 4000,
    unit: "ms",
    help: "Longest wait between retransmissions.",
    words: "transaction",
  }),
  t4: count({
    min: 1000,
    max: 30_000,
    default: 5000,
    unit: "ms",
    help: "How long a message may live in the network.",
    words: "transaction",
  }),
}, "Transaction timers (RFC 3261 §17).");

/** `[registrar]` */
export const registrar = table({
  min_expires: count({
    min: 1,
    max: DAY,
    default: 60,
    unit: "seconds",
    help: "Shorter wishes get 423.",
    words: "registration refresh",
  }),
  default_expires: count({
    min: 60,
    max: 7 * DAY,
    default: 3600,
    unit: "seconds",
    help: "Where the client says nothing.",
    words: "registration refresh",
  }),
  max_expires: count({
    min: 60,
    max: 7 * DAY,
    default: 7200,
    unit: "seconds",
    help: "Longer wishes are shortened.",
    words: "registration refresh",
  }),
  max_contacts: count({
    min: 1,
    max: 100,
    default: 10,
    help: "Contacts (devices) of one user.",
    words: "registration devices bindings clients",
  }),
}, "Registrations (RFC 3261 §10).");

/** `[auth]` */
export const auth = table({
  lockout_attempts: count({
    min: 3,
    max: 10_000,
    default: 10,
    help: "Wrong passwords until a user is locked out.",
    apply: "live",
    words: "brute force password guess throttle",
  }),
  lockout_window: count({
    min: 10,
    max: DAY,
    default: 300,
    unit: "seconds",
    help: "Time in which they count, and for which the lock holds.",
    apply: "live",
    words: "brute force password guess throttle",
  }),
  nonce_lifetime: count({
    min: 10,
    max: DAY,
    default: 300,
    unit: "seconds",
    help: "After it a client is challenged again (stale).",
    words: "digest challenge",
  }),
}, "Digest authentication (RFC 7616, RFC 8760).");

/** `[pager]`: MESSAGE. */
export const pager = table({
  max_body: count({
    min: 1,
    max: 1_048_576,
    default: 1300,
    unit: "octets",
    help: "Body of a MESSAGE; beyond it 413.",
    apply: "live",
    words: "message size length limit policy",
  }),
  max_body_of: numbers({
    allowed: "a table of at most 200 media types, each with a whole number of octets from 0 to 1048576",
    max: 1_048_576,
    most: 200,
    key: mediaRange,
    help: 'Lower limits for single types: `max_body_of = { "text/html" = 800 }`.',
    apply: "live",
    words: "message size content type multimedia limit policy",
  }),
  types: lines({
    allowed: 'a media type or range, such as "text/plain", "image/*" or "*/*"',
    max: 200,
    default: ["*/*"],
    help: "Content types that may be sent; others get 415 with this list.",
    read: mediaRange,
    apply: "live",
    words: "content mime media allowed policy",
  }),
  answer_within: count({
    min: 1,
    max: 25,
    default: 8,
    unit: "seconds",
    help: "A MESSAGE has its answer by then; devices that have not answered get it stored.",
    apply: "live",
    words: "timeout wait delivery",
  }),
  require_login: flag(true, "Only a user who is registered may send; others get 403.", {
    apply: "live",
    words: "registration online sender policy",
  }),
}, "Pager-mode messages.");

/** `[deferred]`: messages that wait. */
export const deferred = table({
  enabled: flag(
    true,
    "Messages are stored for those who cannot take them; else nothing is, and the sender gets 480.",
    { apply: "live", words: "offline storage mailbox store forward policy" },
  ),
  default_days: count({
    min: 1,
    max: 365,
    default: 7,
    unit: "days",
    help: "Kept for, where the sender does not say.",
    apply: "live",
    words: "retention offline storage expiry policy",
  }),
  max_days: count({
    min: 1,
    max: 365,
    default: 30,
    unit: "days",
    help: "Longest, whatever the sender says.",
    apply: "live",
    words: "retention offline storage expiry policy",
  }),
  reminder_hours: count({
    min: 0,
    max: 720,
    default: 24,
    unit: "hours",
    help: "So long before it expires, its recipient is reminded of a message; 0: never.",
    apply: "live",
    words: "expiry notice warning offline storage",
  }),
  copies: oneOf(
    ["first", "each"],
    "first",
    "Who gets what waits: the first device that comes, or each of the user’s devices that the box knows.",
    { apply: "live", words: "several devices multi-device offline storage" },
  ),
  quota_messages: count({
    min: 1,
    max: 1_000_000,
    default: 1000,
    help: "Messages that may wait for one user.",
    apply: "live",
    words: "mailbox limit offline storage",
  }),
  quota_bytes: count({
    min: 1024,
    max: MOST_OCTETS,
    default: 209_715_200,
    unit: "octets",
    help: "Their sizes together, those of large messages and files included.",
    apply: "live",
    words: "mailbox size limit offline storage",
  }),
  total_messages: count({
    min: 1,
    max: 100_000_000,
    default: 200_000,
    help: "Messages that may wait for all users together (each costs about 200 octets of memory).",
    apply: "live",
    words: "mailbox memory limit offline storage",
  }),
  total_bytes: count({
    min: 1024,
    max: MOST_OCTETS,
    default: 8_589_934_592,
    unit: "octets",
    help: "Their sizes together; it is room on the disk.",
    apply: "live",
    words: "mailbox disk size limit offline storage",
  }),
  for_other_domains: flag(
    true,
    "Sessions and notifications for recipients of other domains that do not store themselves are stored here, and tried again.",
    { apply: "live", words: "foreign federation peer offline storage" },
  ),
  other_domains_retry: count({
    min: 5,
    max: 3600,
    default: 60,
    unit: "seconds",
    help: "First wait before another domain is tried again; doubled each time, up to an hour.",
    apply: "live",
    words: "foreign federation peer retry wait",
  }),
}, "Messages stored for those who are offline.");

/** The store is opened with them, and the console's settings lie in it. */
const BEFORE_THE_STORE = "it is needed before the store is open, in which the console's settings lie";

/** `[storage]` */
export const storage = table({
  kv: line({
    allowed: "a path, or an https:// KV Connect URL",
    default: "parley.kv",
    help: "The database.",
    read: pathOrUrl,
    locked: BEFORE_THE_STORE,
    words: "path file",
  }),
  key_file: line({
    allowed: "a path",
    default: "parley.key",
    help: "The key that seals it; made on the first start. Keep a copy away from the database.",
    read: pathOrUrl,
    locked: BEFORE_THE_STORE,
    words: "encryption path file",
  }),
}, "What must survive.");

/** `[log]` */
export const log = table({
  level: oneOf(["debug", "info", "warn", "error"], "info", "The least weight that is written.", {
    apply: "live",
    words: "verbose debug logging",
  }),
  format: oneOf(["pretty", "json"], "pretty", "Columns for people, or one JSON object a line.", {
    locked: BEFORE_THE_STORE,
    words: "logging",
  }),
}, "The log, on standard error. It never holds message text.");
