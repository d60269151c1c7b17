import { headerId, type HeaderName } from "./header_names.ts";
import { firstOfList, type SipMessage } from "./message.ts";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A new head made from a message's own, with only the touched lines rewritten: everything else is copied as it came,
 * unknown headers, odd spellings and foreign octets included. The message itself stays as it is.
 */
export class HeadEditor {
  readonly #message: SipMessage;
  readonly #edits: Edit[] = [];

  constructor(message: SipMessage) {
    this.#message = message;
  }

  /** Another start line, without its CRLF. */
  startLine(text: string): this {
    return this.#edit(0, this.#message.head.indexOf("\r\n"), text);
  }

  /** A new line before the first line of that header; after the start line when there is none. */
  prepend(name: HeaderName, value: string): this {
    const i = this.#message.indexOf(name);
    const at = i < 0 ? this.#message.head.indexOf("\r\n") + 2 : this.#message.lineStart(i);
    return this.#edit(at, at, `${name}: ${value}\r\n`);
  }

  /** A new line after all others. */
  append(name: HeaderName, value: string): this {
    const at = this.#message.headersEnd;
    return this.#edit(at, at, `${name}: ${value}\r\n`);
  }

  /** One line with this value in the place of all lines of that header. */
  set(name: HeaderName, value: string): this {
    const first = this.#message.indexOf(name);
    if (first < 0) return this.append(name, value);
    this.#edit(this.#message.lineStart(first), this.#message.lineEnd(first), `${name}: ${value}\r\n`);
    return this.#removeFrom(name, first + 1);
  }

  /** Takes out every line of that header. */
  remove(name: HeaderName): this {
    return this.#removeFrom(name, 0);
  }

  /** Takes out line `i`. */
  removeLine(i: number): this {
    return this.#edit(this.#message.lineStart(i), this.#message.lineEnd(i), "");
  }

  /** Takes out the first comma-separated values of a header, `count` of them over its lines. */
  pop(name: HeaderName, count = 1): this {
    const message = this.#message;
    const id = headerId(name);
    let left = count;
    for (let i = 0; i < message.lines && left > 0; i++) {
      if (message.ids[i] !== id) continue;
      let rest = message.valueAt(i);
      while (left > 0 && rest !== "") {
        rest = rest.slice(firstOfList(rest).length).replace(/^[ \t]*,?[ \t]*/, "");
        left--;
      }
      this.#edit(message.lineStart(i), message.lineEnd(i), rest === "" ? "" : `${name}: ${rest}\r\n`);
    }
    return this;
  }

  /** The new head. */
  toString(): string {
    const edits = this.#edits;
    if (edits.length > 1) edits.sort((a, b) => a.start - b.start || a.end - b.end);
    const head = this.#message.head;
    let text = "";
    let at = 0;
    for (const edit of edits) {
      text += head.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + head.slice(at);
  }

  #removeFrom(name: HeaderName, from: number): this {
    const message = this.#message;
    const id = headerId(name);
    for (let i = from; i < message.lines; i++) {
      if (message.ids[i] === id) this.#edit(message.lineStart(i), message.lineEnd(i), "");
    }
    return this;
  }

  #edit(start: number, end: number, text: string): this {
    this.#edits.push({ start, end, text });
    return this;
  }
}
