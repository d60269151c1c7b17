import type { FileAsked, FileOffered, Reason } from "../../../client/mod.ts";
import { acceptsType } from "../../../transport/payload/mod.ts";
import type { LocalFile, SendProblem } from "../../model/mod.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationHost } from "./conversation_host.ts";
import { sameAddress } from "./conversation_key.ts";
import { fileSource } from "./file_source.ts";
import { isPicture, picture } from "./message_part.ts";
import { Message } from "./message.ts";
import { newIdentity } from "./new_identity.ts";
import { OfferedFile, problemOf, SentFile } from "./moving_file.ts";

/** Pictures of contacts that are taken without asking. */
const SMALL = 1_048_576;
/** What a room wraps a picture in. */
const WRAPPER = 2_000;
/** Files of ours that may be asked for once more. */
const REMEMBERED = 20;

interface Sent {
  readonly file: LocalFile;
  readonly part: SentFile;
  readonly message: Message;
}

/** The files of one conversation. */
export class ConversationFiles {
  readonly #host: ConversationHost;
  readonly #conversation: Conversation;
  readonly #sent = new Map<string, Sent>();

  constructor(host: ConversationHost, conversation: Conversation) {
    this.#host = host;
    this.#conversation = conversation;
  }

  send(file: LocalFile): SendProblem | null {
    const { file: limit, fileTypes } = this.#host.parts.link.limits.peek();
    if (limit > 0 && file.size > limit) return { code: "too-large", size: file.size, limit };
    if (
      fileTypes.length > 0 &&
      !acceptsType({ acceptTypes: fileTypes, acceptWrappedTypes: [] }, file.type || "application/octet-stream")
    ) {
      return { code: "type", type: file.type, allowed: fileTypes };
    }
    return this.#conversation.inRoom === null ? this.#offer(file) : this.#show(file);
  }

  /** What waits for a way to the service has one. */
  flush(): void {
    for (const one of this.#sent.values()) if (!one.part.given) void this.#give(one);
  }

  /** False where it cannot be tried again. */
  retry(message: Message): boolean {
    const sent = this.#sent.get(message.id);
    if (sent === undefined) return false;
    sent.part.again();
    message.set("queued");
    void this.#give(sent);
    return true;
  }

  /** Somebody offers one. */
  offered(offered: FileOffered): void {
    const { people, parts, talk, alerting, transfers } = this.#host;
    const { from, transfer } = offered;
    const id = `file-${transfer.id}`;
    const conversation = this.#conversation;
    const part = new OfferedFile(
      offered,
      parts.link.limits.peek().file,
      // Nobody is to be asked in the other tabs any more.
      () => talk.say({ kind: "gone", key: conversation.key, id }),
    );
    const message = new Message({
      id,
      own: false,
      from: from.uri,
      fromName: people.nameOf(from.uri, from.name || undefined),
      at: parts.clock.now(),
      part,
      state: "received",
    });
    transfers.set(transfer, {
      progress: () => part.progress(transfer),
      ended: (reason) => {
        // Given up, or taken on another device, before anybody said a word here.
        if (part.waits) conversation.gone(id);
        else part.ended(reason);
      },
    });
    if (!conversation.add(message)) return offered.refuse(486);
    const isSmall = part.size >= 0 && part.size <= SMALL && isPicture(part.type);
    if (
      isSmall && people.contacts.peek().some(({ uri }) => sameAddress(uri, from.uri)) && alerting.claim(`take ${id}`)
    ) {
      part.accept();
    }
  }

  /** Somebody asks for one that was sent here. False where there is none like that. */
  asked(asked: FileAsked): boolean {
    const { name, size } = asked.selector;
    const found = [...this.#sent.values()].find(({ file }) =>
      (name === undefined || name === file.name) && (size === undefined || size === file.size)
    );
    if (found === undefined) return false;
    void fileSource(found.file, () => true).then(
      (source) => asked.send(source),
      () => asked.refuse(),
    );
    return true;
  }

  #offer(file: LocalFile): null {
    const { parts: { clock, link } } = this.#host;
    const { id } = newIdentity();
    const part = new SentFile(file, () => this.#failed(id, { status: 0, text: "", retryAfter: 0 }));
    const message = this.#message(id, part, clock.now(), "queued");
    const sent = { file, part, message };
    this.#sent.set(id, sent);
    for (const [oldest, { part }] of this.#sent) {
      if (this.#sent.size <= REMEMBERED) break;
      if (part.state.peek() === "ready" || part.state.peek() === "failed") this.#sent.delete(oldest);
    }
    this.#conversation.add(message);
    if (link.state.peek() === "online") void this.#give(sent);
    return null;
  }

  async #give(sent: Sent): Promise<void> {
    const { file, part, message } = sent;
    const { link } = this.#host.parts;
    if (part.given || link.state.peek() !== "online") return;
    part.given = true;
    message.set("sending");
    try {
      const source = await fileSource(file, () => part.state.peek() === "waiting");
      if (part.state.peek() !== "waiting") return;
      const transfer = link.client.sendFile(this.#conversation.address, source);
      if (transfer === null) return this.#failed(message.id, { status: 486, text: "", retryAfter: 0 });
      part.transfer = transfer;
      this.#host.transfers.set(transfer, {
        progress: () => part.progress(transfer),
        ended: (reason) => this.#ended(sent, reason),
      });
    } catch (error) {
      // A file that was moved, or changed, cannot be read any more.
      this.#failed(message.id, { status: 0, text: error instanceof Error ? error.message : "", retryAfter: 0 });
    }
  }

  #ended({ part, message }: Sent, reason: Reason | null): void {
    if (reason === null) {
      part.ended(null);
      message.become(part.transfer?.deferred === true ? "stored" : "delivered");
      return;
    }
    // It never left: it goes when there is a way.
    if (this.#host.parts.link.state.peek() !== "online" && part.moved.peek() === 0 && reason.text !== "given up") {
      part.again();
      return message.set("queued");
    }
    this.#failed(message.id, reason);
  }

  #failed(id: string, reason: Reason): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    const problem = problemOf(reason);
    sent.part.fail(problem);
    sent.message.set("failed", problem);
  }

  /** In a room files go inside of its session: pictures, as far as they are short enough for a message. */
  #show(file: LocalFile): SendProblem | null {
    const chat = this.#conversation.inRoom!.chat;
    if (chat === null || chat.state !== "open") return { code: "over" };
    if (!isPicture(file.type)) {
      return { code: "type", type: file.type, allowed: ["image/png", "image/jpeg", "image/gif", "image/webp"] };
    }
    const limit = Math.min(chat.theirs?.maxSize ?? Infinity, SMALL) - WRAPPER;
    if (file.size > limit) return { code: "too-large", size: file.size, limit };
    const { id } = newIdentity();
    const blob = file.slice(0, file.size);
    const part = picture(file.type, file.size, () => Promise.resolve(blob.slice(0, file.size, file.type)));
    const message = this.#message(id, part, this.#host.parts.clock.now(), "sending");
    this.#conversation.add(message);
    blob.arrayBuffer().then(
      (octets) => {
        if (chat.sendContent(file.type, new Uint8Array(octets), "", id) === null) {
          message.set("failed", { status: 503, text: "", retryAfter: 0, fields: {} });
        }
      },
      (error: Error) => message.set("failed", { status: 0, text: error.message, retryAfter: 0, fields: {} }),
    );
    return null;
  }

  #message(id: string, part: Message["part"], at: number, state: "queued" | "sending"): Message {
    const { me } = this.#host.parts.link;
    return new Message({ id, own: true, from: me.uri, fromName: me.name, at, part, state });
  }
}
