import { count, table } from "./fields.ts";

/** `[portal]`: USE-13. */
export const portal = table({
  stay_days: count({
    min: 1,
    max: 365,
    default: 30,
    unit: "days",
    help: "A user who wants to stay signed in on a browser signs in again after it, however busy.",
    apply: "live",
    words: "user login session browser remember expiry",
  }),
  stay_idle_days: count({
    min: 1,
    max: 365,
    default: 14,
    unit: "days",
    help: "A user who wants to stay signed in, and does not come for so long, is signed out on that browser.",
    apply: "live",
    words: "user login session browser remember timeout",
  }),
  key_minutes: count({
    min: 10,
    max: 1440,
    default: 60,
    unit: "minutes",
    help:
      "How long the key is good that an open page signs in with instead of the password; it fetches the next one by itself.",
    apply: "live",
    words: "user session browser sip credentials password expiry",
  }),
}, "The users' own page for messages, in their browser.");
