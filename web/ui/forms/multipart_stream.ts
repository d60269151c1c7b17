/** A form whose file is taken in as it comes (RFC 7578, RFC 2046 §5.1.1): text fields first, then one file of any size. */
import { Buffer } from "node:buffer";
import { FormError, Posted } from "./posted.ts";

/** The file of such a form. */
export interface StreamedFile {
  readonly field: string;
  /** As the browser calls it. */
  readonly name: string;
  /** Its octets. Errs with FormError where the form ends before the file does. */
  readonly stream: ReadableStream<Uint8Array>;
}

export interface StreamedForm {
  /** The text fields that stand before the file. */
  readonly posted: Posted;
  /** Null where no file was chosen. */
  readonly file: StreamedFile | null;
  /**
   * Reads what is left, at most `limit` octets, and forgets it. Browsers show an answer only after all was sent: without this
   * a refusal looks like a broken connection.
   */
  discard(limit: number): Promise<void>;
}

/** Octets of all text fields together, and of one part's header. */
const MAX_TEXT = 65_536;
const MAX_HEADER = 8192;

/** Reads a form up to its first file. Rejects with FormError. */
export async function readStreamedForm(request: Request): Promise<StreamedForm> {
  const type = request.headers.get("content-type") ?? "";
  const [, quoted, bare] = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))/i.exec(type) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw new FormError(415, `a form with a file was expected, not "${type.slice(0, 80)}"`);
  const source = new PartSource(request.body, boundary);
  const fields: [string, string][] = [];
  let room = MAX_TEXT;
  await source.text(MAX_HEADER);
  while (await source.anotherPart()) {
    const { field, filename } = dispositionOf(await source.header());
    if (filename === null || filename === "") {
      const text = await source.text(room);
      room -= text.length;
      if (filename === null) fields.push([field, text]);
      continue;
    }
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const chunk = await source.chunk();
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      },
    }, { highWaterMark: 0 });
    const discard = (limit: number) => source.discard(limit);
    return { posted: new Posted(fields), file: { field, name: filename, stream }, discard };
  }
  return { posted: new Posted(fields), file: null, discard: () => Promise.resolve() };
}

/** The body of a multipart message, part by part. */
class PartSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  readonly #delimiter: Buffer;
  // The first delimiter has no line end before it.
  #held: Buffer = Buffer.from("\r\n");
  #ended = false;
  #partEnded = false;

  constructor(body: ReadableStream<Uint8Array> | null, boundary: string) {
    this.#reader = body?.getReader() ?? null;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  /** Behind a delimiter: whether a part follows. */
  async anotherPart(): Promise<boolean> {
    while (this.#held.length < 2) if (!await this.#fill()) throw broken();
    this.#partEnded = false;
    const next = this.#held.toString("latin1", 0, 2);
    this.#held = this.#held.subarray(2);
    if (next !== "\r\n" && next !== "--") throw broken();
    return next === "\r\n";
  }

  async header(): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf("\r\n\r\n");
      if (end >= 0) {
        const text = this.#held.toString("utf8", 0, end);
        // The line end before a delimiter may be this header's own.
        this.#held = this.#held.subarray(end + 2);
        this.#held = this.#held.indexOf(this.#delimiter) === 0 ? this.#held : this.#held.subarray(2);
        return text;
      }
      if (this.#held.length > MAX_HEADER || !await this.#fill()) throw broken();
    }
  }

  /** All of a part as text. */
  async text(limit: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let chunk = await this.chunk(); chunk !== null; chunk = await this.chunk()) {
      size += chunk.length;
      if (size > limit) throw new FormError(413, "the form's fields are too large");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The next octets of a part; null at its end. */
  async chunk(): Promise<Uint8Array | null> {
    if (this.#partEnded) return null;
    for (;;) {
      const at = this.#held.indexOf(this.#delimiter);
      const safe = at >= 0 ? at : this.#held.length - this.#delimiter.length + 1;
      if (safe > 0) {
        const part = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        return new Uint8Array(part);
      }
      if (at === 0) {
        this.#held = this.#held.subarray(this.#delimiter.length);
        this.#partEnded = true;
        return null;
      }
      if (!await this.#fill()) throw broken();
    }
  }

  async discard(limit: number): Promise<void> {
    this.#held = Buffer.alloc(0);
    let octets = 0;
    while (!this.#ended && octets <= limit) {
      await this.#fill();
      octets += this.#held.length;
      this.#held = Buffer.alloc(0);
    }
    if (!this.#ended) await this.#reader?.cancel();
  }

  async #fill(): Promise<boolean> {
    if (this.#ended || this.#reader === null) return false;
    const { done, value } = await this.#reader.read();
    if (done) {
      this.#ended = true;
      return false;
    }
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
    return true;
  }
}

function dispositionOf(header: string): { field: string; filename: string | null } {
  const line = header.split("\r\n").find((one) => /^content-disposition\s*:/i.test(one)) ?? "";
  const field = parameter(line, "name");
  if (field === null) throw broken();
  return { field, filename: parameter(line, "filename") };
}

/** Browsers write `"` as %22 in names (HTML, multipart/form-data encoding algorithm). */
function parameter(line: string, name: string): string | null {
  const [, value] = new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(line) ?? [];
  return value === undefined
    ? null
    : value.replace(/%(22|0D|0A)/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

function broken(): FormError {
  return new FormError(400, "the form is broken");
}
