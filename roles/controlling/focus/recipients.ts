import {
  type BodyPart,
  collapsedRecipients,
  findUriList,
  recipientHistoryPart,
  type UriListEntry,
  UriListProblem,
} from "../../../transport/payload/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import { type Addresses, askedUri, type Person, personOf } from "./addresses.ts";
import { refused } from "./focus_refusals.ts";
import type { RoomRefusal } from "../policy/terms.ts";

/** Somebody a list asks for. */
export interface Recipient {
  readonly person: Person;
  /** The sender's name for them; "" for none. */
  readonly name: string;
  /** `bcc`: in nobody's roster. Who is listed without a word about it is there for all to see. */
  readonly hidden: boolean;
  readonly anonymous: boolean;
  /** Of the dialog that this invitation takes the place of (CHAT-13); "" for none. */
  readonly replaces: string;
  /** INVITE as a rule. */
  readonly method: string;
}

/** A list, judged entry by entry. */
export interface Recipients {
  /** Each once, without who sends. */
  readonly people: readonly Recipient[];
  /** Entries that name a group, a room, or nobody: they are not invited. */
  readonly refused: number;
  /** For the invitations (RFC 5364 §6): null where nobody is to be seen. */
  readonly history: BodyPart | null;
}

/** The list in a request: its entries, null where it brings none, or the answer it deserves. `cid`: of a REFER (RFC 5368). */
export function listIn(request: SipRequest, cid?: string): readonly UriListEntry[] | null | RoomRefusal {
  const { body } = request;
  if (body.length === 0) return cid === undefined ? null : refused(400, "The list that is referred to is not there");
  try {
    const carried = {
      contentType: request.get("Content-Type") ?? "",
      disposition: request.get("Content-Disposition") ?? "",
      contentId: request.getOther("Content-ID") ?? "",
      body,
    };
    return findUriList(carried, cid === undefined ? {} : { cid }).list?.entries ?? null;
  } catch (error) {
    if (error instanceof UriListProblem) return refused(error.status, `List of recipients: ${error.message}`);
    throw error;
  }
}

/** Who is asked for. `folded`: the address-of-record of a person; `self`: of who asks. */
export function recipientsOf(
  entries: readonly UriListEntry[],
  addresses: Addresses,
  folded: (person: Person) => string,
  self: string,
): Recipients {
  const people = new Map<string, Recipient>();
  const shown: UriListEntry[] = [];
  let refused = 0;
  const replaced = replacesOf(entries);
  for (const entry of collapsedRecipients(entries)) {
    const asked = askedUri(entry.uri.text);
    const person = asked === null ? null : personOf(asked.uri, asked.text);
    if (asked === null || person === null || addresses.isService(asked.uri)) {
      refused++;
      continue;
    }
    const aor = folded(person);
    if (aor === self || people.has(aor)) continue;
    shown.push(entry);
    people.set(aor, {
      person: { ...person, aor },
      name: entry.displayName,
      hidden: entry.isTagged && entry.copyControl === "bcc",
      anonymous: entry.anonymize,
      replaces: replaced.get(entry.address) ?? asked.replaces,
      method: asked.method,
    });
  }
  return { people: [...people.values()], refused, history: recipientHistoryPart(shown) };
}

/** Of entries that are one the first that says what it takes the place of. */
function replacesOf(entries: readonly UriListEntry[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { uri, address } of entries) {
    if (uri.headers === "" || found.has(address)) continue;
    const replaces = askedUri(uri.text)?.replaces ?? "";
    if (replaces !== "") found.set(address, replaces);
  }
  return found;
}
