import { count, flag, lines, oneOf, table } from "./fields.ts";
import { mediaRange } from "./readers.ts";

/** `[session]`: ADM-4, ADM-6. */
export const session = table({
  max_message: count({
    min: 1,
    max: 1_073_741_824,
    default: 65_536,
    unit: "octets",
    help: "One text message in a session; beyond it 413.",
    apply: "live",
    words: "msrp chat size length limit policy",
  }),
  max_content: count({
    min: 1,
    max: 4_294_967_296,
    default: 10_485_760,
    unit: "octets",
    help: "One picture, sound or file sent in a session; a larger one is refused before it moves.",
    apply: "live",
    words: "msrp multimedia file picture video size limit policy",
  }),
  types: lines({
    allowed: 'a media type or range, such as "text/plain", "image/*" or "*/*"',
    max: 200,
    default: ["*/*"],
    help: "Content types that sessions may carry; both sides are offered no others.",
    read: mediaRange,
    apply: "live",
    words: "msrp content mime media allowed policy",
  }),
  media_path: oneOf(
    ["always", "chargingOnly", "never"],
    "always",
    "Whether messages of a session pass through the box; `chargingOnly`: where something has to be charged. This version charges nothing, so `chargingOnly` acts as `never`. What somebody records passes through it always.",
    { apply: "live", words: "msrp anchor relay peer-to-peer direct" },
  ),
  concurrent: count({
    min: 1,
    max: 10_000,
    default: 100,
    help: "Sessions of one user at the same time; one more gets 486.",
    apply: "live",
    words: "limit simultaneous calls chats",
  }),
  idle: count({
    min: 10,
    max: 86_400,
    default: 300,
    unit: "seconds",
    help: "A session without a message for so long is ended.",
    apply: "live",
    words: "timeout inactivity",
  }),
  refresh: count({
    min: 90,
    max: 86_400,
    default: 1800,
    unit: "seconds",
    help: "Both sides say at least so often that they are there (session timer, RFC 4028).",
    apply: "live",
    words: "session timer expires keep alive",
  }),
  large_messages: oneOf(
    ["refuse", "convert"],
    "refuse",
    "A MESSAGE that is too large: refused with 413, or carried on as a large message over MSRP.",
    { apply: "live", words: "pager size 413 large message mode" },
  ),
  media_threads: count({
    min: 0,
    max: 8,
    default: 0,
    help:
      "Further processor cores for the messages of sessions, each with doors from listen.media_port on; 0: all on the box's own core.",
    words: "msrp cpu core thread worker performance parallel",
  }),
}, "Chat sessions, large messages and files.");

/** `[relay]`: RFC 4976. */
export const relay = table({
  enabled: flag(true, "Clients may ask for a place to be reached at (AUTH), with their SIP password.", {
    words: "msrp relay auth nat",
  }),
  plain: flag(false, "Also over connections without TLS.", { words: "msrp relay tls security lab" }),
  default_expires: count({
    min: 60,
    max: 86_400,
    default: 900,
    unit: "seconds",
    help: "How long a place is kept where the client says nothing.",
    words: "msrp relay auth lifetime",
  }),
  max_expires: count({
    min: 60,
    max: 86_400,
    default: 3600,
    unit: "seconds",
    help: "Longer wishes get 423.",
    words: "msrp relay auth lifetime",
  }),
}, "MSRP relay (RFC 4976), for clients that bring their own way of session.");
