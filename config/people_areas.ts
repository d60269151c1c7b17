import { count, flag, oneOf, table } from "./fields.ts";
import { MOST_OCTETS } from "./service_areas.ts";

/** `[signup]`: how people come to the service by themselves (REG-2). */
export const signup = table({
  open: flag(false, "Anybody who reaches the web door may sign up.", {
    apply: "live",
    words: "self-service registration join account",
  }),
  confirm: oneOf(
    ["implicit", "explicit"],
    "implicit",
    "Whether a user's first registration confirms that he wants the service, or he has to say so on his page before it is accepted.",
    { apply: "live", words: "first use register agreement consent" },
  ),
  approval: flag(true, "An operator looks at each sign-up before the account exists.", {
    apply: "live",
    words: "self-service moderate approve account",
  }),
}, "Sign-up by the users themselves.");

/** `[profile]`: what new users begin with (UPROF-3); those who are there keep what they have. */
export const profile = table({
  deferral: oneOf(
    ["offline", "always", "never"],
    "offline",
    "Messages to a new user: stored when they cannot be delivered, always stored first, or never stored.",
    { apply: "live", words: "default new user offline storage" },
  ),
  quota_messages: count({
    min: 0,
    max: 1_000_000,
    default: 0,
    help:
      "Messages that may wait for a new user; 0: as deferred.quota_messages says, now and later. Set both quotas or none.",
    apply: "live",
    words: "default new user mailbox limit",
  }),
  quota_bytes: count({
    min: 0,
    max: MOST_OCTETS,
    default: 0,
    unit: "octets",
    help: "Their sizes together; 0: as deferred.quota_bytes says, now and later. Set both quotas or none.",
    apply: "live",
    words: "default new user mailbox size limit",
  }),
}, "What new users begin with.");
