import { detached, fromLatin1 } from "../../../foundation/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import { addressOfText, type Exchange } from "../../sip_core/mod.ts";
import { isAnonymous } from "../ask_rules.ts";
import { ANONYMOUS } from "./anonymous.ts";
import type { RecordedParty } from "./session_recorder.ts";

/**
 * Inviter and invitee of an INVITE, for what is recorded: each as the other may see it. `to`: address-of-record of a user of ours
 * (`recipient`), else the target's URI.
 */
export function recordedParties(
  exchange: Exchange,
  to: string,
  recipient: Subscriber | null,
): [inviter: RecordedParty, invitee: RecordedParty] {
  const { request, identity, subscriber, trusted, originating } = exchange;
  const from = identity?.aor ?? "";
  const unnamed = from === "" || isAnonymous(request);
  const inviter = {
    // Its own user, or one a trusted hop wants served as such (IM-2).
    user: subscriber !== null && (!trusted || originating) ? subscriber.aor : "",
    // A user's address is folded, and lives as long as the user.
    uri: unnamed ? ANONYMOUS : subscriber?.aor === from ? subscriber.aor : foldedParty(from),
    name: unnamed ? "" : unicode(identity?.displayName || request.from.displayName),
  };
  const name = recipient?.displayName || unicode(request.to.displayName);
  return [inviter, { user: recipient?.aor ?? "", uri: recipient?.aor === to ? recipient.aor : foldedParty(to), name }];
}

/** As addresses are compared; what is no URI stays as it is. Holds no slice of a message. */
export function foldedParty(uri: string): string {
  try {
    return detached(addressOfText(uri).aor);
  } catch (error) {
    if (error instanceof SyntaxError) return detached(uri);
    throw error;
  }
}

/** Text of a head, whose octets are characters, as people read it. */
export function unicode(latin1: string): string {
  if (latin1 === "") return "";
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(latin1) ? detached(latin1) : new TextDecoder().decode(fromLatin1(latin1));
}
