/** As much of the Protocol Buffers wire format as KV Connect needs: varints and length-delimited fields. */

/** One field of a message: its number, and its value as a number or as octets. */
export interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** Reads the fields of a message in order. Throws RangeError for what is no message. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      if (at >= message.length) throw new RangeError("a varint is cut off");
      const octet = message[at++];
      value += (octet & 0x7f) * factor;
      if (octet < 0x80) return value;
      if (factor > 2 ** 62) throw new RangeError("a varint is too long");
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) yield { number, value: varint() };
    else if (tag % 8 === 2) {
      const length = varint();
      if (at + length > message.length) throw new RangeError("a field is cut off");
      yield { number, value: message.subarray(at, at += length) };
    } else throw new RangeError(`wire type ${tag % 8} is not used here`);
  }
}

/** Builds a message; zero and empty values are left out, as proto3 does. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  number(number: number, value: number): this {
    if (value !== 0) this.#parts.push(varint(number * 8), varint(value));
    return this;
  }

  /** `always`: also where it is empty, as an element of a list must be. */
  octets(number: number, value: Uint8Array, always = false): this {
    if (value.length > 0 || always) this.#parts.push(varint(number * 8 + 2), varint(value.length), value);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function varint(value: number): Uint8Array {
  const octets: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) octets.push(value % 128 + 128);
  octets.push(value);
  return new Uint8Array(octets);
}
