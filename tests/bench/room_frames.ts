/** What goes over the wire in the bench of rooms: frames of one length, for the devices and for the floor. */

/** Octets of the body of a message: CPIM with its heads. */
export const SIZE = 1024;
/** Of our transaction ids: those of the box have as many letters. */
export const TID = 12;
/** Digits of a message's number, behind a `#` at the end of its body. */
export const DIGITS = 8;

/** `stored`: text. `fleeting`: a composing notice of as many octets, which a room sends on and does not keep. */
export type Kept = "stored" | "fleeting";
const TYPES: Readonly<Record<Kept, string>> = { stored: "text/plain", fleeting: "application/im-iscomposing+xml" };

const encoder = new TextEncoder();

export function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

/** All of a message up to its number: ready text for one sender in one room. */
export function bodyOf(from: string, room: string, kept: Kept): string {
  const head = `From: <${from}>\r\nTo: <${room}>\r\nDateTime: 2026-01-01T00:00:00Z\r\n\r\nContent-Type: ${
    TYPES[kept]
  }\r\n\r\n`;
  return `${head.padEnd(SIZE - DIGITS - 1, "x")}#`;
}

/** A SEND with such a body; `number` is that of its message. */
export function sendFrame(toPath: string, fromPath: string, body: string, number: number): Uint8Array {
  const id = padded(number, DIGITS);
  const tid = `t${id}`.padEnd(TID, "0");
  return encoder.encode(
    `MSRP ${tid} SEND\r\nTo-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: m${id}.0123456789\r\n` +
      `Byte-Range: 1-${SIZE}/${SIZE}\r\nContent-Type: message/cpim\r\n\r\n${body}${id}\r\n-------${tid}$\r\n`,
  );
}

/** A SEND without a body: its connection is that of the session. */
export function bindFrame(toPath: string, fromPath: string): Uint8Array {
  const tid = "t".padEnd(TID, "0");
  return encoder.encode(
    `MSRP ${tid} SEND\r\nTo-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\nMessage-ID: bind0123456789\r\n` +
      `Byte-Range: 1-0/0\r\n-------${tid}$\r\n`,
  );
}

/** What a device answers. */
export function answerText(tid: string, toPath: string, fromPath: string): string {
  return `MSRP ${tid} 200 OK\r\nTo-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\n-------${tid}$\r\n`;
}
