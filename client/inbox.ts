import { type CpimHead, type Disposition, type DispositionRequest, notificationFor } from "../transport/payload/mod.ts";
import type { Chat } from "./chat.ts";
import type { ClientWorld } from "./client_world.ts";
import { type Opened, textOf } from "./envelope.ts";
import type { MessageMode, ReceivedMessage } from "./im_user.ts";
import { Outbox, Seen } from "./outbox.ts";
import { SystemMessages } from "./system_messages.ts";

/** Somebody else. */
export interface Party {
  /** `sip:bob@example.test`. */
  readonly uri: string;
  /** "" for none. */
  readonly name: string;
}

/** A session in which a message came: what its sender is told goes back by it. */
export interface NotificationWay {
  /** `to`: whom it is for. False: it has to go another way. */
  notify(body: Uint8Array, to: string): boolean;
}

/** What the inbox asks of its client. */
export interface InboxHost {
  /** Sends a notification as a MESSAGE. */
  notifyByMessage(to: string, body: Uint8Array): void;
}

/** What comes in, by whatever mode: shown once, and its sender told what it asked to be told (RFC 5438 §7.2). */
export class Inbox {
  readonly world: ClientWorld;
  readonly outbox: Outbox;
  /** What the service itself says. */
  readonly system: SystemMessages;
  /** What recipients of ours are asked to tell. */
  readonly requests: readonly DispositionRequest[];
  /** The same for messages in sessions: there no 202 says that one is stored. */
  readonly sessionRequests: readonly DispositionRequest[];
  readonly #seen: Seen;
  readonly #host: InboxHost;

  constructor(world: ClientWorld, requests: readonly DispositionRequest[], host: InboxHost) {
    this.world = world;
    this.requests = requests;
    this.sessionRequests = requests.length === 0 ? requests : [...requests, "processing"];
    this.outbox = new Outbox(world.user, world.clock, world.limits.awaited);
    this.system = new SystemMessages(world);
    this.#seen = new Seen(world.limits.seen);
    this.#host = host;
  }

  /**
   * A message with content. `peer` is whom the service names as its sender; `way`: the session it came in, a chat as a rule; `request`: Call-ID
   * and CSeq of a MESSAGE.
   */
  content(
    what: Extract<Opened, { kind: "content" }>,
    peer: Party,
    mode: MessageMode,
    chat: Chat | null,
    way: NotificationWay | null = chat,
    request = "",
  ): void {
    // In a room the message says who of all speaks; between two the service does.
    const room = chat?.isRoom === true && what.from !== null;
    const from = room ? what.from!.uri : peer.uri;
    const fromName = room ? what.from!.name : peer.name !== "" ? peer.name : what.from?.name ?? "";
    const { head } = what;
    // A room, or somebody in a chat, cannot speak for the service.
    const word = chat === null ? this.system.read(from, what.contentType, what.body) : null;
    const first = this.#seen.first(from, word?.kind === "system" ? this.system.nameOf(word.body.id) : what.id);
    // What another device of ours said in a room comes here, too: nobody asks us of ourselves.
    const own = room && from.toLowerCase() === this.world.self.uri.toLowerCase();
    if (head !== null && !own) this.#tell(head, { kind: "delivery", status: "delivered" }, way);
    if (!first) return;
    let shown = false;
    const displayed = () => {
      if (shown || head === null || own) return;
      shown = true;
      this.#tell(head, { kind: "display", status: "displayed" }, way);
    };
    if (word?.kind === "system") return this.system.tell(word.body, displayed);
    const { contentType } = word ?? what;
    // The octets belong to the connection.
    const body = (word ?? what).body.slice();
    const message: ReceivedMessage = {
      id: what.id,
      request,
      from,
      fromName,
      isPrivate: room && chat!.isPrivate(what.head),
      mode,
      contentType,
      body,
      text: textOf(contentType, body),
      sentAt: what.sentAt,
      chat,
      displayed,
    };
    this.world.user.onMessage?.(message);
  }

  /** A notification whose session broke before it was there. */
  notifyByMessage(to: string, body: Uint8Array): void {
    this.#host.notifyByMessage(to, body);
  }

  #tell(head: CpimHead, disposition: Disposition, way: NotificationWay | null): void {
    const { clock, self } = this.world;
    let notification;
    try {
      notification = notificationFor(head, disposition, { now: clock.now(), from: self });
    } catch (error) {
      // Its addresses are none: nobody could be told.
      if (error instanceof SyntaxError) return;
      throw error;
    }
    if (notification === null || way?.notify(notification.body, notification.to) === true) return;
    this.#host.notifyByMessage(notification.to, notification.body);
  }
}
