import { randomHex } from "../../../foundation/mod.ts";
import type { HistoryMessage, StorageError, Talk, TalkKind } from "../../../storage/mod.ts";
import type { CommandRefusal, Conversation, ConversationFacts, Listener } from "./desk_types.ts";
import type { Keeper, Seat } from "./keeper.ts";
import type { StartNotices } from "./start_notices.ts";

/** The desk as its conversations see it. */
export interface ConversationHost {
  readonly keeper: Keeper;
  readonly notices: StartNotices;
  /** Nothing can be recorded by anybody in this moment. */
  readonly idle: boolean;
  /** Recording is allowed at all. */
  readonly enabled: boolean;
  /** By the wishes of this one, for a conversation gathered under `other`. */
  wantsWith(aor: string, other: string, kind: TalkKind): boolean;
  /** What was ordered of a room before a restart; null: nothing. */
  orderOf(aor: string, room: string): "start" | "stop" | null;
  /** A room is over, and what this one has ordered of it. */
  unorder(aor: string, room: string): void;
  /** So many more of those who are in conversations record by command. */
  ordered(more: number): void;
  /** Whose conversation it is, and whose no longer. */
  entered(conversation: OpenConversation, aor: string): void;
  left(conversation: OpenConversation, aor: string): void;
  closed(conversation: OpenConversation): void;
}

/** One who takes part and is a user of ours. */
interface Participant extends Seat {
  /** What this one has ordered for this conversation; null: the wishes hold. */
  order: "start" | "stop" | null;
}

const FULL: CommandRefusal = { status: 480, reason: "Your Recordings Are Full" };

/** A session or a room from its beginning to its end, with who of those in it records. */
export class OpenConversation implements Conversation {
  readonly facts: ConversationFacts;
  /** Neighbours in the desk's list of those that go on. */
  next: OpenConversation | null = null;
  previous: OpenConversation | null = null;
  readonly #host: ConversationHost;
  readonly #in = new Map<string, Participant>();
  /** Of those who have left, and may come again. */
  #orders: Map<string, { readonly order: "start" | "stop"; readonly peer: string }> | null = null;
  /** Begun when somebody records. */
  #talk: Talk | null = null;
  onRecords: ((recorded: boolean) => void) | null = null;
  /** Somebody records, as it was told last. */
  #recorded = false;
  #looking = false;
  /** What notices of this conversation are known by; "" as long as there are none. */
  #cause = "";
  #told: Set<string> | null = null;
  #over = false;

  constructor(host: ConversationHost, facts: ConversationFacts) {
    this.#host = host;
    this.facts = facts;
  }

  records(aors: Iterable<string>): boolean {
    if (this.#talk === null || this.#host.idle) return false;
    const { recorders } = this.#talk;
    if (recorders.size === 0) return false;
    for (const aor of aors) if (recorders.has(aor)) return true;
    return false;
  }

  join(listener: Listener): void {
    if (this.#over) return;
    const { aor } = listener;
    const known = this.#in.get(aor);
    if (known === undefined) {
      const order = this.#orders?.get(aor)?.order ?? (this.isRoom ? this.#host.orderOf(aor, listener.with) : null);
      if (order === "start") this.#host.ordered(1);
      this.#in.set(aor, { listener, order, name: "", full: false });
      this.#host.entered(this, aor);
    } else {
      this.#seesMore(known.listener, listener);
      known.listener = listener;
    }
    this.review(aor);
    for (const [other, { order }] of this.#in) if (order === "start" && other !== aor) this.#tell(other, aor);
  }

  leave(aor: string): void {
    const one = this.#in.get(aor);
    if (one === undefined) return;
    this.#in.delete(aor);
    if (one.order !== null) (this.#orders ??= new Map()).set(aor, { order: one.order, peer: one.listener.with });
    if (one.order === "start") this.#host.ordered(-1);
    this.#host.left(this, aor);
    this.#talk?.leave(aor);
    this.#lookLater();
  }

  said(message: HistoryMessage, aors: Iterable<string>, done: () => void): void {
    const talk = this.#talk;
    const seats: Seat[] = [];
    if (talk !== null && this.#host.enabled) {
      for (const aor of aors) {
        const one = this.#in.get(aor);
        if (one !== undefined && talk.recorders.has(aor)) seats.push(one);
      }
    }
    if (talk === null || seats.length === 0) return queueMicrotask(done);
    this.#host.keeper.append(talk, message, seats, () => {
      done();
      // Who had no room for it records no longer.
      this.#look();
    });
  }

  lost(aors: Iterable<string>, error: StorageError): void {
    const recorders = this.#talk?.recorders;
    const owners = recorders === undefined ? [] : [...aors].filter((aor) => recorders.has(aor));
    if (owners.length > 0) this.#host.keeper.couldNotKeep(owners, error);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#talk?.close();
    for (const aor of this.#told ?? []) this.#host.notices.forget(this.#cause, aor);
    for (const [aor, { order, listener }] of this.#in) {
      if (order === "start") this.#host.ordered(-1);
      if (order !== null) (this.#orders ??= new Map()).set(aor, { order, peer: listener.with });
      this.#host.left(this, aor);
    }
    this.#in.clear();
    if (this.isRoom) { for (const [aor, { peer }] of this.#orders ?? []) this.#host.unorder(aor, peer); }
    this.#host.closed(this);
  }

  /** Rooms outlast a restart, and what is ordered of them does. */
  get isRoom(): boolean {
    return this.facts.kind === "room";
  }

  /** Users of ours who take part. */
  get aors(): Iterable<string> {
    return this.#in.keys();
  }

  /** What this one has the conversation gathered under. */
  peerOf(aor: string): string | undefined {
    return this.#in.get(aor)?.listener.with;
  }

  /** Carries out a command of one who takes part. */
  command(aor: string, action: "start" | "stop", name: string): CommandRefusal | null {
    const one = this.#in.get(aor)!;
    const before = one.order;
    if (action === "start") one.full = false;
    one.order = action;
    if (name !== "") one.name = name;
    this.review(aor);
    const isRecorded = this.#talk?.recorders.has(aor) === true;
    if (action === "start" && !isRecorded) {
      one.order = before;
      return FULL;
    }
    this.#host.ordered(Number(action === "start") - Number(before === "start"));
    if (action === "start" && one.name !== "") this.#host.keeper.named(this.#talk!, one);
    if (action === "start" && before !== "start") { for (const other of this.#in.keys()) this.#tell(aor, other); }
    return null;
  }

  /** The wishes, or what is allowed, may be others; `again`: there may be room again. */
  review(aor: string, again = false): void {
    const one = this.#in.get(aor);
    if (one === undefined || this.#over) return;
    if (again) one.full = false;
    const { keeper, enabled } = this.#host;
    const { kind } = this.facts;
    const wanted = enabled &&
      (one.order === null ? this.#host.wantsWith(aor, one.listener.with, kind) : one.order === "start");
    const records = this.#talk?.recorders.has(aor) === true;
    if (wanted === records || (wanted && one.full)) return;
    if (!wanted) this.#talk!.leave(aor);
    else keeper.join(this.#talk ??= keeper.begin(kind), one, this.facts);
    this.#lookLater();
  }

  /** A recording that has reached its end while the conversation goes on is over by `now`, wall time ms: another one begins. */
  renew(aor: string, now: number): void {
    const one = this.#in.get(aor);
    const talk = this.#talk;
    if (one === undefined || talk === null || !this.#host.keeper.isExpired(talk, aor, now)) return;
    talk.leave(aor);
    this.review(aor);
  }

  #lookLater(): void {
    if (this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      this.#look();
    });
  }

  #look(): void {
    const recorded = this.#talk !== null && this.#talk.recorders.size > 0;
    if (this.#over || recorded === this.#recorded) return;
    this.#recorded = recorded;
    this.onRecords?.(recorded);
  }

  #seesMore({ parties: before }: Listener, { aor, parties }: Listener): void {
    if (this.#talk === null || !this.#talk.recorders.has(aor)) return;
    for (const party of parties) {
      if (!before.some(({ uri, name }) => uri === party.uri && name === party.name)) this.#talk.sees(aor, party);
    }
  }

  #tell(recorder: string, aor: string): void {
    if (recorder === aor || this.#told?.has(aor) === true) return;
    if (this.#cause === "") this.#cause = `history.recorded.${randomHex(8)}`;
    (this.#told ??= new Set()).add(aor);
    const { group, subject } = this.facts;
    this.#host.notices.tell(this.#cause, this.#in.get(recorder)!.listener, this.#in.get(aor)!.listener, group, subject);
  }
}
