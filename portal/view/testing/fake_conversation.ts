import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type {
  ConversationKind,
  ConversationModel,
  FilePart,
  LocalFile,
  LocationPart,
  MessageModel,
  MessagePart,
  MessageState,
  Problem,
  RoomModel,
  SendProblem,
  SessionState,
} from "../../model/mod.ts";

/** What a message of a fake is made of; everything may be left out. */
export interface FakeMessage {
  readonly id?: string;
  readonly own?: boolean;
  readonly from?: string;
  readonly fromName?: string;
  readonly at?: number;
  readonly text?: string;
  readonly part?: MessagePart;
  readonly state?: MessageState;
  readonly problem?: Problem;
  readonly privateWith?: string;
}

/** A message whose signals a test can set. */
export interface FakeMessageModel extends MessageModel {
  readonly state: Signal<MessageState>;
  readonly problem: Signal<Problem | null>;
}

let made = 0;

export function fakeMessage(given: FakeMessage): FakeMessageModel {
  const own = given.own ?? false;
  return {
    id: given.id ?? `m${++made}`,
    own,
    from: given.from ?? (own ? "sip:ada@example.test" : "sip:bob@example.test"),
    fromName: given.fromName ?? (own ? "Ada Lovelace" : "Bob Ross"),
    at: given.at ?? Date.now(),
    part: given.part ?? { kind: "text", text: given.text ?? "" },
    state: signal<MessageState>(given.state ?? (own ? "delivered" : "received")),
    problem: signal<Problem | null>(given.problem ?? null),
    privateWith: given.privateWith ?? "",
  };
}

type FileState = FilePart["state"]["value"];

/** A file whose state a test can set. */
export function fakeFile(
  name: string,
  size: number,
  type: string,
  first: FileState = "ready",
  content?: Blob,
): FilePart & {
  readonly state: Signal<FileState>;
  readonly moved: Signal<number>;
} {
  const state = signal<FileState>(first),
    moved = signal(first === "ready" ? size : first === "moving" ? size * 0.4 : 0);
  return {
    kind: "file",
    name,
    size,
    type,
    state,
    moved,
    problem: signal(first === "failed" ? { status: 413, text: "", retryAfter: 0, fields: {} } : null),
    open: () => Promise.resolve(content ?? new Blob(["content"], { type })),
    accept: () => void (state.value = "moving"),
    refuse: () => void (state.value = "failed"),
    cancel: () => void (state.value = "failed"),
  };
}

export interface FakeConversationParts {
  readonly key: string;
  readonly kind?: ConversationKind;
  readonly title: string;
  readonly messages?: readonly FakeMessageModel[];
  /** Is put in front, page by page, by `loadOlder`. */
  readonly before?: readonly (readonly FakeMessageModel[])[];
  readonly unread?: number;
  readonly muted?: boolean;
  readonly room?: RoomModel;
  readonly fileLimit?: number;
}

/** A conversation of a stage: what is sent appears and arrives a moment later. */
export class FakeConversation implements ConversationModel {
  readonly key: string;
  readonly kind: ConversationKind;
  readonly title: Signal<string>;
  readonly messages: Signal<readonly MessageModel[]>;
  readonly older: Signal<"some" | "loading" | "none" | "unrecorded" | "failed">;
  readonly unread: Signal<number>;
  readonly firstUnread: Signal<string>;
  readonly last: ReadonlySignal<MessageModel | null>;
  readonly writing = signal<readonly string[]>([]);
  readonly draft = signal("");
  readonly muted: Signal<boolean>;
  readonly room: RoomModel | null;
  /** Calls that a test may look at. */
  readonly calls: string[] = [];
  readonly session: Signal<SessionState> = signal("none");
  readonly #before: (readonly FakeMessageModel[])[];
  readonly #fileLimit: number;

  constructor(parts: FakeConversationParts) {
    const messages = parts.messages ?? [], unread = parts.unread ?? 0;
    this.key = parts.key;
    this.kind = parts.kind ?? (parts.room === undefined ? "person" : "room");
    this.title = signal(parts.title);
    this.messages = signal(messages);
    this.#before = [...parts.before ?? []];
    this.older = signal(this.#before.length > 0 ? "some" : "none");
    this.unread = signal(unread);
    this.firstUnread = signal(unread > 0 ? messages.at(-unread)?.id ?? "" : "");
    this.last = computed(() => this.messages.value.at(-1) ?? null);
    this.muted = signal(parts.muted ?? false);
    this.room = parts.room ?? null;
    this.#fileLimit = parts.fileLimit ?? 10_000_000;
  }

  /** Somebody says something. */
  receive(message: FakeMessage): FakeMessageModel {
    const made = fakeMessage({ from: this.key, fromName: this.title.peek(), ...message });
    this.messages.value = [...this.messages.peek(), made];
    if (!made.own) this.unread.value++;
    return made;
  }

  send(text: string): SendProblem | null {
    if (text.trim() === "") return { code: "empty" };
    const size = new TextEncoder().encode(text).length;
    if (size > 20_000) return { code: "too-large", size, limit: 20_000 };
    this.calls.push(`send ${text}`);
    this.#say(fakeMessage({ own: true, text, state: "sending" }));
    return null;
  }

  whisper(to: string, text: string): SendProblem | null {
    const name = this.room?.members.peek().find(({ uri }) => uri === to)?.name ?? to;
    this.#say(fakeMessage({ own: true, text, state: "sent", privateWith: name }));
    return null;
  }

  sendFile(file: LocalFile): SendProblem | null {
    if (file.size > this.#fileLimit) return { code: "too-large", size: file.size, limit: this.#fileLimit };
    this.calls.push(`file ${file.name}`);
    const part = fakeFile(file.name, file.size, file.type, "ready", file.slice(0, file.size));
    this.#say(fakeMessage({ own: true, part, state: "sent" }));
    return null;
  }

  sendLocation(location: Omit<LocationPart, "kind">): SendProblem | null {
    this.#say(fakeMessage({ own: true, part: { kind: "location", ...location }, state: "sent" }));
    return null;
  }

  retry(id: string): boolean {
    const found = this.messages.peek().find((message) => message.id === id) as FakeMessageModel | undefined;
    if (found === undefined) return false;
    found.problem.value = null;
    found.state.value = "sent";
    return true;
  }

  discard(id: string): void {
    this.messages.value = this.messages.peek().filter((message) => message.id !== id);
  }

  loadOlder(): Promise<void> {
    const page = this.#before.pop();
    if (page !== undefined) this.messages.value = [...page, ...this.messages.peek()];
    this.older.value = this.#before.length > 0 ? "some" : "none";
    return Promise.resolve();
  }

  show(id: string): Promise<boolean> {
    return Promise.resolve(this.messages.peek().some((message) => message.id === id));
  }

  seen(): void {
    this.unread.value = 0;
  }

  typed(): void {
    this.calls.push("typed");
  }

  invite(): boolean {
    this.session.value = "asked";
    return true;
  }

  endSession(): void {
    this.session.value = "none";
  }

  mute(on: boolean): void {
    this.muted.value = on;
  }

  close(): void {
    this.calls.push("close");
  }

  #say(message: FakeMessageModel): void {
    this.messages.value = [...this.messages.peek(), message];
    queueMicrotask(() => void (message.state.value = "delivered"));
  }
}
