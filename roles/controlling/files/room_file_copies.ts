import { createHash } from "node:crypto";
import type { DeferredMessage, StoreOutcome } from "../../../storage/mod.ts";
import type { FileOffer } from "../../../transport/payload/mod.ts";
import { fileLines, type ManyRecipients } from "../../deferred/mod.ts";
import { LargeCopies } from "../explosion/large_copies.ts";
import type { LargeDeps } from "../explosion/large_deps.ts";
import type { LargeJobs } from "../explosion/large_jobs.ts";
import { isMember } from "../focus/may_return.ts";
import type { LiveRoom } from "../rooms/live_room.ts";
import { factoryUri } from "../service_uris.ts";
import { authorOf, nameOfRoom, roomFileHead } from "./room_file_head.ts";

/** A file on its way to a room. */
export interface RoomFilePlan {
  readonly room: LiveRoom;
  readonly file: FileOffer;
  /** Whom the core vouches for. */
  readonly sender: { readonly aor: string; readonly displayName: string; readonly number: string };
  /** The sender lets it be kept for who is away. */
  readonly keeps: boolean;
  /** Call-ID of the INVITE. */
  readonly callId: string;
}

/**
 * Those whom a file in a room is for: who hears its sender by the time that all of it is here. Each gets a stored file of its own over
 * one shared content, in the room's name; the delivery of what waits brings it at once to who is there, and to the others when they come.
 */
export class RoomFileCopies implements ManyRecipients {
  readonly #deps: LargeDeps;
  readonly #jobs: LargeJobs;
  readonly #plan: RoomFilePlan;

  constructor(deps: LargeDeps, jobs: LargeJobs, plan: RoomFilePlan) {
    this.#deps = deps;
    this.#jobs = jobs;
    this.#plan = plan;
  }

  /** The session is over, or its sender is in it no longer. */
  get isOver(): boolean {
    const { room, sender: { aor } } = this.#plan;
    return room.ended || room.isBarred(aor) || !isMember(room.find(aor));
  }

  dressed(): null {
    return null;
  }

  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void {
    const { room, file, sender, keeps } = this.#plan;
    const { host } = this.#deps;
    const author = room.find(sender.aor)!;
    const ours = { number: "", anonymous: false, ours: true, keeps };
    const copies = new LargeCopies(this.#deps, this.#jobs, {
      sender: { ...ours, ...sender },
      // The service itself: a room is gone before what it has passed on is.
      ruled: { ...ours, aor: factoryUri(host), isRoom: true },
      author: authorOf(author),
      target: nameOfRoom(room),
      recipients: room.listenersOf(author).map(({ aor }) => aor),
      named: false,
      history: null,
      callId: room.id,
      file: file.selector.name ?? "",
    });
    const headers = roomFileHead(room, author) + message.headers;
    copies.post({ ...message, sender: factoryUri(host), headers, messageId: this.#name(message) }, done);
  }

  /**
   * A transfer that is tried again has another call, and another Message-ID; RFC 5547 §6 gives it an id of its own. The name tells nothing
   * of its sender.
   */
  #name({ messageId = "" }: DeferredMessage): string {
    const { file, sender: { aor }, callId } = this.#plan;
    const tried = file.transferId ?? `${callId}\n${messageId}`;
    return createHash("sha256").update([aor, tried, fileLines(file)].join("\n")).digest("hex").slice(0, 32);
  }
}
