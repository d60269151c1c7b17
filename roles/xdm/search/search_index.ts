import type { Clock, Events, Log, Metrics } from "../../../foundation/mod.ts";
import type { Documents } from "../../../storage/mod.ts";
import type { XmlDocument, XmlElement } from "../../../transport/xml/mod.ts";
import { xmlChild } from "../../../transport/xml/mod.ts";
import type { DocumentService } from "../document_service.ts";
import type { DocumentKey } from "../usage.ts";
import { readGroup } from "../usages/group_reader.ts";
import { IDENTIFIERS, NS } from "../usages/identifiers.ts";
import { DEFAULT_PRIVACY, readPrivacy } from "../usages/own_readers.ts";
import { readUserProfile } from "../usages/profile_reader.ts";
import type { XdmEvents } from "../xdm_events.ts";
import { GroupBook } from "./group_book.ts";
import type { Searched } from "./matcher.ts";
import { OrderedTable } from "./ordered_table.ts";
import { Pace } from "./pace.ts";
import { fieldIndex, PEOPLE, ROOMS, type SearchTarget } from "./search_target.ts";
import { dayOf, isFilled, type Value, valuesOf } from "./values.ts";

/** Somebody with a public profile. */
export interface Person extends Searched {
  /** One bit for each field of the profile that says something. */
  readonly filled: number;
  /** "" where the profile gives none. */
  readonly birthDate: string;
}

/** A room that wants to be found. */
export interface Room extends Searched {
  /** Folded address; "" for one of the operator's. */
  readonly owner: string;
}

/** What the index stands on. */
export interface SearchIndexParts {
  readonly documents: Pick<Documents, "ofUsage">;
  readonly service: Pick<DocumentService, "read" | "byServiceUri">;
  readonly events: Events<XdmEvents>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

const { userProfile, lockedUserProfile, privacy, groups } = IDENTIFIERS;
const USAGES: ReadonlySet<string> = new Set([userProfile, lockedUserProfile, privacy, groups].map(({ auid }) => auid));
/** Steps that it costs to read a document. */
const READ_COST = 100;
const URI = fieldIndex(PEOPLE, "uri");

/**
 * What searches look at, in memory: public fields of profiles, rooms that want to be found, and what the privacy settings and the
 * locked profiles say of who is found. Read once, in slices, and from then on told by every change before it is answered.
 */
export class SearchIndex {
  readonly people = new OrderedTable<Person>();
  readonly rooms = new OrderedTable<Room>();
  /** Who made which groups, and is in them. */
  readonly groups: GroupBook;
  /** Birth dates that the operator vouches for. */
  readonly #lockedBirthDates = new Map<string, string>();
  /** Who has chosen whether to be found by number. */
  readonly #byNumber = new Map<string, boolean>();
  readonly #roomsOf = new Map<string, readonly string[]>();
  readonly #parts: SearchIndexParts;
  /** Documents that have changed since the reading began: what was read of them may be old. Null: nothing is being read. */
  #changed: Set<string> | null = null;
  #whole: Promise<void> | null = null;
  #closed = false;

  constructor(parts: SearchIndexParts) {
    this.#parts = parts;
    this.groups = new GroupBook(parts.service);
    const { events, metrics } = parts;
    events.on("documentChanged", ({ key, after }) => {
      if (!USAGES.has(key.auid)) return;
      this.#changed?.add(nameOf(key));
      this.#put(key, after?.document ?? null);
    });
    metrics.gauge("parley_search_people", "Profiles that searches look at", () => this.people.size);
    metrics.gauge("parley_search_rooms", "Rooms that searches look at", () => this.rooms.size);
  }

  /** Resolves once everything is read; begins anew after a failure. Rejects where a document cannot be read. */
  whole(): Promise<void> {
    this.#whole ??= this.#read().catch((error) => {
      this.#whole = null;
      throw error;
    });
    return this.#whole;
  }

  /** The first reading, which nobody waits for. */
  start(): void {
    this.whole().catch((error: Error) => {
      if (!this.#closed) this.#parts.log.error("profiles cannot be read for searches", { error: error.message });
    });
  }

  /** Ends a reading that goes on. */
  close(): void {
    this.#closed = true;
  }

  /** Everything of an owner who is gone. */
  forget(owner: string): void {
    for (const { auid, document } of [userProfile, lockedUserProfile, privacy]) {
      const key = { auid, owner, name: document };
      this.#changed?.add(nameOf(key));
      this.#put(key, null);
    }
    this.groups.forget(owner);
    const own = `${groups.auid} ${owner} `;
    for (const [name, rooms] of this.#roomsOf) {
      if (!name.startsWith(own)) continue;
      for (const room of rooms) this.rooms.delete(room);
      this.#roomsOf.delete(name);
    }
  }

  /** Every birth date that is known of somebody: the public one, and the one that the operator vouches for. */
  birthDatesOf({ aor, birthDate }: Person): string[] {
    return [birthDate, this.#lockedBirthDates.get(aor) ?? ""].filter((date) => date !== "");
  }

  /** The same by address-of-record; once everything is read. */
  birthDatesOfUser(aor: string): string[] {
    return [this.person(aor)?.birthDate ?? "", this.#lockedBirthDates.get(aor) ?? ""].filter((date) => date !== "");
  }

  /** Undefined: the user has not chosen. */
  foundByNumber(aor: string): boolean | undefined {
    return this.#byNumber.get(aor);
  }

  person(aor: string): Person | undefined {
    return this.people.get(userIdOf(aor));
  }

  async #read(): Promise<void> {
    const { documents, service, clock } = this.#parts;
    this.#changed = new Set();
    const pace = new Pace(clock);
    const keys: DocumentKey[] = [];
    for (const auid of USAGES) {
      for (const { owner, name } of documents.ofUsage(auid)) keys.push({ auid, owner, name });
    }
    for (const key of keys) {
      if (this.#closed) throw new Error("the box closes");
      const version = await service.read(key);
      if (!this.#changed.has(nameOf(key))) this.#put(key, version?.document ?? null);
      if (pace.due(READ_COST)) await pace.pause();
    }
    this.#changed = null;
  }

  #put({ auid, owner, name }: DocumentKey, document: XmlDocument | null): void {
    switch (auid) {
      case userProfile.auid: {
        const person = document === null ? null : personOf(owner, document);
        if (person === null) this.people.delete(userIdOf(owner));
        else this.people.set(person);
        return;
      }
      case lockedUserProfile.auid: {
        const date = document === null ? "" : dayOf(readUserProfile(document).birthDate);
        if (date === "") this.#lockedBirthDates.delete(owner);
        else this.#lockedBirthDates.set(owner, date);
        return;
      }
      case privacy.auid: {
        const chosen = choiceIn(document);
        if (chosen === undefined) this.#byNumber.delete(owner);
        else this.#byNumber.set(owner, chosen);
        return;
      }
      case groups.auid:
        this.groups.put({ auid, owner, name }, document);
        this.#putRooms(nameOf({ auid, owner, name }), owner, document);
    }
  }

  #putRooms(name: string, owner: string, document: XmlDocument | null): void {
    for (const id of this.#roomsOf.get(name) ?? []) this.rooms.delete(id);
    const rooms = document === null ? [] : roomsIn(document, owner);
    for (const room of rooms) this.rooms.set(room);
    if (rooms.length === 0) this.#roomsOf.delete(name);
    else this.#roomsOf.set(name, rooms.map(({ id }) => id));
  }
}

/**
 * The name under which the service knows a user, `alice@example.test`: what results have in the place of a SIP URI (PRI-7), and what
 * is taken wherever people name each other.
 */
export function userIdOf(aor: string): string {
  return aor.replace(/^sip:/, "");
}

function personOf(aor: string, document: XmlDocument): Person | null {
  const profile = xmlChild(document.root, NS.userProfile, "user-profile");
  if (profile === undefined) return null;
  const values = valuesBelow(profile, PEOPLE);
  values[URI] = [{ text: userIdOf(aor), key: aor }];
  let filled = 0;
  PEOPLE.fields.forEach((field, i) => filled |= isFilled(profile, field) ? 1 << i : 0);
  return { id: userIdOf(aor), aor, values, filled, birthDate: dayOf(readUserProfile(document).birthDate) };
}

function roomsIn(document: XmlDocument, owner: string): Room[] {
  const services = document.root.children.filter(({ name, namespace }) =>
    name === "list-service" && namespace === NS.listService
  );
  return readGroup(document).flatMap(({ aor, uri, searchable }, i) =>
    searchable && aor !== "" ? [{ id: uri, aor, owner, values: valuesBelow(services[i], ROOMS) }] : []
  );
}

function valuesBelow(element: XmlElement, { fields }: SearchTarget): (readonly Value[])[] {
  return fields.map((field) => valuesOf(element, field));
}

/** Whether the user says to be found by number; undefined where the document leaves it to the operator. */
function choiceIn(document: XmlDocument | null): boolean | undefined {
  const [one, other] = [false, true].map((searchableByNumber) =>
    readPrivacy(document, { ...DEFAULT_PRIVACY, searchableByNumber }).searchableByNumber
  );
  return one === other ? one : undefined;
}

function nameOf({ auid, owner, name }: DocumentKey): string {
  return `${auid} ${owner} ${name}`;
}
