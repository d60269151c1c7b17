import {
  ClientHistory,
  type FileSink,
  type ImClient,
  type Reason,
  type RecordedHead,
  type RecordedMessage,
  type Retrieval,
} from "../../client/mod.ts";
import { mediaType } from "../../transport/payload/mod.ts";
import type { FileFolder } from "./file_folder.ts";
import type { View } from "./view.ts";

/** Recordings on their way: text is shown, everything else goes into the folder. */
export class HistoryFetch {
  readonly #view: View;
  readonly #folder: FileFolder | null;
  readonly #done: (ok: boolean) => void;
  #messages = 0;
  /** Small ones that could not be kept; in the end the large ones, too. */
  #missing = 0;
  /** Contents that are being kept: the end is told after them. */
  #keeping = 0;
  #end: { readonly problem: Reason | null } | null = null;

  /** `folder` null: only text is taken. `done`: once, `ok` where all is there. */
  constructor(view: View, folder: FileFolder | null, done: (ok: boolean) => void) {
    this.#view = view;
    this.#folder = folder;
    this.#done = done;
  }

  /** Null where there are as many sessions as may be; `done` is not called then. */
  begin(client: ImClient, references: readonly string[]): Retrieval | null {
    const folder = this.#folder;
    return new ClientHistory(client).retrieve(references, (message) => this.#came(message), {
      onLarge: (head) => folder === null ? this.#passedOver(head) : this.#sink(head),
      onLargeEnded: (head, place, problem) => this.#kept(head, place, problem),
      onEnd: (problem, passedOver) => this.#ended(problem, passedOver),
    });
  }

  #came(message: RecordedMessage): void {
    const { body, text } = message;
    this.#messages++;
    if (isText(message)) return this.#show(message, text, "", "");
    const sink = this.#folder === null ? null : this.#sink(message);
    if (sink === null) {
      if (this.#folder === null) this.#show(message, "", "", NO_FOLDER);
      return void this.#missing++;
    }
    this.#keeping++;
    const problem = sink.write(body, 0);
    if (problem === "") sink.finish((_sha1, problem) => this.#finished(message, sink, problem));
    else this.#finished(message, sink, problem);
  }

  #finished(message: RecordedMessage, sink: FileSink, problem: string): void {
    let place = "", reason = problem;
    try {
      if (reason === "") place = sink.keep();
    } catch (error) {
      reason = (error as Error).message;
    }
    if (place === "") {
      sink.abort(reason, false);
      this.#missing++;
    }
    this.#show(message, "", place, reason);
    this.#keeping--;
    this.#tellEnd();
  }

  /** A large one. */
  #kept(head: RecordedHead, place: string, problem: string): void {
    if (problem === "") this.#messages++;
    this.#show(head, "", place, problem);
  }

  #passedOver(head: RecordedHead): null {
    this.#show(head, "", "", NO_FOLDER);
    return null;
  }

  /** Null where the folder takes nothing, which is told. */
  #sink(head: RecordedHead): FileSink | null {
    try {
      return this.#folder!.sinkFor({ name: head.file === "" ? "message" : head.file, hashes: [] }, 0);
    } catch (error) {
      this.#show(head, "", "", (error as Error).message);
      return null;
    }
  }

  #show(head: RecordedHead, text: string, place: string, reason: string): void {
    const { from, to, at, messageId, contentType, file, size } = head;
    this.#view.show({
      event: "recorded",
      from: from.uri,
      name: from.name,
      to,
      sent: at,
      id: messageId,
      type: contentType,
      text,
      file,
      bytes: size,
      place,
      reason,
    });
  }

  #ended(problem: Reason | null, passedOver: number): void {
    this.#missing += passedOver;
    this.#end = { problem };
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#end === null || this.#keeping > 0) return;
    const { problem } = this.#end;
    const missing = this.#missing;
    this.#view.show({
      event: "history-ended",
      ok: problem === null,
      messages: this.#messages,
      missing,
      status: problem?.status ?? 0,
      reason: problem?.text ?? "",
    });
    this.#done(problem === null && missing === 0);
  }
}

const NO_FOLDER = "it is not taken: start with --files DIR";

function isText({ contentType, file }: RecordedHead): boolean {
  return file === "" && mediaType(contentType).startsWith("text/");
}
