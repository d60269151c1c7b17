import { detached } from "../foundation/mod.ts";
import { answerLater } from "./kv/group_commit.ts";
import { DamageError } from "./kv/blob_store.ts";
import { reasonOf } from "./kv/refusal.ts";
import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import {
  type Committed,
  type Contents,
  type RoomMessage,
  type RoomMessages,
  StorageError,
  type StoredContent,
} from "./repositories.ts";
import { decodeRoomHead, decodeRoomMessage, encodeRoomMessage, octetsIn } from "./room_messages_codec.ts";
import { type BodyWriting, readBody, writeBody } from "./room_messages_content.ts";

/** How much may be kept; live, read at each use. What is kept is in the memory of the rooms too. */
export interface RoomMessageLimits {
  /** Octets of messages of all rooms, and of one. */
  readonly octets: number;
  readonly roomOctets: number;
  /** Messages of all rooms: their index is in memory, about 150 octets each. */
  readonly count: number;
}

export const DEFAULT_ROOM_MESSAGE_LIMITS = {
  octets: 128 * 1024 * 1024,
  roomOctets: 32 * 1024 * 1024,
  count: 500_000,
} as const satisfies RoomMessageLimits;

export interface RoomMessagesOptions extends Omit<SealedLogOptions, "name" | "cacheOctets" | "slackOctets"> {
  readonly contents: Contents;
  readonly limits?: RoomMessageLimits;
}

/** A longer body is a content of its own, in chunks: it holds up no commit, and compaction does not write it again. */
const INLINE_OCTETS = 64 * 1024;
/** Counted for each message beside its body. */
const OVERHEAD = 128;
/** What was dropped stays no longer than so many octets come behind it: small, for it is what people said. */
const SLACK_OCTETS = 128 * 1024;

/** A message in the store, or on its way there. */
interface Entry {
  readonly id: number;
  readonly seq: number;
  readonly size: number;
  state: "writing" | "stored" | "dropped";
  content: StoredContent | null;
  /** Its body is being written as a content; `done` is told if nothing comes of it. */
  body: { readonly writing: BodyWriting; readonly done: Committed } | null;
}

interface Shelf {
  readonly room: string;
  /** In the order of `seq`. */
  entries: Entry[];
  octets: number;
}

/** Messages of rooms as records of a sealed log; in memory an index without text. */
export class LogRoomMessages implements RoomMessages {
  readonly #contents: Contents;
  readonly #limits: RoomMessageLimits;
  readonly #shelves = new Map<string, Shelf>();
  #log!: SealedLog;
  /** Not to be there any more, and could not be removed yet. */
  #unremoved: Pick<Entry, "id" | "content">[] = [];
  /** Records as they were found at the start: their owner reads them once, room by room, and blobs hold those of many rooms. */
  readonly #found = new Map<number, Uint8Array>();
  #count = 0;
  #octets = 0;

  private constructor({ contents, limits }: RoomMessagesOptions) {
    this.#contents = contents;
    this.#limits = limits ?? DEFAULT_ROOM_MESSAGE_LIMITS;
  }

  /** Before `contents.begin`: what the records name is claimed. */
  static async open(options: RoomMessagesOptions): Promise<LogRoomMessages> {
    const messages = new LogRoomMessages(options);
    const known = new Map<number, [Shelf, Entry]>();
    const logOptions = { ...options, name: "room_messages", slackOctets: SLACK_OCTETS };
    messages.#log = await SealedLog.open(logOptions, {
      onPut(id, record) {
        if (known.has(id)) return;
        known.set(id, messages.#replay(id, record));
        messages.#found.set(id, record.slice());
      },
      onRemoved(id) {
        const found = known.get(id);
        if (found === undefined) return;
        known.delete(id);
        messages.#takeOff(...found);
        messages.#found.delete(id);
        if (found[1].content !== null) messages.#contents.release(found[1].content);
      },
      onLate: (id) => messages.#erase({ id, content: null }),
    });
    // Compaction writes old messages again behind younger ones.
    for (const { entries } of messages.#shelves.values()) entries.sort((a, b) => a.seq - b.seq);
    return messages;
  }

  get count(): number {
    return this.#count;
  }
  get octets(): number {
    return this.#octets;
  }

  *rooms(): Iterable<string> {
    yield* this.#shelves.keys();
  }

  append(room: string, message: RoomMessage, done: Committed): void {
    const octets = octetsIn(message.body);
    const known = this.#shelves.get(room);
    const last = known?.entries[known.entries.length - 1];
    if (last !== undefined && message.seq <= last.seq) {
      throw new RangeError(`Message ${message.seq} of a room comes after message ${last.seq}`);
    }
    const full = this.#full(known, octets + OVERHEAD);
    if (full !== null) return answerLater(done, full);
    const shelf = known ?? this.#newShelf(room);
    const size = octets + OVERHEAD;
    const { seq } = message;
    const entry: Entry = { id: this.#log.newId(), seq, size, state: "writing", content: null, body: null };
    this.#putOn(shelf, entry);
    if (octets <= INLINE_OCTETS) return this.#write(shelf, entry, message, done);
    const finished = (outcome: StoredContent | StorageError) => {
      entry.body = null;
      if (outcome instanceof StorageError) return this.#failed(shelf, entry, outcome, done);
      this.#contents.claim(outcome);
      entry.content = outcome;
      this.#write(shelf, entry, message, done);
    };
    try {
      entry.body = { writing: writeBody(this.#contents, message, finished), done };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#takeOff(shelf, entry);
      answerLater(done, error);
    }
  }

  async read(room: string, after: number): Promise<RoomMessage[]> {
    const entries = this.#shelves.get(room)?.entries.filter(({ seq, state }) => seq > after && state === "stored") ??
      [];
    const messages: RoomMessage[] = [];
    for (const { id, seq, content } of entries) {
      const record = this.#found.get(id) ?? await this.#log.read(id);
      this.#found.delete(id);
      if (record === null) {
        // Dropped while others were read.
        if (this.#shelves.get(room)?.entries.some((entry) => entry.id === id)) {
          throw new DamageError(`the stored message ${seq} of a room is not there`);
        }
        continue;
      }
      const message = decodeRoomMessage(record);
      messages.push(content === null ? message : { ...message, body: [await readBody(this.#contents, content)] });
    }
    return messages;
  }

  drop(room: string, upTo: number): void {
    this.#retry();
    const shelf = this.#shelves.get(room);
    if (shelf === undefined) return;
    let count = 0;
    while (count < shelf.entries.length && shelf.entries[count].seq <= upTo) count++;
    for (const entry of shelf.entries.slice(0, count)) this.#drop(shelf, entry);
  }

  #drop(shelf: Shelf, entry: Entry): void {
    const { state, body } = entry;
    this.#takeOff(shelf, entry);
    this.#found.delete(entry.id);
    entry.state = "dropped";
    // One that is being written is removed when it is: its writer is told then.
    if (state === "stored") this.#erase(entry);
    else if (body !== null) {
      body.writing.abandon();
      answerLater(body.done, dropped());
    }
  }

  #write(shelf: Shelf, entry: Entry, message: RoomMessage, done: Committed): void {
    let record: Uint8Array;
    try {
      record = encodeRoomMessage(shelf.room, message, entry.content);
    } catch (cause) {
      const error = new StorageError("failed", `the message cannot be stored: ${reasonOf(cause)}`, { cause });
      return queueMicrotask(() => this.#failed(shelf, entry, error, done));
    }
    this.#log.put(entry.id, record, false, (error) => {
      if (error !== null) return this.#failed(shelf, entry, error, done);
      if (entry.state === "dropped") {
        this.#erase(entry);
        return done(dropped());
      }
      entry.state = "stored";
      done(null);
    });
  }

  #failed(shelf: Shelf, entry: Entry, error: StorageError, done: Committed): void {
    if (entry.state !== "dropped") this.#takeOff(shelf, entry);
    entry.state = "dropped";
    // It may be in the store yet, where that did not answer: it has to go before its content does.
    if (error.kind === "failed") this.#erase(entry);
    else if (entry.content !== null && error.kind === "full") this.#contents.release(entry.content);
    done(error);
  }

  #full(shelf: Shelf | undefined, size: number): StorageError | null {
    const { octets, roomOctets, count } = this.#limits;
    const inRoom = shelf?.octets ?? 0;
    let text: string;
    if (inRoom + size > roomOctets) text = `${inRoom} octets of the room are kept (at most ${roomOctets})`;
    else if (this.#octets + size > octets) text = `${this.#octets} octets of rooms are kept (at most ${octets})`;
    else if (this.#count >= count) text = `${this.#count} messages of rooms are kept (at most ${count})`;
    else return null;
    return new StorageError("full", text);
  }

  #newShelf(room: string): Shelf {
    const own = detached(room);
    const shelf: Shelf = { room: own, entries: [], octets: 0 };
    this.#shelves.set(own, shelf);
    return shelf;
  }

  #putOn(shelf: Shelf, entry: Entry): void {
    shelf.entries.push(entry);
    shelf.octets += entry.size;
    this.#octets += entry.size;
    this.#count++;
  }

  #takeOff(shelf: Shelf, entry: Entry): void {
    const at = shelf.entries.indexOf(entry);
    if (at === 0) shelf.entries.shift();
    else shelf.entries.splice(at, 1);
    shelf.octets -= entry.size;
    this.#octets -= entry.size;
    this.#count--;
    if (shelf.entries.length === 0) this.#shelves.delete(shelf.room);
  }

  #erase(gone: Pick<Entry, "id" | "content">): void {
    this.#log.remove(gone.id, null, true, (error) => {
      if (error === null) {
        if (gone.content !== null) this.#contents.release(gone.content);
      } else if (error.kind !== "closed") this.#unremoved.push(gone);
    });
  }

  #retry(): void {
    for (const gone of this.#unremoved.splice(0)) this.#erase(gone);
  }

  #replay(id: number, record: Uint8Array): [Shelf, Entry] {
    const { room, seq, octets, content } = decodeRoomHead(record);
    const shelf = this.#shelves.get(room) ?? this.#newShelf(room);
    if (content !== null) this.#contents.claim(content);
    const entry: Entry = { id, seq, size: octets + OVERHEAD, state: "stored", content, body: null };
    this.#putOn(shelf, entry);
    return [shelf, entry];
  }
}

function dropped(): StorageError {
  return new StorageError("failed", "the message was dropped while it was written");
}
