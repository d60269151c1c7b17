import type { Clock } from "../../../foundation/mod.ts";
import { namesPerson, type Person, personKey, personOf } from "../../xdm/mod.ts";
import { type BirthDates, isOfAge } from "./ages.ts";
import type { GroupFacts, GroupSource } from "./group_facts.ts";
import { ALL_RIGHTS, bitOf, combined, rightsFrom, type Saying } from "./group_rule.ts";
import { REFUSALS } from "./refusals.ts";
import { endOfRange, isWithin } from "./schedule.ts";
import type { Caller, GroupPolicy, RoomRefusal, RoomRights, RoomSettings, RoomTerms } from "./terms.ts";

/** What the policy of a group looks at beside its document; all of it as it is when it is asked. */
export interface PolicyContext extends Pick<GroupSource, "subscribers" | "domains"> {
  readonly settings: RoomSettings;
  readonly birthDates: BirthDates;
  readonly clock: Clock;
  readonly isGroup: (uri: string) => boolean;
  /** Addresses of the service itself: the factory, the exploder, rooms. They are nobody's members. */
  readonly isService: (uri: string) => boolean;
}

const BITS = { initiate: bitOf("initiate"), join: bitOf("join"), seeRoster: bitOf("seeRoster") };
/** The owner has all rights, and is denied none. */
const OWNER: Saying = { grants: ALL_RIGHTS, denies: 0, deniesNamed: 0 };
/** PRI-12: somebody whom the core does not vouch for. */
const NOBODY: Saying = { grants: 0, denies: 0, deniesNamed: 0 };

/** What one version of a group's document allows, with what the operator does. */
export class DocumentPolicy implements GroupPolicy {
  readonly #facts: GroupFacts;
  readonly #context: PolicyContext;

  constructor(facts: GroupFacts, context: PolicyContext) {
    this.#facts = facts;
    this.#context = context;
  }

  get terms(): RoomTerms {
    return this.termsSince(this.#context.clock.now());
  }

  termsSince(beganAt: number): RoomTerms {
    const { owner, isPublic, group } = this.#facts;
    const { settings, clock } = this.#context;
    const { maxDuration = null, minParticipants = null, required = [], schedule = [] } = group.activePolicy ?? {};
    const longest = maxDuration === null ? Infinity : beganAt + maxDuration * 1000;
    return {
      owner,
      displayName: group.displayName,
      subject: group.subject,
      isPublic,
      hidesIdentity: isPublic,
      nicknames: true,
      privateMessages: this.#privateMessages,
      invitesMembers: group.invitesMembers,
      maxParticipants: Math.min(group.maxParticipants ?? Infinity, settings.group_size),
      minParticipants: minParticipants ?? 0,
      required: required.filter((aor) => aor !== ""),
      endsAt: Math.min(longest, endOfRange(schedule, clock.now())),
      history: settings.history,
    };
  }

  get members(): readonly string[] {
    const { isGroup, isService, settings } = this.#context;
    const people = this.#facts.listed.filter((aor) => !isGroup(aor) && !isService(aor));
    return people.slice(0, settings.group_size);
  }

  /** Groups in its list: nested groups are not allowed, so they are left out (seed 003 §5.3.2.1.5). */
  get nestedGroups(): readonly string[] {
    return this.#facts.listed.filter((aor) => this.#context.isGroup(aor));
  }

  rightsOf(caller: Caller): RoomRights {
    return this.#rightsBy(this.#sayingFor(caller));
  }

  mayInitiate(caller: Caller): RoomRefusal | null {
    // Who comes first to a chat group begins its session.
    if (!this.#facts.group.invitesMembers) return this.mayJoin(caller, 0);
    const saying = this.#sayingFor(caller);
    if ((saying.grants & BITS.initiate) === 0) return this.#unless(caller, saying, REFUSALS.initiate);
    return this.#refusesHiding(caller, saying) ?? this.#refusesNow(caller);
  }

  mayJoin(caller: Caller, present: number): RoomRefusal | null {
    const saying = this.#sayingFor(caller);
    // Who may begin a session to which the server invites may come into the one that stands, and come again (CHAT-19).
    const needed = this.#facts.group.invitesMembers ? BITS.join | BITS.initiate : BITS.join;
    if ((saying.grants & needed) === 0) return this.#unless(caller, saying, REFUSALS.join);
    return this.#refusesHiding(caller, saying) ?? this.#refusesSize(present) ?? this.#refusesNow(caller);
  }

  mayInvite(by: Caller, whom: Caller, present: number): RoomRefusal | null {
    return this.rightsOf(by).invite ? this.mayBeBrought(whom, present) : REFUSALS.unauthorised;
  }

  /** CHAT-9: whom a participant invites needs no rule that lets them in; a rule that keeps this very person out does so (CHAT-20). */
  mayBeBrought(whom: Caller, present: number): RoomRefusal | null {
    const saying = this.#sayingFor(whom);
    if ((saying.deniesNamed & ~saying.grants & BITS.join) !== 0) return REFUSALS.join;
    return this.#refusesHiding(whom, saying) ?? this.#refusesSize(present) ?? this.#refusesNow(whom);
  }

  /** Nobody puts out the owner. */
  mayExpel(by: Caller, whom: Caller): RoomRefusal | null {
    return this.rightsOf(by).expel && !this.#isOwner(whom) ? null : REFUSALS.unauthorised;
  }

  mayWatch(caller: Caller, participates = false): RoomRefusal | null {
    const { grants, denies } = this.#sayingFor(caller);
    if ((grants & BITS.seeRoster) !== 0) return null;
    return participates && (denies & BITS.seeRoster) === 0 ? null : REFUSALS.watch;
  }

  get #privateMessages(): boolean {
    return !this.#facts.isPublic || this.#context.settings.private_from_public;
  }

  #rightsBy({ grants }: Saying): RoomRights {
    return rightsFrom(this.#privateMessages ? grants : grants & ~bitOf("privateMessages"));
  }

  #sayingFor(caller: Caller): Saying {
    if (caller.aor === "") return NOBODY;
    if (this.#isOwner(caller)) return OWNER;
    const person = this.#personOf(caller);
    const isMember = namesPerson(this.#facts.memberKeys, person);
    return combined(this.#facts.rules, { person, isMember, anonymous: caller.anonymous }, this.#context.clock.now());
  }

  #isOwner({ aor }: Caller): boolean {
    const { domains } = this.#context;
    return personKey(aor, domains) === personKey(this.#facts.owner, domains);
  }

  /** The refusal, or that the caller has nothing to do with the group: not in its list, and no rule gives them anything. */
  #unless(caller: Caller, { grants }: Saying, refusal: RoomRefusal): RoomRefusal {
    if (grants !== 0 || namesPerson(this.#facts.memberKeys, this.#personOf(caller))) return refusal;
    return REFUSALS.stranger;
  }

  #refusesHiding({ anonymous }: Caller, { grants }: Saying): RoomRefusal | null {
    return anonymous && (grants & bitOf("anonymity")) === 0 ? REFUSALS.anonymity : null;
  }

  #refusesSize(present: number): RoomRefusal | null {
    const most = Math.min(this.#facts.group.maxParticipants ?? Infinity, this.#context.settings.group_size);
    return present >= most ? REFUSALS.full : null;
  }

  /** The owner, too: what is said of ages, times and services holds for whoever comes (UPROF-11). */
  #refusesNow({ aor }: Caller): RoomRefusal | null {
    const { group, isPublic, takesChats } = this.#facts;
    const { settings, clock, birthDates } = this.#context;
    const now = clock.now(), least = isPublic ? settings.public_age : 0;
    if (!isOfAge(birthDates.of(aor), now, group.ages, least)) return REFUSALS.age;
    if (!isWithin(group.activePolicy?.schedule ?? [], now)) return REFUSALS.schedule;
    return takesChats ? null : REFUSALS.services;
  }

  #personOf({ aor, number }: Caller): Person {
    const { subscribers, domains } = this.#context;
    return personOf(aor, subscribers.get(aor)?.e164 || number, domains);
  }
}
