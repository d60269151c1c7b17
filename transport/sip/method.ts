/** Methods that this box meets every day (IANA registry "Methods and Response Codes" of SIP). */
const KNOWN = [
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "MESSAGE",
  "REGISTER",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "OPTIONS",
  "UPDATE",
  "PRACK",
  "INFO",
  "REFER",
] as const;

/** By length. */
const BUCKETS: string[][] = [];
for (const name of KNOWN) (BUCKETS[name.length] ??= []).push(name);

/**
 * The method between two positions. For those of every day always the same text and no slice: it is compared and looked up all the
 * way a message goes, and two texts that are one are equal at a glance.
 */
export function methodAt(text: string, start: number, end: number): string {
  const bucket = BUCKETS[end - start];
  if (bucket !== undefined) {
    for (let i = 0; i < bucket.length; i++) if (text.startsWith(bucket[i], start)) return bucket[i];
  }
  return text.slice(start, end);
}
