import { createHash } from "node:crypto";
import { buildMultipart } from "../../../transport/payload/mod.ts";
import { hostText, parseMessage, SipRequest, tryParseUri } from "../../../transport/sip/mod.ts";
import { Exchange, EXPLODED_BY, InnerTransaction, NO_WIRE } from "../../sip_core/mod.ts";
import type { ListJob } from "./list_job.ts";

/** What every copy of a job has. */
export interface CopyContent {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The content of all copies, made once: with the list of who else has it, where that is told (RFC 5365 §7.3). */
export function copyContent({ contentType, body, history }: ListJob): CopyContent {
  const octets = Uint8Array.fromBase64(body);
  if (history === null) return { contentType, body: octets };
  return buildMultipart("mixed", [
    { headers: [["Content-Type", contentType]], body: octets },
    {
      headers: [
        ["Content-Type", "application/resource-lists+xml"],
        ["Content-Disposition", "recipient-list-history; handling=optional"],
      ],
      body: new TextEncoder().encode(history),
    },
  ]);
}

/**
 * One copy as a request at the box's own rows, from the target class on: a MESSAGE in the sender's name. Made again after a crash it is
 * the same request, which stores know. `done` gets the final status, once.
 */
export function listCopy(
  job: ListJob,
  index: number,
  content: CopyContent,
  domains: ReadonlySet<string>,
  done: (status: number) => void,
): Exchange {
  const uri = job.recipients[index];
  const ours = uri.startsWith("tel:") || domains.has(tryParseUri(uri)?.host ?? "");
  const name = createHash("sha256").update(`${job.id} ${index}`).digest("hex");
  const [domain] = domains;
  const head = `MESSAGE ${uri} SIP/2.0\r\nVia: SIP/2.0/TCP ${hostText(domain)};branch=z9hG4bK${name.slice(0, 24)}\r\n` +
    `Max-Forwards: ${job.hops}\r\nFrom: ${job.from};tag=${name.slice(24, 34)}\r\nTo: <${uri}>\r\nCall-ID: ${
      name.slice(34)
    }\r\n` +
    `CSeq: 1 MESSAGE\r\n${job.headers}${ours ? `${EXPLODED_BY}: <${job.target}>\r\n` : ""}` +
    `Content-Type: ${content.contentType}\r\nContent-Length: ${content.body.length}\r\n\r\n`;
  const request = parseMessage(head, content.body);
  if (!(request instanceof SipRequest)) throw new TypeError("a MESSAGE of ours is no request");
  const exchange = new Exchange(new InnerTransaction(request, NO_WIRE, done));
  exchange.identity = job.sender;
  exchange.ours = ours;
  return exchange;
}
