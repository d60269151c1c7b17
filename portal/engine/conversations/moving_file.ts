import { type Signal, signal } from "@preact/signals-core";
import type { FileOffered, FileTransfer, Reason } from "../../../client/mod.ts";
import type { FilePart, Problem } from "../../model/mod.ts";
import { BlobSink } from "./blob_sink.ts";
import { safeName } from "./message_part.ts";

type FileState = "offered" | "waiting" | "moving" | "cut" | "ready" | "failed";

/** A file of somebody else, or of ours, on its way. */
abstract class MovingFile implements FilePart {
  readonly kind = "file";
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly state: Signal<FileState>;
  readonly moved = signal(0);
  readonly problem: Signal<Problem | null> = signal(null);

  constructor(file: { readonly name: string; readonly size: number; readonly type: string }, state: FileState) {
    this.name = safeName(file.name);
    this.size = file.size;
    this.type = file.type;
    this.state = signal(state);
  }

  abstract open(): Promise<Blob | null>;
  abstract cancel(): void;
  accept(): void {}
  refuse(): void {}

  /** Octets have moved, or the way has changed. */
  progress({ state, moved }: FileTransfer): void {
    this.moved.value = moved;
    if (state === "moving" || state === "cut") this.state.value = state;
  }

  ended(reason: Reason | null): void {
    if (reason === null) {
      this.moved.value = Math.max(this.size, this.moved.peek());
      this.state.value = "ready";
    } else this.fail(problemOf(reason));
  }

  fail(problem: Problem): void {
    this.problem.value = problem;
    this.state.value = "failed";
  }
}

/** One that somebody offers. */
export class OfferedFile extends MovingFile {
  readonly #offered: FileOffered;
  readonly #sink: BlobSink;
  readonly #taken: () => void;

  /** `most`: octets that are taken, 0 for any. `taken`: the user has said yes. */
  constructor(offered: FileOffered, most: number, taken: () => void) {
    super(offered.transfer, "offered");
    this.#offered = offered;
    this.#taken = taken;
    this.#sink = new BlobSink(this.type, most);
  }

  /** It was not accepted here. */
  get waits(): boolean {
    return this.state.peek() === "offered";
  }

  open(): Promise<Blob | null> {
    return Promise.resolve(this.#sink.blob);
  }

  override accept(): void {
    if (!this.waits) return;
    this.state.value = "waiting";
    this.#taken();
    this.#offered.accept(this.#sink);
  }

  override refuse(): void {
    if (!this.waits) return;
    this.state.value = "failed";
    this.#offered.refuse();
  }

  cancel(): void {
    if (this.waits) this.refuse();
    else this.#offered.transfer.cancel();
  }
}

/** One of ours. */
export class SentFile extends MovingFile {
  readonly #content: Blob;
  readonly #cancelled: () => void;
  /** Null while it waits for its turn. */
  transfer: FileTransfer | null = null;
  given = false;

  constructor(
    file: {
      readonly name: string;
      readonly size: number;
      readonly type: string;
      slice(from: number, to: number): Blob;
    },
    cancelled: () => void,
  ) {
    super(file, "waiting");
    this.#content = file.slice(0, file.size);
    this.#cancelled = cancelled;
  }

  open(): Promise<Blob | null> {
    return Promise.resolve(this.type === "" ? this.#content : this.#content.slice(0, this.size, this.type));
  }

  /** Tried once more. */
  again(): void {
    this.problem.value = null;
    this.moved.value = 0;
    this.state.value = "waiting";
    this.transfer = null;
    this.given = false;
  }

  cancel(): void {
    if (this.state.peek() === "ready" || this.state.peek() === "failed") return;
    this.given = true;
    if (this.transfer === null) this.#cancelled();
    else this.transfer.cancel();
  }
}

export function problemOf({ status, text, retryAfter }: Reason): Problem {
  return { status, text: plainWords(text), retryAfter, fields: {} };
}

/** What a person is told of a refusal: of a warning of the service the reason alone, and no number. */
function plainWords(text: string): string {
  return /(?:^|; )100 Function not allowed due to ([^;]+?)(?:;| \(\d{3}\)$|$)/.exec(text)?.[1] ??
    text.replace(/ ?\(\d{3}\)$/, "");
}
