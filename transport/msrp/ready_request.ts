import { fromLatin1 } from "../../foundation/mod.ts";
import { INTERRUPTIBLE_FROM } from "./head_writer.ts";

// A message that goes to many is written many times. All of its head but the transaction id is made before: what is the session's once a
// session, what is the message's once a message.

const START = fromLatin1("MSRP ");
const METHOD = fromLatin1(" SEND\r\n");

/** A message as it is the same for all that get it. */
export interface ReadyMessage {
  /** As `readyFields` gives them. */
  readonly fields: Uint8Array;
  /** The whole body in order, and how many octets it has. */
  readonly body: readonly Uint8Array[];
  readonly size: number;
}

/** To-Path and From-Path of a session, as octets. */
export function readyPaths(toPath: string, fromPath: string): Uint8Array {
  return fromLatin1(`To-Path: ${toPath}\r\nFrom-Path: ${fromPath}\r\n`);
}

/** The other header lines of a SEND with a whole body of `size` octets, and the empty line. Reports: none of success, of failure as usual. */
export function readyFields(messageId: string, contentType: string, size: number): Uint8Array {
  const end = size > INTERRUPTIBLE_FROM ? "*" : size;
  return fromLatin1(
    `Message-ID: ${messageId}\r\nByte-Range: 1-${end}/${size}\r\nContent-Type: ${contentType}\r\n\r\n`,
  );
}

/** Octets that `writeReady` writes. */
export function readyLength(tid: string, paths: Uint8Array, fields: Uint8Array): number {
  return START.length + tid.length + METHOD.length + paths.length + fields.length;
}

/** Writes the head; returns where it ends. */
export function writeReady(into: Uint8Array, at: number, tid: string, paths: Uint8Array, fields: Uint8Array): number {
  for (let i = 0; i < START.length; i++) into[at++] = START[i];
  for (let i = 0; i < tid.length; i++) into[at++] = tid.charCodeAt(i);
  for (let i = 0; i < METHOD.length; i++) into[at++] = METHOD[i];
  into.set(paths, at);
  at += paths.length;
  into.set(fields, at);
  return at + fields.length;
}
