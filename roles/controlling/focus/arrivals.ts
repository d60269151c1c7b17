import type { SipRequest } from "../../../transport/sip/mod.ts";
import {
  endPointOffer,
  ourSetup,
  ownSide,
  type SessionBody,
  transportFor,
  transportOf,
} from "../../session_media/mod.ts";
import { addressOfText, type Exchange } from "../../sip_core/mod.ts";
import { mayAdhoc, REFUSALS } from "../policy/exports.ts";
import type { RoomRefusal } from "../policy/terms.ts";
import type { Entrant, LiveRoom } from "../rooms/live_room.ts";
import type { Meant, Person } from "./addresses.ts";
import { Attendee, FOCUS_CONTACT } from "./attendee.ts";
import { callerOf } from "./caller.ts";
import type { FocusParts } from "./focus_parts.ts";
import {
  IS_FOCUS,
  isRefusal,
  type MediaRefusal,
  notAcceptable,
  notAuthorised,
  partsOf,
  reasonValue,
  refused,
} from "./focus_refusals.ts";
import { subscriberOf, unavailable } from "./invitee_rules.ts";
import { listIn, type Recipient, recipientsOf } from "./recipients.ts";
import { infoHeaders } from "./recording_commands.ts";
import { ACCEPTED, fileIn, MOVED, offerIn, roomAnswer, roomFacts } from "./room_media.ts";
import { mayReturn } from "./may_return.ts";
import { userPart } from "./user_part.ts";
import { whenRead } from "./waited.ts";
import { fromHead } from "./words.ts";

type Refusal = RoomRefusal | MediaRefusal;

const NOT_THERE = refused(481, "The session to be replaced is not there");
const REPLACED = reasonValue(200, "Replaced by another session");

/** Option tags that an INVITE for us may require; the calls know the rest of them. */
const LIST_INVITE = "recipient-list-invite";
const KNOWN: ReadonlySet<string> = new Set([
  "100rel",
  "timer",
  "replaces",
  "norefersub",
  "pref",
  "privacy",
  LIST_INVITE,
]);

/** INVITEs to the factory, to groups, and to rooms (oma-reference §3.3.1, §3.3.2, §3.3.6). */
export class Arrivals {
  readonly #parts: FocusParts;

  constructor(parts: FocusParts) {
    this.#parts = parts;
  }

  arrive(exchange: Exchange, meant: Meant): void {
    const { request } = exchange;
    const { deps } = this.#parts;
    const caller = callerOf(exchange);
    if (caller === null) return this.#refuse(exchange, notAuthorised("Nobody vouches for the sender"));
    const sender = deps.senders?.senderRefusal(exchange) ?? null;
    if (sender !== null) return exchange.reply(sender.status, { reason: sender.reason, headers: sender.headers });
    const unknown = request.list("Require").filter((tag) => !isKnown(tag, meant));
    if (unknown.length > 0) return exchange.reply(420, { headers: [["Unsupported", unknown.join(", ")]] });
    if (isFocusContact(request)) return this.#refuse(exchange, IS_FOCUS);
    const file = fileIn(request);
    if (file !== null && deps.files !== undefined) return this.#file(exchange, caller, meant, file);
    // Now: the octets of the body are there no longer when something has been read.
    const offer = offerIn(request, deps.rules.speech_uri !== "");
    const replaced = meant.kind === "factory" ? null : this.#replaced(request, caller);
    if (replaced !== null && isRefusal(replaced)) return this.#refuse(exchange, replaced);
    switch (meant.kind) {
      case "factory":
        return this.#adHoc(exchange, caller, offer);
      case "over":
        return this.#refuse(exchange, refused(404, "This session is over"));
      case "room":
        return this.#again(exchange, caller, meant.room, offer, replaced);
      case "group": {
        const subject = subjectOf(request);
        return whenRead(deps, exchange, deps.policies.policyOf(meant.uri), (policy) => {
          if (isRefusal(policy)) return this.#refuse(exchange, policy);
          const standing = deps.rooms.ofGroup(meant.uri);
          if (standing !== undefined) return this.#again(exchange, caller, standing, offer, replaced);
          if (replaced !== null) return this.#refuse(exchange, NOT_THERE);
          const { terms, members } = policy;
          const refusal = terms.invitesMembers ? policy.mayInitiate(caller) : policy.mayJoin(caller, 0);
          if (refusal !== null) return this.#refuse(exchange, refusal);
          const plan = { kind: "group", group: meant.uri, policy, creator: caller.aor } as const;
          const room = this.#begin(exchange, caller, { ...plan, subject: terms.subject || subject }, offer);
          if (room === null || !terms.invitesMembers) return;
          for (const aor of members) {
            const refused = policy.mayBeBrought({ aor, number: "", anonymous: false }, 0);
            if (aor !== caller.aor && refused === null) this.#invite(room, caller, memberOf(aor), null);
          }
        });
      }
    }
  }

  /** A file is for a session that stands: who sends it is in there, and who gets it. */
  #file(exchange: Exchange, { aor }: Entrant, meant: Meant, body: SessionBody): void {
    const { files, rooms } = this.#parts.deps;
    const room = meant.kind === "room" ? meant.room : meant.kind === "group" ? rooms.ofGroup(meant.uri) : undefined;
    if (room !== undefined) return files!.take(exchange, aor, room, body);
    const nobody = meant.kind === "factory" ? "Files are sent to a room" : "There is no such session, or it is over";
    this.#refuse(exchange, refused(404, nobody));
  }

  #adHoc(exchange: Exchange, caller: Entrant, offer: SessionBody | null | Refusal): void {
    const { request, subscriber } = exchange;
    const { deps, addresses } = this.#parts;
    if (subscriber === null) return this.#refuse(exchange, notAuthorised("Sender has no account for this service"));
    if (offer !== null && isRefusal(offer)) return this.#refuse(exchange, offer);
    const entries = listIn(request);
    if (entries !== null && isRefusal(entries)) return this.#refuse(exchange, entries);
    if (entries === null && request.lists("Require", LIST_INVITE)) {
      return this.#refuse(exchange, refused(400, "A list of recipients is required, and there is none"));
    }
    const replaces = request.get("Replaces");
    const grown = replaces === undefined ? null : deps.sessions.legToward(replaces, caller.aor);
    if (replaces !== undefined && grown === null) {
      return this.#refuse(exchange, NOT_THERE);
    }
    const list = recipientsOf(entries ?? [], addresses, (person) => this.#folded(person), caller.aor);
    const people = list.people.filter((each) => each.method === "INVITE" && this.#exists(each.person));
    if (grown !== null && !people.some(({ person }) => person.aor === foldedText(grown.peer))) {
      people.push(memberOf(foldedText(grown.peer)));
    }
    const listed = Math.max(people.length, list.people.length + list.refused);
    const refusal = mayAdhoc(deps.rules, listed, people.length) ??
      (entries !== null && people.length === 0 ? REFUSALS.noDestinations : null);
    if (refusal !== null) return this.#refuse(exchange, refusal);
    const plan = { kind: "ad-hoc", group: "", policy: null, creator: caller.aor, subject: subjectOf(request) } as const;
    const room = this.#begin(exchange, caller, plan, offer);
    if (room === null) return;
    for (const each of people) {
      const own = grown !== null && each.person.aor === foldedText(grown.peer);
      this.#invite(room, caller, each, own ? grown : this.#parts.growing(each, caller.aor), list.history);
    }
  }

  /** To a room that stands. `replaced`: a device of the caller's whose place it takes (RFC 3891). */
  #again(
    exchange: Exchange,
    caller: Entrant,
    room: LiveRoom,
    offer: SessionBody | null | Refusal,
    replaced: Attendee | null,
  ): void {
    if (room.ended) return this.#refuse(exchange, refused(404, "This session is over"));
    const refusal = mayReturn(room, caller);
    if (refusal !== null) return this.#refuse(exchange, refusal);
    if (offer !== null && isRefusal(offer)) return this.#refuse(exchange, offer);
    if (replaced !== null && (replaced.room !== room || replaced.over)) return this.#refuse(exchange, NOT_THERE);
    if (this.#enter(exchange, caller, room, offer)) replaced?.end(REPLACED, "departed");
  }

  /** The device whose dialog Replaces names; null where there is no such header. Nobody takes the place of somebody else. */
  #replaced(request: SipRequest, { aor }: Entrant): Attendee | null | RoomRefusal {
    const found = this.#parts.deps.calls.replaced(request);
    if (found === null) return null;
    if ("status" in found) return refused(found.status, NOT_THERE.reason);
    const { user } = found.call;
    return user instanceof Attendee && user.entrant.aor === aor ? user : NOT_THERE;
  }

  /** Opens a room with who asks for it; null where it came to nothing. */
  #begin(
    exchange: Exchange,
    caller: Entrant,
    plan: Parameters<FocusParts["deps"]["rooms"]["open"]>[0],
    offer: SessionBody | null | Refusal,
  ): LiveRoom | null {
    if (offer !== null && isRefusal(offer)) {
      this.#refuse(exchange, offer);
      return null;
    }
    const room = this.#parts.deps.rooms.open(plan);
    if (isRefusal(room)) {
      this.#refuse(exchange, room);
      return null;
    }
    if (this.#enter(exchange, caller, room, offer)) return room;
    if (!room.ended) room.end("failure");
    return null;
  }

  /** A device comes in: 200, and its media may come. False: it was refused. */
  #enter(exchange: Exchange, entrant: Entrant, room: LiveRoom, offer: SessionBody | null): boolean {
    const { deps } = this.#parts;
    const { flow } = exchange;
    const transport = offer === null ? transportFor(flow.transport) : transportOf(offer.media);
    const own = transport === null ? null : ownSide(deps.node, transport, deps.hostFor(flow));
    const attendee = new Attendee(this.#parts, room, entrant);
    const refusal = own === null ? notAcceptable(302, "No MSRP door for this transport here") : attendee.sit();
    if (own === null || refusal !== null) {
      this.#refuse(exchange, refusal!);
      return false;
    }
    attendee.seat?.says("dialing-in");
    const call = deps.calls.incoming(exchange.transaction, attendee, {
      contact: userPart(room),
      contactParams: FOCUS_CONTACT,
      sessionExpires: deps.settings.sessionExpires_s,
    });
    if (call.state === "ended") {
      attendee.fail("failed");
      return false;
    }
    const headers = infoHeaders(deps, attendee.entrant.aor);
    if (offer === null) {
      const ours = endPointOffer(own, roomFacts(deps, room.terms, "sendrecv"));
      attendee.offer(call, own, ours);
      call.accept({ description: ours.description, headers });
      return true;
    }
    const ours = roomAnswer(deps, room.terms, offer, own, null);
    const theirs = { ...offer, parts: null };
    if (!attendee.stand(call, { own, ours, theirs, setup: ourSetup(offer.media.setup) })) {
      call.refuse(503, partsOf(refused(503, "No room for more MSRP sessions"), deps.host));
      attendee.fail("failed");
      return false;
    }
    call.accept({ description: ours.description, headers });
    attendee.open();
    return true;
  }

  #invite(
    room: LiveRoom,
    by: Entrant,
    each: Recipient,
    growing: ReturnType<FocusParts["growing"]>,
    history: ReturnType<typeof recipientsOf>["history"] = null,
  ): void {
    this.#parts.invitations.invite({ ...each, room, by, history, growing, told: () => {} });
  }

  #folded(person: Person): string {
    return subscriberOf(this.#parts.deps, person)?.aor ?? person.aor;
  }

  /** False for somebody who would have to be here, and is not. */
  #exists(person: Person): boolean {
    const { deps } = this.#parts;
    return unavailable(deps, person, subscriberOf(deps, person)) !== 404;
  }

  #refuse(exchange: Exchange, refusal: Refusal): void {
    const { deps } = this.#parts;
    const parts = partsOf(refusal, deps.host);
    const headers = [...parts.headers ?? []];
    if (refusal === MOVED) headers.push(["Contact", `<${deps.rules.speech_uri}>`]);
    if (refusal.status === 415) headers.push(["Accept", ACCEPTED]);
    exchange.reply(refusal.status, { ...parts, headers });
  }
}

/** Lists are only for the factory: elsewhere nobody does what is required. */
function isKnown(tag: string, { kind }: Meant): boolean {
  const name = tag.toLowerCase();
  return KNOWN.has(name) && (name !== LIST_INVITE || kind === "factory");
}

/** Another conference dials in (oma-reference §3.3.2). */
function isFocusContact(request: SipRequest): boolean {
  return request.list("Contact").some((value) => /;\s*isfocus\s*(?:[;=]|$)/i.test(value.slice(value.indexOf(">") + 1)));
}

function subjectOf(request: SipRequest): string {
  return fromHead(request.get("Subject") ?? "");
}

function foldedText(uri: string): string {
  return addressOfText(uri).aor;
}

/** Somebody by address-of-record alone. */
function memberOf(aor: string): Recipient {
  const { domain, number } = addressOfText(aor);
  const person = { aor, uri: aor, domain, number };
  return { person, name: "", hidden: false, anonymous: false, replaces: "", method: "INVITE" };
}
