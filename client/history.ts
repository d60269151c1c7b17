import {
  HISTORY_LIST_TYPE,
  type HistoryCommand,
  type NamedConversation,
  writeHistoryCommand,
  writeReferences,
} from "../transport/payload/mod.ts";
import { domainOf } from "./account.ts";
import { Chat } from "./chat.ts";
import type { ClientWorld } from "./client_world.ts";
import type { ClientSubscriptions } from "./client_watch.ts";
import { HistoryListing, type Listed } from "./history_listing.ts";
import { HistoryRetrieval, type Retrieval, type RetrievalOptions } from "./history_retrieval.ts";
import { reason } from "./reason.ts";
import type { RecordedMessage } from "./recorded_message.ts";
import { type Asked, askService } from "./service_request.ts";
import type { Sessions } from "./sessions.ts";

/** What stands beside a client, not in it, works with. */
export interface ClientGround {
  readonly world: ClientWorld;
  readonly sessions: Sessions;
  readonly subscriptions: ClientSubscriptions;
}

/**
 * What a user's service remembers: conversations that are recorded when asked for, brought back, and deleted (oma-reference §3.5). Beside
 * the client, for not every client carries it: the portal asks REST.
 */
export class ClientHistory {
  readonly #world: ClientWorld;
  readonly #sessions: Sessions;
  readonly #subscriptions: ClientSubscriptions;

  constructor({ ground }: { readonly ground: ClientGround }) {
    this.#world = ground.world;
    this.#sessions = ground.sessions;
    this.#subscriptions = ground.subscriptions;
  }

  /**
   * What of ours is recorded, the latest first, `LISTED` at a time. `from`: the place of the first, 1 for the latest. `done`: once. False
   * where too much is asked for already. Throws RangeError for a place that is none.
   */
  list(from: number, done: Listed): boolean {
    return HistoryListing.begin(this.#subscriptions, from, done);
  }

  /**
   * Fetches recordings of ours: their messages come in order of time. Null where there are as many sessions as may be. Throws
   * RangeError for no reference, and for more than `MOST_REFERENCES`.
   */
  retrieve(
    references: readonly string[],
    onMessage: (message: RecordedMessage) => void,
    options: RetrievalOptions = {},
  ): Retrieval | null {
    const world = this.#world, service = this.#service("history"), list = listOf(references);
    return this.#sessions.retrieve((over) => new HistoryRetrieval(world, service, list, onMessage, options, over));
  }

  /**
   * Has a conversation recorded from now on, or no longer: a chat, a room or group by its URI, or all that is said with somebody by
   * MESSAGE. `name`: for the recording, folders before it, parted by "/". Throws RangeError for a name that is too long.
   */
  record(
    conversation: Chat | NamedConversation,
    action: HistoryCommand["action"],
    name = "",
    done: Asked = () => {},
  ): void {
    const isChat = conversation instanceof Chat;
    const named = isChat ? conversation.named : conversation;
    const body = writeHistoryCommand({ action, conversation: named, name });
    // A session of two has no name that both sides know: what is said inside of it is about it.
    if (!isChat || conversation.isRoom) {
      askService(this.#world, this.#service("history"), HISTORY_LIST_TYPE, body, done);
    } else if (!conversation.command(body, done)) queueMicrotask(() => done(reason(481, "the chat is not set up")));
  }

  /** Deletes recordings, and messages that wait, for good: all or none of them. Throws RangeError as `retrieve`. */
  remove(references: readonly string[], done: Asked = () => {}): void {
    askService(this.#world, this.#service("delete"), HISTORY_LIST_TYPE, listOf(references), done);
  }

  #service(name: "history" | "delete"): string {
    return `sip:${name}@${domainOf(this.#world.account)}`;
  }
}

function listOf(references: readonly string[]): Uint8Array {
  if (references.length === 0) throw new RangeError("no reference");
  return writeReferences(references);
}
