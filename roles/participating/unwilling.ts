/**
 * What to do with something new for a user of ours (address-of-record) who is here and does not want any now, as presence says it and
 * as the operator has set it: `defer`, stored until the user is willing; `busy`, refused with 486. What may not be stored is refused in
 * either case. `closed`: the service is closed to this user, who is as if away and begins nothing either. Null, at once, for everybody
 * else.
 */
export type UnwillingPolicy = (aor: string) => "defer" | "busy" | "closed" | null;

/** The reason of a 486. */
export const RECIPIENT_BUSY = "Recipient does not want to be disturbed now";
