import { addressOf, type Exchange, EXPLODED_BY, NO_WIRE } from "../../sip_core/mod.ts";
import { isAnonymous } from "../../participating/mod.ts";
import { type SipRequest, tryNameAddr, tryParseUri } from "../../../transport/sip/mod.ts";
import type { HistoryParty, Subscriber } from "../../../storage/mod.ts";
import type { Listener } from "./desk_types.ts";
import { type About, NO_PARTY } from "./keeper.ts";
import { readable } from "./pager_message.ts";
import { foldedOf } from "./start_notices.ts";

/** What a hidden sender is called (RFC 3323 §4.1.1.3). */
export const HIDDEN: HistoryParty = { uri: "sip:anonymous@anonymous.invalid", name: "Anonymous" };
/** Characters of a name and a subject. */
const MOST = 256;

/** One side of a message, as that side may see the other. */
export interface Side {
  readonly listener: Listener;
  /** Who says it, and to whom, as this side sees it. */
  readonly from: HistoryParty;
  readonly to: string;
  /** The group that it is written to; NO_PARTY for none. */
  readonly group: HistoryParty;
}

/** The user of ours who sends it, where the sending side is served here; null else. */
export function senderOf({ subscriber, trusted, originating }: Exchange): Subscriber | null {
  return subscriber !== null && (!trusted || originating) ? subscriber : null;
}

/**
 * Whom the sender writes to, as the sender knows them: an address-of-record, else the address that was written, folded. A number or
 * a temporary GRUU stays what it is: whose it is is not told.
 */
export function writtenTo({ target, recipient, device }: Pick<Exchange, "target" | "recipient" | "device">): string {
  // As most are written.
  if (recipient !== null && target === recipient.aor) return recipient.aor;
  const uri = tryParseUri(target);
  if (uri === null) return target;
  const address = addressOf(uri);
  if (recipient === null) return address.aor || target;
  if (address.aor === recipient.aor) return recipient.aor;
  const own = tryParseUri(recipient.aor);
  const isNamed = uri.scheme !== "tel" && device === "" && own !== null && addressOf(own).user === address.user;
  return isNamed ? recipient.aor : address.aor || target;
}

/**
 * The group that a copy was made for, by the box itself; null for what is no copy, and for copies of lists, which are from their sender
 * alone.
 */
export function groupOf({ request, flow }: Exchange): string | null {
  const said = flow === NO_WIRE ? request.getOther(EXPLODED_BY) : undefined;
  const list = said === undefined ? null : tryNameAddr(said);
  const uri = list === null ? null : tryParseUri(list.uriText);
  if (uri === null) return null;
  const { aor, user } = addressOf(uri);
  return user === "exploder" ? null : aor;
}

/** The sender's side of a message to one other; `to`: by `writtenTo`. */
export function sendingSide(exchange: Exchange, sender: Subscriber, to: string): Side {
  const own = partyOf(sender);
  const other = { uri: to, name: shortened(readable(exchange.request.to.displayName)) };
  return {
    listener: { aor: sender.aor, with: to, parties: [own, other] },
    from: own,
    to,
    group: NO_PARTY,
  };
}

/** The recipient's side: what their device sees, and no more. */
export function receivingSide(exchange: Exchange, recipient: Subscriber): Side {
  const hidden = isAnonymous(exchange.request);
  const from = hidden ? HIDDEN : assertedOf(exchange);
  const group = groupOf(exchange);
  const own = partyOf(recipient);
  const peer = group ?? from.uri;
  return {
    listener: { aor: recipient.aor, with: peer, parties: from.uri === own.uri ? [own] : [own, from] },
    from,
    to: group ?? recipient.aor,
    group: group === null ? NO_PARTY : { uri: group, name: "" },
  };
}

export function partyOf({ aor, displayName }: Subscriber): HistoryParty {
  return { uri: aor, name: displayName };
}

/** What a message is about, read when a conversation begins with it. A sender who hides says nothing of that either. */
export class MessageAbout implements About {
  readonly group: HistoryParty;
  readonly #request: SipRequest;
  readonly #hidden: boolean;

  constructor(request: SipRequest, { group, from }: Side) {
    this.group = group;
    this.#request = request;
    this.#hidden = from.uri === HIDDEN.uri;
  }

  get subject(): string {
    const subject = this.#hidden ? undefined : this.#request.get("Subject");
    return subject === undefined ? "" : shortened(readable(subject));
  }
}

/** Who the core says it is, else who the sender says. */
function assertedOf({ identity, request: { from } }: Exchange): HistoryParty {
  const said = shortened(readable(from.displayName));
  if (identity === null) return { uri: foldedOf(from.uriText) || from.uriText, name: said };
  return { uri: identity.aor, name: shortened(readable(identity.displayName)) || said };
}

function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
