import type { ImUser, MessageIdentity, Reason, ReceivedMessage, SentMessage } from "../../../../client/mod.ts";
import type { FakeTime } from "../../../../foundation/testing.ts";
import { RestProblem } from "../../doors.ts";
import type { RecordedConversation, SaidMessage, ServerMark } from "../history_pages.ts";

/** What becomes of a request on its way. */
export type Fate = "arrives" | "lost" | "answer lost";

interface Kept {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly text: string;
  readonly contentType: string;
}

interface Recording {
  readonly reference: string;
  readonly with: string;
  readonly messages: SaidMessage[];
}

/** One user at the service: what is recorded, how far it is read, what waits. */
class ServiceUser {
  readonly clients = new Set<FakeClient>();
  readonly recordings = new Map<string, Recording[]>();
  readonly marks = new Map<string, { at: number; reference: string; seq: number }>();
  readonly waiting: Kept[] = [];
}

/** A service of users who write to each other, in memory: takes the same request once, records, stores for later. For tests only. */
export class FakeService {
  readonly time: FakeTime;
  readonly users = new Map<string, ServiceUser>();
  /** Requests that were taken, of all users: a recipient without our Message-IDs has each of them before their eyes. */
  readonly taken: Kept[] = [];
  /** Everything is recorded. */
  records = true;
  /** Messages of one recording; then another begins. */
  recordingLength = 7;
  /** The service's clock goes before that of its users by so much. */
  skew = 0;
  readonly #known = new Set<string>();
  #references = 0;
  #last = 0;

  constructor(time: FakeTime) {
    this.time = time;
  }

  user(uri: string): ServiceUser {
    let user = this.users.get(uri);
    if (user === undefined) this.users.set(uri, user = new ServiceUser());
    return user;
  }

  /** The service forgets which requests it has answered. */
  restart(): void {
    this.#known.clear();
  }

  take(from: string, to: string, identity: MessageIdentity, text: string, contentType = "text/plain"): void {
    const key = `${from} ${to} ${identity.callId} ${identity.tag}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const kept: Kept = { at: this.#next(), from, to, id: identity.id, text, contentType };
    this.taken.push(kept);
    if (this.records) {
      this.#record(from, to, kept, true);
      this.#record(to, from, kept, false);
    }
    const recipient = this.user(to);
    const there = [...recipient.clients].filter(({ online }) => online);
    if (there.length === 0) recipient.waiting.push(kept);
    for (const client of there) client.receive(kept);
  }

  /** Somebody comes: what has waited is brought to the first. */
  came(client: FakeClient): void {
    const { waiting } = this.user(client.uri);
    for (const kept of waiting.splice(0)) client.receive(kept);
  }

  /** No two messages have the same time. */
  #next(): number {
    return this.#last = Math.max(this.#last + 1, this.time.now() + this.skew);
  }

  #record(owner: string, peer: string, kept: Kept, own: boolean): void {
    const user = this.user(owner);
    const recordings = user.recordings.get(peer) ?? [];
    user.recordings.set(peer, recordings);
    let last = recordings.at(-1);
    // A request that comes again after a restart is known by the record (`EarlierMessages`).
    if (recordings.some(({ messages }) => messages.some(({ message_id }) => message_id === kept.id))) return;
    if (last === undefined || last.messages.length >= this.recordingLength) {
      recordings.push(last = { reference: `h-${++this.#references}`, with: peer, messages: [] });
    }
    last.messages.push({
      seq: last.messages.length + 1,
      at: kept.at,
      from: { uri: kept.from, name: "" },
      to: kept.to,
      own,
      message_id: kept.id,
      content_type: kept.contentType,
      octets: kept.text.length,
      file: "",
      text: kept.text,
    });
    for (const client of user.clients) if (client.online) client.user.onDocuments?.([client.document]);
  }

  // REST of one user.

  get(owner: string, path: string, query: Readonly<Record<string, string | number | undefined>>): unknown {
    const user = this.user(owner);
    const all = [...user.recordings.values()].flat();
    if (path === "/me/history/marks") {
      return { marks: [...user.recordings.keys()].map((peer) => this.mark(owner, peer)) };
    }
    if (path === "/me/history") {
      const found = all.filter((one) => query.with === undefined || one.with === query.with).map(viewOf);
      found.sort((a, b) => b.ended_at - a.ended_at || (a.reference < b.reference ? 1 : -1));
      const from = query.after === undefined ? 0 : Number(query.after);
      const page = found.slice(from, from + Number(query.limit));
      return { conversations: page, next: from + page.length < found.length ? String(from + page.length) : "" };
    }
    const reference = /^\/me\/history\/([^/]+)\/messages$/.exec(path)?.[1];
    const recording = all.find((one) => one.reference === reference);
    if (recording === undefined) throw problem(404);
    const after = Number(query.after), limit = Number(query.limit);
    const messages = recording.messages.slice(after, after + limit);
    const last = messages.at(-1)?.seq ?? 0;
    return { messages, next: last > 0 && last < recording.messages.length ? last : 0 };
  }

  put(owner: string, body: { readonly with: string; readonly reference: string; readonly seq: number }): ServerMark {
    const user = this.user(owner);
    const recording = user.recordings.get(body.with)?.find(({ reference }) => reference === body.reference);
    const message = recording?.messages[body.seq - 1];
    if (message === undefined) throw problem(404);
    const before = user.marks.get(body.with);
    if (before === undefined || message.at >= before.at) {
      user.marks.set(body.with, { at: message.at, reference: body.reference, seq: body.seq });
    }
    return this.mark(owner, body.with);
  }

  mark(owner: string, peer: string): ServerMark {
    const user = this.user(owner);
    const mark = user.marks.get(peer) ?? { at: 0, reference: "", seq: 0 };
    let unread = 0;
    for (const { reference, messages } of user.recordings.get(peer) ?? []) {
      for (const one of messages) {
        if (!one.own && (reference === mark.reference ? one.seq > mark.seq : one.at > mark.at)) unread++;
      }
    }
    return { with: peer, ...mark, unread };
  }
}

function viewOf({ reference, with: peer, messages }: Recording): RecordedConversation {
  return {
    reference,
    kind: "pager",
    with: peer,
    parties: [{ uri: peer, name: "" }],
    group: null,
    subject: "",
    started_at: messages[0].at,
    ended_at: messages.at(-1)!.at,
    messages: messages.length,
  };
}

function problem(status: number): RestProblem {
  return new RestProblem({ status, text: "", retryAfter: 0, fields: {} });
}

interface Sending {
  readonly message: { -readonly [K in keyof SentMessage]: SentMessage[K] };
  readonly identity: MessageIdentity;
  readonly to: string;
  readonly text: string;
  readonly contentType: string;
}

/** The client of one tab, as far as conversations use it. */
export class FakeClient {
  readonly uri: string;
  readonly document: string;
  readonly service: FakeService;
  user: ImUser = {};
  online = false;
  /** What becomes of the next requests; then they arrive. */
  readonly fates: Fate[] = [];
  readonly #lines = new Map<string, Sending[]>();
  readonly #seen = new Set<string>();

  constructor(service: FakeService, uri: string) {
    this.service = service;
    this.uri = uri;
    this.document = `org.openmobilealliance.conv-history/users/${uri}/conv-history`;
    service.user(uri).clients.add(this);
  }

  watchDocuments(): void {}

  sendMessage(
    to: string,
    contentType: string,
    body: Uint8Array,
    identity: MessageIdentity,
    people: readonly string[] | null = null,
  ): SentMessage {
    const text = new TextDecoder().decode(body);
    const message = {
      id: identity.id,
      to,
      mode: "pager" as const,
      state: "waiting" as const,
      deferred: false,
      chat: null,
    };
    const line = this.#lines.get(to) ?? [];
    this.#lines.set(to, line);
    for (const person of people ?? [to]) line.push({ message, identity, to: person, text, contentType });
    if (line.length === (people ?? [to]).length) queueMicrotask(() => this.#next(to));
    return message;
  }

  receive({ from, id, text, contentType, at }: Kept): void {
    const key = `${from} ${id}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const message: ReceivedMessage = {
      id,
      request: "",
      from,
      fromName: "",
      isPrivate: false,
      mode: "pager",
      contentType,
      body: new TextEncoder().encode(text),
      text,
      sentAt: new Date(at - this.service.skew).toISOString(),
      chat: null,
      displayed: () =>
        this.service.user(from).clients.forEach(({ user }) => user.onOthersMessageState?.(id, "displayed")),
    };
    this.user.onMessage?.(message);
  }

  /** A tab that is closed: nothing is heard of it any more. */
  gone(): void {
    this.online = false;
    this.user = {};
    this.service.user(this.uri).clients.delete(this);
  }

  #next(to: string): void {
    const line = this.#lines.get(to);
    const sending = line?.shift();
    if (sending === undefined) return void this.#lines.delete(to);
    const fate = this.online ? this.fates.shift() ?? "arrives" : "lost";
    if (fate !== "lost") this.service.take(this.uri, sending.to, sending.identity, sending.text, sending.contentType);
    const { message } = sending;
    message.state = fate === "arrives" ? "sent" : "failed";
    const reason: Reason | null = fate === "arrives"
      ? null
      : { status: 503, text: "cut", retryAfter: 0, unanswered: true };
    this.user.onMessageState?.(message, reason);
    queueMicrotask(() => this.#next(to));
  }
}
