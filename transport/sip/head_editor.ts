import { type HeaderId, headerId, type HeaderName, ID } from "./header_names.ts";
import { listEnd } from "./lists.ts";
import { oneLine, skipBlanks, trimmed } from "./grammar.ts";
import type { SipMessage } from "./sip_message.ts";

/** A line that is not the message's own. */
class NewLine {
  readonly id: HeaderId;
  readonly name: string;
  readonly value: string;
  constructor(id: HeaderId, name: string, value: string) {
    this.id = id;
    this.name = name;
    this.value = oneLine(value);
  }
}

/**
 * A new head made from a message's own, with only the touched lines rewritten: everything else is copied as it came,
 * unknown headers, odd spellings and foreign octets included. The message itself stays as it is.
 *
 * Edits take effect one after the other: `pop` twice takes two values, `remove` also takes what was prepended before it,
 * and of two `prepend`s the later stands first. A CR or LF in a value becomes a blank.
 */
export class HeadEditor {
  readonly #message: SipMessage;
  #startLine: string | null = null;
  /** The lines of the new head in order: a number is a line of the message as it is. */
  readonly #items: (number | NewLine)[] = [];

  constructor(message: SipMessage) {
    this.#message = message;
    for (let i = 0; i < message.lines; i++) this.#items.push(i);
  }

  /** Another start line, without its CRLF. */
  startLine(text: string): this {
    this.#startLine = oneLine(text);
    return this;
  }

  /**
   * A new line before the first line of that header. When there is none yet: a Via before everything, anything else behind
   * the Via lines that stand at the top.
   */
  prepend(name: HeaderName, value: string): this {
    const id = headerId(name);
    let at = this.#find(id, 0);
    if (at < 0) {
      at = 0;
      if (id !== ID.Via) { while (at < this.#items.length && this.idAt(at) === ID.Via) at++; }
    }
    return this.#insert(at, id, name, value);
  }

  /** A new line after all others. */
  append(name: HeaderName, value: string): this {
    this.#items.push(new NewLine(headerId(name), name, value));
    return this;
  }

  /** One line with this value in the place of all lines of that header; after all others where there was none. */
  set(name: HeaderName, value: string): this {
    const id = headerId(name);
    const first = this.#find(id, 0);
    if (first < 0) return this.append(name, value);
    this.#items[first] = new NewLine(id, name, value);
    return this.#removeFrom(id, first + 1);
  }

  /** Takes out every line of that header, whatever its spelling. */
  remove(name: HeaderName): this {
    return this.#removeFrom(headerId(name), 0);
  }

  /** Takes out line `i` of the message. Nothing happens when it is gone already. */
  removeLine(i: number): this {
    const at = this.#items.indexOf(i);
    if (at >= 0) this.#items.splice(at, 1);
    return this;
  }

  /**
   * Takes out the first comma-separated values of a header, `count` of them over its lines. A line that loses its last
   * value goes; what remains of a line is written on one line.
   */
  pop(name: HeaderName, count = 1): this {
    const id = headerId(name);
    let left = count;
    for (let at = this.#find(id, 0); at >= 0 && left > 0; at = this.#find(id, at)) {
      const value = this.valueAt(at);
      let start = nextValue(value, 0);
      while (left > 0 && start < value.length) {
        start = nextValue(value, listEnd(value, start));
        left--;
      }
      if (start >= value.length) this.#items.splice(at, 1);
      else this.#items[at++] = new NewLine(id, name, value.slice(start));
    }
    return this;
  }

  /** Number of header lines of the new head. */
  get lines(): number {
    return this.#items.length;
  }

  /** The number of the header in line `at` of the new head; 0: not in the table. */
  idAt(at: number): HeaderId {
    const item = this.#items[at];
    return typeof item === "number" ? this.#message.ids[item] : item.id;
  }

  /** The name in line `at`, as it will be written. */
  nameAt(at: number): string {
    const item = this.#items[at];
    return typeof item === "number" ? this.#message.nameAt(item) : item.name;
  }

  /** The value of line `at`, trimmed and unfolded. */
  valueAt(at: number): string {
    const item = this.#items[at];
    return typeof item === "number" ? this.#message.valueAt(item) : trimmed(item.value, 0, item.value.length);
  }

  /** The new head. */
  toString(): string {
    const message = this.#message;
    const { head } = message;
    const items = this.#items;
    let text = this.#startLine === null ? "" : this.#startLine + "\r\n";
    // Untouched lines that stand together are copied together, and the start line with them.
    let copyFrom = this.#startLine === null ? 0 : -1;
    let copyTo = message.lines === 0 ? message.headersEnd : message.lineStart(0);
    for (let at = 0; at < items.length; at++) {
      const item = items[at];
      if (typeof item === "number") {
        const start = message.lineStart(item);
        if (copyFrom < 0) copyFrom = start;
        else if (start !== copyTo) {
          text += head.slice(copyFrom, copyTo);
          copyFrom = start;
        }
        copyTo = message.lineEnd(item);
      } else {
        if (copyFrom >= 0) text += head.slice(copyFrom, copyTo);
        copyFrom = -1;
        text += item.name + ": " + item.value + "\r\n";
      }
    }
    if (copyFrom >= 0) text += head.slice(copyFrom, copyTo);
    return text + "\r\n";
  }

  #find(id: HeaderId, from: number): number {
    const items = this.#items;
    for (let at = from; at < items.length; at++) if (this.idAt(at) === id) return at;
    return -1;
  }

  #insert(at: number, id: HeaderId, name: string, value: string): this {
    const items = this.#items;
    // By hand: many times faster than `splice` on so short a list.
    for (let i = items.length; i > at; i--) items[i] = items[i - 1];
    items[at] = new NewLine(id, name, value);
    return this;
  }

  #removeFrom(id: HeaderId, from: number): this {
    const items = this.#items;
    let kept = from;
    for (let at = from; at < items.length; at++) if (this.idAt(at) !== id) items[kept++] = items[at];
    items.length = kept;
    return this;
  }
}

/** From a comma or blank on to where the next value begins. */
function nextValue(text: string, at: number): number {
  at = skipBlanks(text, at);
  while (text.charCodeAt(at) === 44) at = skipBlanks(text, at + 1);
  return at;
}
