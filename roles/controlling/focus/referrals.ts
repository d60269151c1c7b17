import { EMPTY, randomToken } from "../../../foundation/mod.ts";
import { parseCid } from "../../../transport/payload/mod.ts";
import {
  type Call,
  type ReceivedRefer,
  referTargetOf,
  responseHead,
  type ServerTransaction,
} from "../../../transport/sip/mod.ts";
import { REFUSALS } from "../policy/exports.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import type { Participant } from "../room.ts";
import type { Entrant, LiveRoom } from "../rooms/live_room.ts";
import { askedUri, personOf } from "./addresses.ts";
import type { FocusParts } from "./focus_parts.ts";
import { IS_FOCUS, isRefusal, notAuthorised, partsOf, refused } from "./focus_refusals.ts";
import { subscriberOf } from "./invitee_rules.ts";
import { isHere, isMember, isNamed } from "./may_return.ts";
import { listIn, type Recipient, recipientsOf } from "./recipients.ts";

/** Option tags that a REFER for a room may require (RFC 5368 §7, RFC 4488). */
const KNOWN: ReadonlySet<string> = new Set(["multiple-refer", "norefersub", "replaces", "100rel", "timer"]);

/** A list that the body brings (RFC 5368 §7). */
const CID = /^cid:[^\s<>"]{1,512}$/i;

/** What is asked for, entry by entry, and who may not be had. */
interface Judged {
  readonly invite: readonly Recipient[];
  readonly expel: readonly Participant[];
  /** Of the first entry that is refused. */
  readonly refusal: RoomRefusal | null;
}

/** REFERs to rooms (oma-reference §3.3.3): others are invited, one or many, or put out. */
export class Referrals {
  readonly #parts: FocusParts;

  constructor(parts: FocusParts) {
    this.#parts = parts;
  }

  /** `call`: the dialog it came in; null: outside of any. */
  refer(transaction: ServerTransaction, by: Entrant, room: LiveRoom, call: Call | null): void {
    const { request } = transaction;
    const { deps } = this.#parts;
    const unknown = request.list("Require").filter((tag) => !KNOWN.has(tag.toLowerCase()));
    if (unknown.length > 0) {
      const head = responseHead(request, 420, {
        toTag: randomToken(10),
        headers: [["Unsupported", unknown.join(", ")]],
      });
      return void transaction.respond(420, head, EMPTY);
    }
    if (room.ended) return this.refuse(transaction, refused(404, "This session is over"));
    if (room.isBarred(by.aor)) return this.refuse(transaction, notAuthorised("You were put out of this session"));
    // Into a chat without rules of its own, who is in it brings others.
    if (room.policy === null && !isMember(room.find(by.aor))) {
      return this.refuse(transaction, notAuthorised("You are not in this session"));
    }
    const asked = this.#asked(transaction, by.aor, room);
    if (isRefusal(asked)) return this.refuse(transaction, asked);
    const { invite, expel, refusal } = this.#judged(asked, by, room);
    if (invite.length + expel.length === 0) return this.refuse(transaction, refusal ?? REFUSALS.noDestinations);
    const coming = invite.filter(({ person }) => !isHere(room.find(person.aor))).length;
    if (room.present + coming > room.terms.maxParticipants) return this.refuse(transaction, REFUSALS.full);
    const refer = deps.refers.accept(transaction, call);
    if (refer === null) return;
    const outcome = new ReferOutcome(refer, invite.length + expel.length);
    // First those who come: a chat that has too few left in between ends.
    for (const each of invite) this.#bring(each, by, room, outcome);
    for (const participant of expel) {
      room.expel(participant, "Put out of the room");
      outcome.told(200);
    }
  }

  #bring(each: Recipient, asker: Entrant, room: LiveRoom, outcome: ReferOutcome): void {
    if (this.#isSecret(each, asker, room)) return outcome.told(480);
    const known = room.find(asker.aor);
    // Who has hidden from those in the room hides from whom they invite.
    const by = known === undefined || known.shown.uri === known.aor ? asker : { ...asker, anonymous: true };
    const growing = this.#parts.growing(each, by.aor);
    const told = (status: number) => outcome.told(status);
    const full = this.#parts.invitations.invite({ ...each, room, by, history: null, growing, told });
    if (full !== null) outcome.told(full.status);
  }

  /** True for who cannot be invited, where saying why would tell who is in the room under an alias, or was put out of it. */
  #isSecret({ person }: Recipient, by: Entrant, room: LiveRoom): boolean {
    const known = room.find(person.aor);
    if (known === undefined || isNamed(known)) return false;
    return known.standing === "connected" || !this.#mayBringBack(person, by, room);
  }

  /** Who was put out comes back by those who may put out (CHAT-20). */
  #mayBringBack({ aor, number }: Recipient["person"], by: Entrant, room: LiveRoom): boolean {
    if (!room.isBarred(aor)) return true;
    return room.policy === null
      ? by.aor === room.creator
      : room.policy.mayExpel(by, { aor, number, anonymous: false }) === null;
  }

  refuse(transaction: ServerTransaction, refusal: RoomRefusal): void {
    const { request } = transaction;
    const parts = { ...partsOf(refusal, this.#parts.deps.host), toTag: randomToken(10) };
    transaction.respond(refusal.status, responseHead(request, refusal.status, parts), EMPTY);
  }

  /** Who is named: the one of Refer-To, or those of its list. */
  #asked(transaction: ServerTransaction, self: string, room: LiveRoom): readonly Recipient[] | RoomRefusal {
    const { request } = transaction;
    const { addresses, deps } = this.#parts;
    const target = referTargetOf(request);
    if ("status" in target) return refused(target.status, target.reason);
    const folded = (person: Recipient["person"]) => subscriberOf(deps, person)?.aor ?? person.aor;
    if (CID.test(target.uri)) {
      const entries = listIn(request, parseCid(target.uri));
      if (entries === null) return refused(400, "The list that is referred to is not there");
      if (isRefusal(entries)) return entries;
      if (entries.length > deps.rules.list_size) return REFUSALS.full;
      const { people } = recipientsOf(entries, addresses, folded, self);
      return people.length === 0 ? REFUSALS.noDestinations : people;
    }
    const asked = askedUri(target.uri);
    const person = asked === null ? null : personOf(asked.uri, asked.text);
    if (asked === null || person === null) return refused(400, "Refer-To names nobody");
    // In a room of aliases an alias is somebody, too.
    if (addresses.isService(asked.uri) && room.findShown(person.aor) === undefined) return IS_FOCUS;
    const aor = folded(person);
    if (aor === self) return REFUSALS.noDestinations;
    const replaces = target.replaces || target.headers.get("session-replaces") || "";
    const { method } = target;
    return [{ person: { ...person, aor }, name: "", hidden: false, anonymous: false, replaces, method }];
  }

  #judged(asked: readonly Recipient[], by: Entrant, room: LiveRoom): Judged {
    const invite: Recipient[] = [], expel: Participant[] = [];
    let refusal: RoomRefusal | null = null;
    for (const each of asked) {
      if (each.method === "BYE") {
        const found = this.#expelled(each, by, room);
        if (isRefusal(found)) refusal ??= found;
        else expel.push(found);
        continue;
      }
      const no = each.method === "INVITE"
        ? this.#invited(each, by, room)
        : refused(400, "Refer-To asks for a method that rooms do not have; INVITE and BYE are allowed");
      if (no === null) invite.push(each);
      else refusal ??= no;
    }
    return { invite, expel, refusal };
  }

  #invited({ person, anonymous }: Recipient, by: Entrant, room: LiveRoom): RoomRefusal | null {
    const known = room.find(person.aor);
    const isOpen = known === undefined ? !room.terms.hidesIdentity : isNamed(known);
    if (isOpen && !this.#mayBringBack(person, by, room)) return REFUSALS.unauthorised;
    if (room.policy === null) return null;
    const others = room.present - (isHere(known) ? 1 : 0);
    return room.policy.mayInvite(by, { aor: person.aor, number: person.number, anonymous }, others);
  }

  #expelled({ person }: Recipient, by: Entrant, room: LiveRoom): Participant | RoomRefusal {
    // Who began a chat of its own may send somebody out of it (CHAT-6, CHAT-20).
    if (room.policy === null && by.aor !== room.creator) return REFUSALS.unauthorised;
    // Who is shown by an alias is found by that alone: nobody finds out by an address whether its owner is there.
    const found = room.findShown(person.aor);
    const whom = { aor: found?.aor ?? person.aor, number: person.number, anonymous: false };
    const refusal = room.policy === null ? null : room.policy.mayExpel(by, whom);
    if (refusal !== null) return refusal;
    return found !== undefined && isHere(found) ? found : refused(404, "Not in this session");
  }
}

/** How what was asked for fares, told to who asked: one by one its progress; of many, that all have their outcome. */
class ReferOutcome {
  readonly #refer: ReceivedRefer;
  readonly #many: boolean;
  #left: number;
  #best = 0;

  constructor(refer: ReceivedRefer, count: number) {
    this.#refer = refer;
    this.#left = count;
    this.#many = count > 1;
  }

  told(status: number): void {
    if (status < 200) {
      if (!this.#many) this.#refer.notify(status);
      return;
    }
    this.#left--;
    if (this.#best === 0 || status < this.#best) this.#best = status;
    if (this.#left === 0) this.#refer.notify(this.#best);
  }
}
