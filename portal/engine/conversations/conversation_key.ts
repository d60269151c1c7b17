import { addressOf } from "../rooms/address.ts";

/** What a conversation is known by: the canonical address, a number as `tel:`; "" for what is no address. */
export function keyOf(address: string, domain: string): string {
  const found = addressOf(address, domain);
  const number = /^sip:(\+[0-9]{5,15})@/.exec(found);
  return number === null ? found : `tel:${number[1]}`;
}

/** The same person or room, however it is written. */
export function sameAddress(one: string, other: string): boolean {
  return bare(one) === bare(other);
}

function bare(uri: string): string {
  return uri.replace(/^[a-z]+:/i, "").replace(/[;?].*$/s, "").toLowerCase();
}
