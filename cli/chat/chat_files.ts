import { resolve } from "node:path";
import type { Clock } from "../../foundation/mod.ts";
import type { FileAsked, FileOffered, FileTransfer, ImClient, Reason } from "../../client/mod.ts";
import type { FileFacts } from "./events.ts";
import type { FileFolder } from "./file_folder.ts";
import { sizeText } from "./progress_bar.ts";
import { fileSource, SharedFiles } from "./shared_files.ts";
import type { View } from "./view.ts";

/** Files that wait for `/get`. */
const OFFERS = 100;
/** Progress of one file is told so often. */
const PROGRESS_MS = 200;

export interface ChatFilesParts {
  readonly view: View;
  readonly clock: Clock;
  /** Null: files from others are not taken. */
  readonly folder: FileFolder | null;
  /** Files are taken only after `/get`. */
  readonly ask: boolean;
  /** The folder that paths are relative to. */
  readonly cwd: string;
  /** Something has come to its end. */
  readonly settled: () => void;
}

/** Files of both sides: what is offered, asked for, shared and on its way. */
export class ChatFiles {
  /** Files that failed, or could not even be sent. */
  failures = 0;
  readonly #parts: ChatFilesParts;
  readonly #shared = new SharedFiles();
  #offers: FileOffered[] = [];
  readonly #told = new Map<FileTransfer, number>();
  /** Files whose hash is being computed. */
  #hashing = 0;

  constructor(parts: ChatFilesParts) {
    this.#parts = parts;
  }

  /** Files of ours that are being read before they are offered. */
  get preparing(): number {
    return this.#hashing;
  }

  async send(client: ImClient, path: string, to: string): Promise<void> {
    this.#hashing++;
    try {
      const source = await fileSource(resolve(this.#parts.cwd, path));
      if (client.sendFile(to, source) === null) throw new Error("there are too many sessions, or we are leaving");
    } catch (error) {
      this.failures++;
      this.#error(`"${path}" was not sent: ${(error as Error).message}`);
    } finally {
      this.#hashing--;
      this.#parts.settled();
    }
  }

  async share(path: string): Promise<void> {
    try {
      const source = await fileSource(resolve(this.#parts.cwd, path));
      this.#shared.add(source);
      const text = `"${source.name}" (${sizeText(source.size)}) can be asked for`;
      this.#parts.view.show({ event: "notice", text });
    } catch (error) {
      this.#error(`"${path}" is not shared: ${(error as Error).message}`);
    }
  }

  /** Takes the file that was offered last. */
  take(): void {
    const offer = this.#offers.pop();
    if (offer === undefined) this.#error("no file is offered; /get NAME asks for one");
    else this.#accept(offer);
  }

  /** Declines the file that was offered last; false where none is. */
  decline(text: string): boolean {
    const offer = this.#offers.pop();
    offer?.refuse(603, text);
    return offer !== undefined;
  }

  /** Asks `from` for a file. */
  fetch(client: ImClient, from: string, name: string): void {
    const { folder } = this.#parts;
    if (folder === null) return this.#error("files are not taken: start with --files DIR");
    const selector = { name, hashes: [] };
    try {
      const sink = folder.sinkFor(selector, 0);
      if (sink !== null && client.fetchFile(from, selector, sink) !== null) return;
      sink?.abort("not asked for", false);
      this.#error("there are too many sessions, or we are leaving");
    } catch (error) {
      this.#error(`the file cannot be taken: ${(error as Error).message}`);
    }
  }

  offered(offer: FileOffered): void {
    const { folder, ask, view } = this.#parts;
    view.show({ event: "file-offered", ...facts(offer.transfer) });
    if (folder === null) {
      view.show({ event: "notice", text: "files are not taken: start with --files DIR" });
      return offer.refuse(480, "Files are not taken here");
    }
    if (!ask) return this.#accept(offer);
    if (this.#offers.push(offer) > OFFERS) this.#offers.shift()!.refuse(486);
  }

  asked(asked: FileAsked): void {
    const source = this.#shared.find(asked.selector);
    const name = asked.selector.name ?? "";
    this.#parts.view.show({ event: "file-asked", peer: asked.from.uri, name, found: source !== undefined });
    if (source === undefined) asked.refuse();
    else asked.send(source);
  }

  progress(transfer: FileTransfer): void {
    const now = this.#parts.clock.monotonic();
    const last = this.#told.get(transfer);
    if (last !== undefined && now - last < PROGRESS_MS && transfer.moved !== transfer.size) return;
    this.#told.set(transfer, now);
    this.#parts.view.show({ event: "file", ...facts(transfer), moved: transfer.moved, state: transfer.state });
  }

  ended(transfer: FileTransfer, reason: Reason | null): void {
    this.#told.delete(transfer);
    // Its sender may have given up before anybody answered.
    this.#offers = this.#offers.filter((offer) => offer.transfer !== transfer);
    if (reason !== null) this.failures++;
    const { place, deferred } = transfer;
    const end = { ok: reason === null, deferred, place, reason: reason?.text ?? "" };
    this.#parts.view.show({ event: "file-ended", ...facts(transfer), ...end });
    // It is listed until its call has ended.
    queueMicrotask(() => this.#parts.settled());
  }

  #accept(offer: FileOffered): void {
    try {
      const sink = this.#parts.folder!.sinkFor(offer.file.selector, offer.start);
      if (sink === null) offer.refuse(488, "The beginning of this file is not here");
      else offer.accept(sink);
    } catch (error) {
      this.#error(`the file cannot be taken: ${(error as Error).message}`);
      offer.refuse(480, "The file cannot be kept");
    }
  }

  #error(text: string): void {
    this.#parts.view.show({ event: "error", text });
  }
}

function facts({ id, direction, peer, name, size, type }: FileTransfer): FileFacts {
  return { transfer: id, direction, peer: peer.uri, name, size, type };
}
