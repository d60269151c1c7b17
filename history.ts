/**
 * The Conversation History function with everything around it: what is recorded, who gets it back, and when it goes. Part of the
 * composition root, beside `appliance.ts`.
 */
import type { Clock, LogWriter, Metrics, Timed, Timer, Timers } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { UserChange } from "./operations/stored/mod.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import { tryParseUri } from "./transport/sip/mod.ts";
import { type CoreServices, insertBefore, type Row } from "./roles/sip_core/mod.ts";
import type { PublishedSettings } from "./roles/participating/mod.ts";
import { exploderUri } from "./roles/controlling/mod.ts";
import { DEFAULT_PUSH_SETTINGS, PushLoad } from "./roles/session_media/mod.ts";
import {
  BoxConversations,
  Desk,
  HISTORY_WISHES,
  HistoryCommands,
  RecordedConversations,
  RecordedCopies,
  RecordedIntakes,
  RecordedRooms,
  RecordedSessions,
  RecordingRows,
  Retention,
  Wishes,
  type WishRecord,
} from "./roles/history/mod.ts";
import type { ServedDocuments } from "./roles/xdm/mod.ts";
import type { Teller } from "./roles/system_messages/mod.ts";
import type { SessionSide } from "./deferral.ts";
import type { LiveSettings } from "./live_settings.ts";

/** What recording stands on. */
export interface ConversationHistoryParts {
  readonly config: Config;
  readonly live: LiveSettings;
  readonly storage: ParleyStorage;
  readonly services: CoreServices;
  readonly published: PublishedSettings;
  /** True for the folded URI of a group. */
  readonly isGroup: (uri: string) => boolean;
  /** Has the document server ask here for a usage. */
  readonly serve: (documents: ServedDocuments) => void;
  /** A user's document is another one. */
  readonly remade: (key: { readonly auid: string; readonly owner: string; readonly name: string }) => void;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: LogWriter;
  readonly failed: (error: unknown) => void;
}

/** So often is looked whether something has expired. */
const EXPIRY_MS = 60_000;
/** Changes of a user after which nobody brings them what was recorded. */
const ENDS_RETRIEVALS: ReadonlySet<UserChange> = new Set([
  "removed",
  "suspended",
  "unsubscribed",
  "barred",
  "password",
]);

/** Conversation history: one for the whole box. */
export class ConversationHistory implements Timed {
  readonly sessions: RecordedSessions;
  readonly intakes: RecordedIntakes;
  readonly copies: RecordedCopies;
  readonly rooms: RecordedRooms;
  /** For REST and pages. */
  readonly conversations: BoxConversations;
  readonly #parts: ConversationHistoryParts;
  readonly #desk: Desk;
  readonly #wishes: Wishes;
  readonly #rows: RecordingRows;
  readonly #commands: HistoryCommands;
  readonly #retention: Retention;
  /** What gives recordings back; from `join` on. */
  #recorded: RecordedConversations | null = null;
  #expiry: Timer | null = null;
  #expiring = false;

  private constructor(parts: ConversationHistoryParts, wishes: Wishes) {
    this.#parts = parts;
    this.#wishes = wishes;
    const { config, live, storage, services, teller, clock, timers, metrics, failed } = parts;
    const log = parts.log.child("history");
    const { history, contents, subscribers } = storage;
    const [host] = config.domains;
    const isUser = (aor: string) => subscribers.get(aor) !== undefined;
    const desk = this.#desk = new Desk({
      history,
      settings: live.history,
      wishes,
      isUser,
      isWrittenTo: (uri) => isUser(uri) || parts.isGroup(uri) || isElsewhere(uri, services),
      teller,
      clock,
      timers,
      log,
    });
    this.#retention = new Retention({ history, settings: live.history, log });
    const shared = { desk, contents, clock };
    this.#commands = new HistoryCommands({ desk, clock, host, failed });
    const command = this.#commands.infoCommand;
    this.sessions = new RecordedSessions({ ...shared, command });
    this.intakes = new RecordedIntakes(shared);
    const nameOf = (aor: string) => subscribers.get(aor)?.displayName ?? "";
    this.copies = new RecordedCopies({ desk, nameOf, clock });
    this.rooms = new RecordedRooms({ ...shared, isUser, command });
    this.#rows = new RecordingRows({
      ...shared,
      pager: live.pager,
      isGroup: parts.isGroup,
      exploder: exploderUri(host),
      log,
    });
    this.conversations = new BoxConversations({ history, contents, wishes, desk, settings: live.history, clock });
    history.onChanged = (owner) => {
      this.#recorded?.changed(owner);
      desk.recordingChanged(owner);
    };
    metrics.gauge(
      "parley_history_recordings",
      "Conversations that are kept, each once for each recorder",
      () => history.recordings,
    );
    metrics.gauge("parley_history_messages", "Messages in them, each once", () => history.messages);
    metrics.gauge("parley_history_octets", "Octets of their bodies, each once", () => history.octets);
    metrics.gauge("parley_history_open", "Conversations that go on and may be recorded", () => desk.conversations);
  }

  static async open(parts: ConversationHistoryParts): Promise<ConversationHistory> {
    const { live, storage, published } = parts;
    const records = await storage.records<WishRecord>(HISTORY_WISHES.name, HISTORY_WISHES.max);
    const isUser = (aor: string) => storage.subscribers.get(aor) !== undefined;
    return new ConversationHistory(parts, new Wishes({ records, published, settings: live.history, isUser }));
  }

  // What `sip:delete@domain` deletes besides messages that wait.

  isOne(reference: string): boolean {
    return this.#recorded?.isOne(reference) === true;
  }

  hasAll(aor: string, references: readonly string[]): boolean {
    return this.#recorded?.hasAll(aor, references) === true;
  }

  async remove(aor: string, references: readonly string[]): Promise<void> {
    await this.#recorded?.remove(aor, references);
  }

  /** Sessions can be had from now on: what was recorded can be brought. */
  join(side: SessionSide): void {
    const { live, storage, services, clock, timers, remade, serve } = this.#parts;
    const { contents, history } = storage;
    const push = { services, contents, settings: DEFAULT_PUSH_SETTINGS, load: new PushLoad(), ...side };
    const log = this.#parts.log.child("history");
    this.#recorded = new RecordedConversations({ history, settings: live.history, push, remade, clock, timers, log });
    serve(this.#recorded.documents);
  }

  /** Puts the rows for messages into the routing table: after the access rules, before rows are taken for requests of the box's own. */
  routeMessages(table: Row[]): void {
    this.#rows.joinMessages(table);
  }

  /** Puts all others there, when messages to lists have joined. */
  route(table: Row[]): void {
    insertBefore(table, "subscribe", this.#recorded!.row, this.#commands.row);
    this.#rows.joinLists(table);
  }

  /** With the doors open. */
  start(): void {
    // What a user left who was being removed when the box was killed.
    const { storage: { history, subscribers } } = this.#parts;
    for (const owner of [...history.owners()]) if (subscribers.get(owner) === undefined) this.#leave(owner);
    void this.#retention.look();
    this.onTimer();
  }

  /** Recording ends with the conversations; what is being written is written. While the doors are open. */
  stop(): void {
    this.#expiry?.stop();
    this.#expiry = null;
    this.#recorded?.stop();
    this.#retention.stop();
    this.#desk.stop();
  }

  /** What clients publish about recording may be another thing now. */
  publishedChanged(aor: string): void {
    this.#wishes.publishedChanged(aor);
  }

  /** The live settings have changed. */
  settingsChanged(): void {
    this.#desk.settingsChanged();
    void this.#retention.look();
  }

  /** After a change of a user has been committed. */
  userChanged(aor: string, change: UserChange): void {
    if (ENDS_RETRIEVALS.has(change)) this.#recorded?.end(aor);
    if (change === "removed") this.#leave(aor);
  }

  /** Before a user is removed: what was recorded for them goes. Rejects with StorageError. */
  async forget(aor: string): Promise<void> {
    await this.#desk.forget(aor);
    await this.#parts.storage.history.removeOwner(aor);
  }

  onTimer(): void {
    this.#expiry = this.#parts.timers.start(EXPIRY_MS, this, 0);
    const { storage: { history }, clock } = this.#parts;
    const now = clock.now();
    if (this.#expiring || history.nextExpiry > now) return;
    this.#expiring = true;
    this.#desk.renew(now);
    history.expire(now).then((gone) => {
      if (gone.length > 0) {
        this.#parts.log.child("history").info("recordings have expired", { recordings: gone.length });
      }
    }, (error: Error) => {
      this.#parts.log.child("history").error("recordings that have expired are still there", { error: error.message });
    }).finally(() => this.#expiring = false);
  }

  /** The user is gone: once more, for what came meanwhile. */
  #leave(aor: string): void {
    this.forget(aor).catch((error: Error) =>
      this.#parts.log.child("history").error("recordings of a removed user are still there", {
        user: aor,
        error: error.message,
      })
    );
  }
}

/** The URI is of another domain, and no address of the box itself. */
function isElsewhere(uri: string, { domains, wires }: CoreServices): boolean {
  const parsed = tryParseUri(uri);
  return parsed !== null && !domains.has(parsed.host) && !wires.isOwn(parsed.host, parsed.port, null);
}
