import { detached } from "../../../foundation/mod.ts";
import type { RoomMessages, StorageError } from "../../../storage/mod.ts";
import type { IncomingMessage, SwitchedMessage, SwitchLeg, SwitchRoom } from "../../../transport/msrp/mod.ts";
import { cpimContentType, mediaType } from "../../../transport/payload/mod.ts";
import { disguisedHead } from "./disguise.ts";
import type { Verdict } from "./message_rules.ts";
import type { Person } from "./person.ts";
import { type RoomRecord, shownAs } from "./room_record.ts";
import type { RoomLimits } from "./rooms_parts.ts";
import type { Roster } from "./roster.ts";

/** What is asked of the room whose talk it is. */
export interface TalkRoom {
  readonly id: string;
  readonly ended: boolean;
  readonly roster: Roster;
  readonly limits: RoomLimits;
  readonly messages: RoomMessages;
  readonly record: RoomRecord;
  /** How many messages newcomers get. */
  readonly history: number;
  /** Wall time, ms. */
  now(): number;
  /** What the room has to have stored before something said now is acknowledged; and whether that is so. */
  readonly stands: number;
  isSafe(stands: number): boolean;
  onSaid(saying: Said): void;
  /** What was missed by those who are cut off and furthest behind is let go of; false where there is nobody. */
  giveUpFurthest(): boolean;
  /** No more is kept of all rooms, or of this one: some room lets go of something. */
  storeFull(): void;
}

/** Something has its place in the order. */
export interface Said {
  readonly from: Person;
  readonly to: Person | null;
  readonly octets: number;
  /** Of the content, lower-case. */
  readonly contentType: string;
  readonly at: number;
}

/** For `RoomEvents`: never its text. Whoever has blocked its sender is no recipient. */
export function factsOf({ from, to, octets, contentType, at }: Said, roster: Roster) {
  const isFor = (person: Person) => person !== from && !person.skips.has(from.id);
  const recipients = to === null ? roster.there().filter(isFor).length : Number(isFor(to));
  return { from: from.aor, octets, contentType, recipients, isPrivate: to !== null, at };
}

interface Saying extends Said {
  readonly message: SwitchedMessage;
  /** Null for what is not kept: it has been answered. */
  readonly asked: IncomingMessage | null;
  readonly stands: number;
  state: "writing" | "stored" | "failed";
  /** Of what the sender has addressed: the room's URI, as recordings name it. */
  readonly toRoom: string;
  /** Who heard it of those among whom somebody records it; empty: nobody does. */
  readonly recorded: Set<string>;
  /** Recordings of it that are not kept yet: then it is acknowledged. */
  unrecorded: number;
}

type Passed = Extract<Verdict, { readonly kind: "pass" }>;

/** A restart leaves a gap: what was said before, and has been dropped since, had smaller numbers. More than two seconds can hold. */
const GAP = 1_000_000;
/** Messages after which is looked what everybody has had, beside the sweep. */
const TRIM_EVERY = 64;

/**
 * What is said in a room: stored, then put into the room's order, then acknowledged; in the order it came. What somebody has still to get
 * is kept, in the store and here.
 */
export class Talk {
  readonly #room: TalkRoom;
  readonly #switch: SwitchRoom;
  #writing: Saying[] = [];
  #writingOctets = 0;
  #kept: SwitchedMessage[] = [];
  #keptOctets = 0;
  /** How many of those that are kept came from whom. */
  readonly #speakers = new Map<number, number>();
  #given = 0;
  #last = 0;
  #untrimmed = 0;

  constructor(room: TalkRoom, into: SwitchRoom) {
    this.#room = room;
    this.#switch = into;
  }

  /** Of the last message in the order. */
  get last(): number {
    return this.#last;
  }
  /** The largest that was given, to what is being written too. */
  get given(): number {
    return this.#given;
  }
  /** What is kept, and octets of it. */
  get kept(): readonly SwitchedMessage[] {
    return this.#kept;
  }
  get keptOctets(): number {
    return this.#keptOctets;
  }

  /** What was stored, oldest first, and the last number that is known to have been given. */
  restore(messages: readonly SwitchedMessage[], last: number): void {
    this.#kept = [...messages];
    for (const { size, seq, from } of messages) {
      this.#keptOctets += size;
      this.#counts(from, 1);
      last = Math.max(last, seq);
    }
    this.#last = last;
    this.#given = last + GAP;
    this.#switch.restore(messages);
  }

  say(from: Person, leg: SwitchLeg, asked: IncomingMessage, verdict: Passed): void {
    const body = bodyOf(from, asked.body, verdict, this.#room.now());
    let size = 0;
    for (const piece of body) size += piece.length;
    const full = this.#writing.length >= this.#room.limits.writing ||
      (this.#writing.length > 0 && this.#writingOctets + size > this.#room.limits.writingOctets);
    const { fleeting, head, to } = verdict;
    if (full) return asked.report(fleeting === null ? 408 : 200, fleeting === null ? "busy, try again" : undefined);
    const at = this.#room.now();
    const message: SwitchedMessage = {
      seq: ++this.#given,
      messageId: detached(asked.messageId),
      contentType: detached(asked.contentType),
      body,
      size,
      from: from.id,
      to: this.#recipients(from, to, fleeting),
      origin: leg,
      fleeting: fleeting !== null,
    };
    const saying: Saying = {
      from,
      to,
      octets: size,
      contentType: detached(mediaType(cpimContentType(head))),
      at,
      message,
      asked: fleeting === null ? asked : null,
      stands: this.#room.stands,
      state: fleeting === null ? "writing" : "stored",
      toRoom: verdict.toRoom,
      recorded: new Set(),
      unrecorded: 0,
    };
    this.#writing.push(saying);
    this.#writingOctets += size;
    if (fleeting !== null) {
      asked.report(200);
      return this.flush();
    }
    const { seq, messageId, contentType } = message;
    this.#room.messages.append(
      this.#room.id,
      { seq, messageId, contentType, from: from.id, to: message.to, at, body },
      (error) => this.#stored(saying, error),
    );
    if (this.#room.record.isOn) this.#record(saying, null);
  }

  /** Has come in while something was on its way into the order: gets that as well, and so may record it. */
  cameIn(person: Person): void {
    if (this.#writing.length === 0 || !this.#room.record.isOn) return;
    for (const saying of this.#writing) {
      const { from, to, asked, state, recorded } = saying;
      if (asked === null || state === "failed" || recorded.has(person.aor)) continue;
      if ((to === null || to === person) && !person.skips.has(from.id)) this.#record(saying, person);
    }
  }

  /** What stands at the front and is stored goes into the order. */
  flush(): void {
    while (this.#writing.length > 0) {
      const saying = this.#writing[0];
      const { state, asked, unrecorded } = saying;
      if (
        state === "writing" || (unrecorded > 0 && state === "stored") ||
        (state === "stored" && asked !== null && !this.#room.isSafe(saying.stands))
      ) return;
      this.#writing.shift();
      this.#writingOctets -= saying.octets;
      if (state === "failed") asked!.report(408, "could not be kept, try again");
      else if (this.#room.ended) asked?.report(481, "the room is over");
      else this.#append(saying);
    }
  }

  /** What this one is to get after that place, oldest first. */
  missedBy(person: Person, after: number): SwitchedMessage[] {
    return this.#kept.filter(({ seq, to }) => seq > after && (to === null || to.includes(person.id)));
  }

  /** Where somebody begins who was never here: before the last messages to all that newcomers get. */
  historyStart(): number {
    const { history, limits } = this.#room;
    let left = history;
    let octets = 0;
    for (let i = this.#kept.length - 1; i >= 0 && left > 0; i--) {
      const { to, size } = this.#kept[i];
      octets += size;
      if (octets > limits.historyOctets) return this.#kept[i].seq;
      if (to === null && --left === 0) return this.#kept[i].seq - 1;
    }
    return left === history || this.#kept.length === 0 ? this.#last : this.#kept[0].seq - 1;
  }

  /** True where somebody who is there, or may come again, has not had everything that was acknowledged. */
  get isOwing(): boolean {
    for (const person of this.#room.roster.there()) if (this.#firstDue(person) < Infinity) return true;
    return false;
  }

  /** True where something is kept that this one has said. */
  isHeard(id: number): boolean {
    return this.#speakers.has(id);
  }

  /**
   * Makes room in the store where there is none: lets go of what need not be there, else of what those missed who are furthest behind,
   * else of what newcomers get. False where nothing could go.
   */
  relieve(): boolean {
    const before = this.#keptOctets;
    this.trim();
    if (this.#keptOctets === before && this.#room.giveUpFurthest()) this.trim();
    if (this.#keptOctets === before) this.trim(false);
    return this.#keptOctets < before;
  }

  /** Lets go of what everybody has had and newcomers do not get. `history`: newcomers get what they do. */
  trim(history = true): void {
    this.#untrimmed = 0;
    const { roster, limits, messages, id } = this.#room;
    for (;;) {
      let upTo = history ? this.historyStart() : this.#last;
      for (const person of roster.there()) upTo = Math.min(upTo, this.#firstDue(person) - 1);
      let count = 0;
      for (; count < this.#kept.length && this.#kept[count].seq <= upTo; count++) {
        const { size, from } = this.#kept[count];
        this.#keptOctets -= size;
        this.#counts(from, -1);
      }
      if (count > 0) {
        this.#kept.splice(0, count);
        messages.drop(id, upTo);
      }
      if (this.#kept.length <= limits.behind && this.#keptOctets <= limits.behindOctets) return;
      if (!this.#room.giveUpFurthest()) return;
    }
  }

  /** The room is over: nothing of it is kept. Who waits for an answer is told. */
  end(): void {
    this.#kept = [];
    this.#keptOctets = 0;
    this.#speakers.clear();
    this.#room.messages.drop(this.#room.id, Infinity);
    for (const { asked } of this.#writing.splice(0)) asked?.report(481, "the room is over");
  }

  /** The first that this one has not had; Infinity: it has had all that is for it, however far its legs have looked. */
  #firstDue(person: Person): number {
    const kept = this.#kept;
    const { passed } = person;
    let low = 0;
    for (let high = kept.length; low < high;) {
      const middle = (low + high) >> 1;
      if (kept[middle].seq <= passed) low = middle + 1;
      else high = middle;
    }
    for (; low < kept.length; low++) {
      const { seq, to } = kept[low];
      if (to === null || to.includes(person.id)) return seq;
    }
    return Infinity;
  }

  /** In the same commit, where there is one: those who record wait with everybody else. `late` null: for all who hear it now. */
  #record(saying: Saying, late: Person | null): void {
    const { from, to, at, toRoom, recorded, message: { messageId, contentType, body } } = saying;
    const written = { at, from: shownAs(from), to: to === null ? toRoom : to.shown.uri, messageId, contentType };
    const facts = { ...written, headers: "", file: "", body };
    const hearers = late === null ? this.#room.record.hearers(from, to) : [late.aor];
    const isRecorded = this.#room.record.say(facts, from, hearers, () => {
      saying.unrecorded--;
      if (!this.#room.ended) this.flush();
    });
    if (!isRecorded) return;
    saying.unrecorded++;
    for (const aor of hearers) recorded.add(aor);
  }

  #stored(saying: Saying, error: StorageError | null): void {
    if (this.#room.ended) return;
    saying.state = error === null ? "stored" : "failed";
    if (error !== null && saying.recorded.size > 0) this.#room.record.notKept(saying.from, saying.message.messageId);
    this.flush();
    // The next one may have room.
    if (error?.kind === "full") this.#room.storeFull();
  }

  #append(saying: Saying): void {
    const { message, asked } = saying;
    this.#last = message.seq;
    if (asked !== null) {
      // Who it came from is of no interest once it stands: its leg must not be held for as long as somebody is away.
      this.#kept.push({ ...message, origin: null });
      this.#keptOctets += message.size;
      this.#counts(message.from, 1);
    }
    this.#switch.append(message);
    if (asked === null) return;
    asked.report(200);
    this.#room.onSaid(saying);
    if (++this.#untrimmed >= TRIM_EVERY) this.trim();
  }

  #counts(from: number, more: 1 | -1): void {
    const count = (this.#speakers.get(from) ?? 0) + more;
    if (count > 0) this.#speakers.set(from, count);
    else this.#speakers.delete(from);
  }

  /** Null: all. What is not kept is for those who are there now. */
  #recipients(from: Person, to: Person | null, fleeting: Passed["fleeting"]): readonly number[] | null {
    if (fleeting === "imdn") return [to!.id];
    if (to !== null && fleeting === null) return to === from ? [from.id] : [to.id, from.id];
    if (fleeting === null) return null;
    const here = to === null ? this.#room.roster.there() : [to];
    return here.filter((person) => person.standing === "connected").map(({ id }) => id);
  }
}

/** The one copy that there is of a message, with other heads where its sender is not to be known. */
function bodyOf(from: Person, octets: Uint8Array, { head, to, toRoom }: Passed, now: number): Uint8Array[] {
  if (!from.aliased) return [octets.slice()];
  return [disguisedHead(head, from, to === null ? toRoom : to.shown.uri, now), octets.slice(head.bodyAt)];
}
