import { ipv4Number, ipv6Octets } from "../../net/mod.ts";

const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001, BINDING_SUCCESS = 0x0101, BINDING_ERROR = 0x0111;
const XOR_MAPPED_ADDRESS = 0x0020, ERROR_CODE = 0x0009, UNKNOWN_ATTRIBUTES = 0x000a;
const HEADER = 20;
const REPORTED = 8;
// Comprehension-required attributes a Binding request may carry without changing the answer: the credentials, which this
// usage does not ask for (RFC 5626 §8), and nothing else (RFC 5389 §7.3.1).
const KNOWN = new Set([0x0006, 0x0008, 0x0014, 0x0015]);

/** True for what can only be STUN on a SIP port: no SIP message begins with 0 or 1 (RFC 5626 §8). */
export function looksLikeStun(first: number): boolean {
  return first < 2;
}

/**
 * The answer to a STUN Binding request of the limited server that RFC 5626 §8 asks for (RFC 5389 §7.3.1): the address it
 * came from, or 420 naming the attributes not understood. Null where `octets` is not a well-formed Binding request.
 */
export function answerStun(octets: Uint8Array, host: string, port: number): Uint8Array | null {
  if (octets.length < HEADER || octets.length % 4 !== 0) return null;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (view.getUint16(0) !== BINDING_REQUEST || view.getUint32(4) !== MAGIC_COOKIE) return null;
  if (view.getUint16(2) !== octets.length - HEADER) return null;
  const unknown: number[] = [];
  for (let at = HEADER; at < octets.length;) {
    if (at + 4 > octets.length) return null;
    const type = view.getUint16(at);
    if (type < 0x8000 && !KNOWN.has(type) && unknown.length < REPORTED) unknown.push(type);
    at += 4 + Math.ceil(view.getUint16(at + 2) / 4) * 4;
    if (at > octets.length) return null;
  }
  const transaction = octets.subarray(4, HEADER);
  return unknown.length > 0 ? refusal(transaction, unknown) : mapped(transaction, host, port);
}

function mapped(transaction: Uint8Array, host: string, port: number): Uint8Array | null {
  const v4 = ipv4Number(host);
  const address = v4 >= 0 ? [v4 >>> 24, (v4 >>> 16) & 255, (v4 >>> 8) & 255, v4 & 255] : ipv6Octets(host);
  if (address === null) return null;
  const answer = begin(BINDING_SUCCESS, 8 + address.length, transaction);
  const view = new DataView(answer.buffer);
  view.setUint16(HEADER, XOR_MAPPED_ADDRESS);
  view.setUint16(HEADER + 2, 4 + address.length);
  answer[HEADER + 5] = v4 >= 0 ? 1 : 2;
  view.setUint16(HEADER + 6, port ^ MAGIC_COOKIE >>> 16);
  // XORed with the cookie and the transaction id, which stand together in the header (RFC 5389 §15.2).
  for (let i = 0; i < address.length; i++) answer[HEADER + 8 + i] = address[i] ^ transaction[i];
  return answer;
}

function refusal(transaction: Uint8Array, unknown: readonly number[]): Uint8Array {
  const padded = Math.ceil(unknown.length / 2) * 4;
  const answer = begin(BINDING_ERROR, 8 + 4 + padded, transaction);
  const view = new DataView(answer.buffer);
  view.setUint16(HEADER, ERROR_CODE);
  view.setUint16(HEADER + 2, 4);
  answer[HEADER + 6] = 4;
  answer[HEADER + 7] = 20;
  view.setUint16(HEADER + 8, UNKNOWN_ATTRIBUTES);
  view.setUint16(HEADER + 10, unknown.length * 2);
  unknown.forEach((type, i) => view.setUint16(HEADER + 12 + i * 2, type));
  return answer;
}

function begin(type: number, length: number, transaction: Uint8Array): Uint8Array {
  const answer = new Uint8Array(HEADER + length);
  const view = new DataView(answer.buffer);
  view.setUint16(0, type);
  view.setUint16(2, length);
  answer.set(transaction, 4);
  return answer;
}
