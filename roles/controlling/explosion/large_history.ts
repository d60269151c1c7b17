import { concatBytes, fromLatin1, randomToken } from "../../../foundation/mod.ts";
import { type BodyPart, CPIM_TYPE, mediaType, readCpimHead } from "../../../transport/payload/mod.ts";
import type { Dressed } from "../../deferred/mod.ts";

/**
 * A large message with the list of who else has it (RFC 5364 §6, RFC 5365 §7.3), as it comes, without having all of it: `begin` are its
 * first octets. What is wrapped (`message/cpim`) stays so, with both parts inside: who asked for notifications still does. `lines`:
 * header lines that came with it, each with CRLF.
 */
export function withHistory(history: BodyPart, contentType: string, lines: string, begin: Uint8Array): Dressed {
  // 144 random bits: nobody who wrote the message has them in it.
  const boundary = randomToken(24);
  const mixed = `multipart/mixed;boundary=${boundary}`;
  const told = history.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const tail = concatBytes([
    fromLatin1(`\r\n--${boundary}\r\n${told}\r\n`),
    history.body,
    fromLatin1(`\r\n--${boundary}--\r\n`),
  ]);
  const wrapper = mediaType(contentType) === CPIM_TYPE ? readCpimHead(begin) : null;
  if (wrapper === null) {
    const head = fromLatin1(`--${boundary}\r\nContent-Type: ${contentType}\r\n${lines}\r\n`);
    return { head, skip: 0, tail, contentType: mixed, lines: "" };
  }
  const { contentAt, bodyAt } = wrapper;
  const head = concatBytes([
    begin.subarray(0, contentAt),
    fromLatin1(`Content-Type: ${mixed}\r\n\r\n--${boundary}\r\n`),
    begin.subarray(contentAt, bodyAt),
  ]);
  return { head, skip: bodyAt, tail, contentType, lines };
}
