import { type HistoryMessage, StorageError, type TalkKind } from "../../../../storage/mod.ts";
import type {
  CommandRefusal,
  Conversation,
  ConversationFacts,
  Listener,
  RecordingDesk,
} from "../../recording/desk_types.ts";

/** What was recorded, for whom. */
export interface Kept {
  readonly message: HistoryMessage;
  readonly owners: readonly string[];
}

/** One conversation of the fake desk. */
export class FakeConversation implements Conversation {
  readonly facts: ConversationFacts;
  readonly listeners = new Map<string, Listener>();
  readonly kept: Kept[] = [];
  readonly lostFor: string[] = [];
  onRecords: ((recorded: boolean) => void) | null = null;
  closed = false;
  readonly #desk: FakeDesk;

  constructor(desk: FakeDesk, facts: ConversationFacts) {
    this.#desk = desk;
    this.facts = facts;
  }
  get texts(): string[] {
    return this.kept.map(({ message }) => new TextDecoder().decode(message.body));
  }
  records(aors: Iterable<string>): boolean {
    for (const aor of aors) if (this.listeners.has(aor) && this.#desk.wishes.has(aor)) return true;
    return false;
  }
  join(listener: Listener): void {
    this.listeners.set(listener.aor, listener);
  }
  leave(aor: string): void {
    this.listeners.delete(aor);
  }
  said(message: HistoryMessage, aors: Iterable<string>, done: () => void): void {
    if (this.closed) throw new Error("said in a conversation that is closed");
    const owners = [...aors].filter((aor) => this.records([aor]));
    if (owners.length > 0) this.kept.push({ message: { ...message, body: message.body.slice() }, owners });
    if (this.#desk.manual) this.#desk.waiting.push(done);
    else queueMicrotask(done);
  }
  lost(aors: Iterable<string>, error: StorageError): void {
    if (!(error instanceof StorageError)) throw new Error("lost without a reason");
    this.lostFor.push(...[...aors].filter((aor) => this.records([aor])));
  }
  close(): void {
    this.closed = true;
  }
}

/** A desk that keeps in memory what it is given. For tests only. */
export class FakeDesk implements RecordingDesk {
  idle = false;
  readonly wishes = new Set<string>();
  readonly opened: FakeConversation[] = [];
  /** Nothing is kept until the test says so. */
  manual = false;
  readonly waiting: (() => void)[] = [];

  wants(aor: string, _kind: TalkKind): boolean {
    return this.wishes.has(aor);
  }
  open(facts: ConversationFacts): FakeConversation {
    const conversation = new FakeConversation(this, facts);
    this.opened.push(conversation);
    return conversation;
  }
  pager(): void {
    throw new Error("no session");
  }
  command(): CommandRefusal | null {
    return null;
  }
  commit(): void {
    for (const done of this.waiting.splice(0)) done();
  }
  /** A wish that is another one now is told to the conversations. */
  wish(aor: string, wanted: boolean): void {
    if (wanted) this.wishes.add(aor);
    else this.wishes.delete(aor);
    for (const { listeners, onRecords } of this.opened) if (listeners.has(aor)) onRecords?.(wanted);
  }
}
