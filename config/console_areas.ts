import { count, oneOf, table } from "./fields.ts";

/** `[console]`: the admins' pages. */
export const consoleArea = table({
  session_hours: count({
    min: 1,
    max: 168,
    default: 12,
    unit: "hours",
    help: "An admin logs in again after it, however busy.",
    apply: "live",
    words: "admin login log out expiry",
  }),
  idle_minutes: count({
    min: 5,
    max: 1440,
    default: 60,
    unit: "minutes",
    help: "An admin who does nothing for so long is logged out.",
    apply: "live",
    words: "admin login session timeout",
  }),
  // Not risky: an admin without a second factor is led to set one up, and is not turned away.
  require_totp: oneOf(["none", "owners", "all"], "none", "Admins who have to set up a second factor (TOTP).", {
    apply: "live",
    words: "two factor 2fa mfa authenticator one-time code admin login",
  }),
  confirm_seconds: count({
    min: 30,
    max: 600,
    default: 60,
    unit: "seconds",
    help: "A change that could lock the admin out is taken back unless it is confirmed by then.",
    apply: "live",
    words: "commit revert rollback risky settings",
  }),
}, "The admins' pages.");

/** `[trace]` */
export const trace = table({
  messages: count({
    min: 0,
    max: 100_000,
    default: 2000,
    help: "SIP messages kept in memory, without their bodies, for the picture of a call; 0 turns it off.",
    apply: "live",
    words: "flow ladder call-id debug sip capture",
  }),
}, "What the console shows of the traffic.");
