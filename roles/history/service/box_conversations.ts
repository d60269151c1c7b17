import type { Clock } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import { type History, type Recording, type SaidMessage, StorageError } from "../../../storage/mod.ts";
import type {
  ConversationContent,
  ConversationHits,
  ConversationPage,
  ConversationQuery,
  ConversationService,
  ConversationView,
  FolderView,
  HistoryUsage,
  ReadMarkView,
  RecordingView,
  RecordWish,
  SaidView,
} from "../../admin/services/mod.ts";
import { refusalOfChange, tidyChange } from "../documents/recording_change.ts";
import { exportFile } from "../export/export_file.ts";
import type { HistorySettings } from "../history_settings.ts";
import type { Desk } from "../recording/desk.ts";
import type { Wishes } from "../recording/wishes.ts";
import { folderOf, isIn } from "../search/folders.ts";
import { bareAddress, withSomebody } from "../search/people.ts";
import { SearchTextError } from "../search/phrases.ts";
import { type HistorySearch, type PreparedSearch, queryOf } from "../search/query.ts";
import { conversationView, saidFacts, saidView } from "./conversation_views.ts";
import { InLine } from "./in_line.ts";
import { contentBody, originalBody, type ReadContents, streamOf } from "./message_body.ts";
import { UnreadCount } from "./read_marks.ts";

/** What it stands on. */
export interface BoxConversationsParts {
  readonly history: History;
  readonly contents: ReadContents;
  readonly wishes: Pick<Wishes, "get" | "set">;
  readonly desk: Pick<Desk, "order">;
  /** Read at each use. */
  readonly settings: HistorySettings;
  readonly clock: Clock;
}

/** Recorded conversations over the store, each user's own. */
export class BoxConversations implements ConversationService {
  readonly #parts: BoxConversationsParts;
  readonly #history: History;
  readonly #searches = new InLine();

  constructor(parts: BoxConversationsParts) {
    this.#parts = parts;
    this.#history = parts.history;
  }

  list(owner: string, query: ConversationQuery, after: string, limit: number): ConversationPage {
    const somebody = withSomebody(query.with);
    const found = this.#latestFirst(owner).filter((recording) =>
      (query.folder === null || isIn(recording.name, query.folder)) &&
      recording.endedAt >= query.from && recording.startedAt < query.until && somebody(recording)
    );
    const rest = after === "" ? found : behind(found, after);
    const page = rest.slice(0, limit);
    const next = page.length < rest.length ? placeOf(page[page.length - 1]) : "";
    return { conversations: page.map(conversationView), next, total: found.length };
  }

  find(owner: string, reference: string): ConversationView | null {
    const recording = this.#history.find(owner, reference);
    return recording === undefined ? null : conversationView(recording);
  }

  folders(owner: string): FolderView[] {
    const folders = new Map<string, { conversations: number; octets: number }>();
    for (const { name, octets } of this.#history.list(owner)) {
      const own = folderOf(name);
      // Folders around it are there, too, though nothing is in them.
      for (let at = own.indexOf("/"); at >= 0; at = own.indexOf("/", at + 1)) {
        const around = own.slice(0, at);
        if (!folders.has(around)) folders.set(around, { conversations: 0, octets: 0 });
      }
      const sum = folders.get(own) ?? { conversations: 0, octets: 0 };
      folders.set(own, { conversations: sum.conversations + 1, octets: sum.octets + octets });
    }
    return [...folders].map(([folder, sum]) => ({ folder, ...sum })).sort(byFolder);
  }

  async messages(owner: string, reference: string, after: number, limit: number) {
    const recording = this.#history.find(owner, reference);
    if (recording === undefined) return null;
    const found = await this.#history.read(owner, reference, after, limit);
    const messages: SaidView[] = [];
    for (const message of found) messages.push(await saidView(message, recording, this.#parts.contents));
    const last = found.at(-1)?.seq ?? 0;
    const goesOn = last > 0 && (await this.#history.read(owner, reference, last, 1)).length > 0;
    return { messages, next: goesOn ? last : 0 };
  }

  async content(owner: string, reference: string, seq: number, form: "original" | "content") {
    const message = await this.#message(owner, reference, seq);
    if (message === null) return null;
    const { contents } = this.#parts;
    const body = form === "original" ? originalBody(message, contents) : await contentBody(message, contents);
    const { contentType, octets } = body;
    return { content_type: contentType, file_name: message.file, octets, stream: streamOf(body.pieces()) };
  }

  async change(
    owner: string,
    reference: string,
    { name, subject, expires_at }: { name?: string; subject?: string; expires_at?: number },
  ): Promise<ConversationView | null> {
    const { settings, clock } = this.#parts;
    const recording = this.#history.find(owner, reference);
    if (recording === undefined) return null;
    const expiresAt = expires_at === 0 ? Infinity : expires_at;
    const change = tidyChange({ name, subject, expiresAt });
    const refusal = refusalOfChange(recording, change, settings, clock.now());
    if (refusal !== null) throw new OperationError("invalid", fieldFirst(refusal));
    const changed = await this.#history.change(owner, reference, change);
    return changed === null ? null : conversationView(changed);
  }

  async remove(owner: string, references: readonly string[]): Promise<boolean> {
    if (references.some((reference) => this.#history.find(owner, reference) === undefined)) return false;
    await this.#history.remove(owner, references);
    return true;
  }

  async search(
    owner: string,
    search: ConversationQuery & { words: string; reference: string },
    limit: number,
  ): Promise<ConversationHits> {
    const query = prepared(search);
    const { hits, more, bounded } = await this.#searches.run(owner, () => this.#history.search(owner, query, limit));
    const shown: ConversationHits["hits"][number][] = [];
    for (const { recording, message } of hits) {
      const facts = await this.#factsOf(owner, recording, message);
      // Deleted since it was found.
      if (facts === null) continue;
      shown.push({ conversation: conversationView(recording), message: facts, snippet: query.snippet(message) });
    }
    return { hits: shown, more, bounded };
  }

  /** References of conversations in which a message has all the words (for the Search Proxy). Rejects with OperationError as `search`. */
  async saying(
    owner: string,
    words: string,
    most: number,
  ): Promise<{ references: ReadonlySet<string>; bounded: boolean }> {
    const query = prepared({ words, reference: "", with: "", from: 0, until: Infinity, folder: null });
    const references = new Set<string>();
    const { hits, more, bounded } = await this.#searches.run(owner, () =>
      this.#history.search(owner, {
        ...query,
        // One message of each is enough.
        of: ({ reference }) => !references.has(reference),
        matches: (message, recording) => {
          if (references.has(recording.reference) || !query.matches(message, recording)) return false;
          references.add(recording.reference);
          return true;
        },
      }, most));
    // Those of which a long text was found.
    for (const { recording: { reference } } of hits) references.add(reference);
    return { references, bounded: bounded || more };
  }

  export(
    owner: string,
    reference: string,
    format: "json" | "html",
    style: { language: string; zone: string },
  ): ConversationContent | null {
    const recording = this.#history.find(owner, reference);
    if (recording === undefined) return null;
    const { contents, clock } = this.#parts;
    const { type, name, pieces } = exportFile(recording, format, { ...style, now: clock.now() }, {
      contents,
      read: (after) => this.#pageOf(owner, reference, after),
    });
    return { content_type: type, file_name: name, octets: -1, stream: streamOf(pieces) };
  }

  settings(owner: string): RecordingView {
    const { settings, wishes } = this.#parts;
    const { recordings, messages, octets } = this.#history.taken(owner);
    const { record, published, inForce } = wishes.get(owner);
    return {
      allowed: settings.enabled,
      record: record ?? "default",
      by_devices: published !== null,
      in_force: inForce,
      default: settings.record,
      keep_days: settings.keep_days,
      max_days: settings.max_days,
      taken: { conversations: recordings, messages, octets },
      quota: { conversations: settings.quota_conversations, octets: settings.quota_bytes },
    };
  }

  async changeSettings(owner: string, record: RecordWish): Promise<RecordingView> {
    await this.#parts.wishes.set(owner, record === "default" ? null : record);
    return this.settings(owner);
  }

  async marks(owner: string, filter: { with: string; limit: number }): Promise<ReadMarkView[]> {
    const peers = new Map<string, Recording[]>();
    const only = bareAddress(filter.with.trim());
    for (const recording of this.#latestFirst(owner)) {
      if (only !== "" && bareAddress(recording.with) !== only) continue;
      const known = peers.get(recording.with);
      if (known !== undefined) known.push(recording);
      else if (peers.size < filter.limit) peers.set(recording.with, [recording]);
    }
    const marks = this.#history.marks(owner);
    const count = new UnreadCount(this.#history, owner);
    const views: ReadMarkView[] = [];
    for (const [peer, recordings] of peers) views.push(await count.of(peer, recordings, marks.get(peer)));
    return views;
  }

  async mark(
    owner: string,
    mark: { with: string; at: number; reference: string; seq: number; back: boolean },
  ): Promise<ReadMarkView | null> {
    const { reference, seq } = mark;
    let { at } = mark;
    const address = bareAddress(mark.with.trim());
    const recordings = this.#latestFirst(owner).filter((one) => bareAddress(one.with) === address);
    if (recordings.length === 0) return null;
    const peer = recordings[0].with;
    if (reference !== "") {
      if (!recordings.some((one) => one.reference === reference)) return null;
      const message = await this.#message(owner, reference, seq);
      if (message === null) return null;
      at = message.at;
    }
    await this.#history.mark(owner, peer, { at, reference, seq: reference === "" ? 0 : seq }, mark.back);
    return await new UnreadCount(this.#history, owner).of(peer, recordings, this.#history.marks(owner).get(peer));
  }

  record(
    owner: string,
    { conversation, action, name }: { conversation: string; action: "start" | "stop"; name: string },
  ) {
    return this.#parts.desk.order(owner, conversation, action, name);
  }

  usage(): HistoryUsage[] {
    return [...this.#history.owners()].map((uri) => {
      const { recordings, messages, octets } = this.#history.taken(uri);
      return { uri, conversations: recordings, messages, octets };
    });
  }

  get totals() {
    const { recordings, messages, octets } = this.#history;
    return { conversations: recordings, messages, octets };
  }

  /** Null where it is not there any more. Rejects with StorageError, DamageError. */
  async #factsOf(
    owner: string,
    { reference }: Recording,
    message: SaidMessage,
  ): Promise<Omit<SaidView, "text"> | null> {
    const recording = this.#history.find(owner, reference);
    if (recording === undefined) return null;
    try {
      return await saidFacts(message, recording, this.#parts.contents);
    } catch (error) {
      // Its content went with it while it was read.
      if (error instanceof StorageError && this.#history.find(owner, reference) === undefined) return null;
      throw error;
    }
  }

  async #message(owner: string, reference: string, seq: number): Promise<SaidMessage | null> {
    if (this.#history.find(owner, reference) === undefined || seq < 1) return null;
    const [message] = await this.#history.read(owner, reference, seq - 1, 1);
    return message?.seq === seq ? message : null;
  }

  async #pageOf(owner: string, reference: string, after: number): Promise<readonly SaidMessage[]> {
    if (this.#history.find(owner, reference) === undefined) {
      throw new Error("the conversation has been removed meanwhile");
    }
    return await this.#history.read(owner, reference, after, 200);
  }

  #latestFirst(owner: string): Recording[] {
    return [...this.#history.list(owner)].sort((a, b) => b.endedAt - a.endedAt || (a.reference < b.reference ? -1 : 1));
  }
}

/** Throws OperationError `invalid`. */
function prepared(search: HistorySearch): PreparedSearch {
  try {
    return queryOf(search);
  } catch (error) {
    if (error instanceof SearchTextError) {
      throw new OperationError("invalid", `words ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Where a recording is in the list, for whoever asks for the next page. */
function placeOf({ endedAt, reference }: Recording): string {
  return `${endedAt}.${reference}`;
}

function behind(recordings: readonly Recording[], place: string): Recording[] {
  const [, time, reference] = /^([0-9]{1,16})\.(.+)$/.exec(place) ?? [];
  if (time === undefined) throw new OperationError("invalid", "after is not what `next` said");
  const at = Number(time);
  return recordings.filter((one) => one.endedAt < at || (one.endedAt === at && one.reference > reference));
}

function byFolder({ folder: a }: FolderView, { folder: b }: FolderView): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As REST names what is refused. */
function fieldFirst(refusal: string): string {
  return refusal.replace(/^the expiry/, "expires_at").replace(/^the /, "");
}
