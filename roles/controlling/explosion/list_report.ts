import { createHash } from "node:crypto";
import { hostText, parseMessage, SipRequest } from "../../../transport/sip/mod.ts";
import { Exchange, InnerTransaction, NO_WIRE } from "../../sip_core/mod.ts";
import { exploderUri } from "../service_uris.ts";
import type { JobFates, ListJob } from "./list_job.ts";
import type { Fate } from "./fate.ts";

/** What a report tells of. */
export type Reported = Pick<ListJob, "id" | "sender" | "at" | "recipients" | "named"> & {
  /** The name of a file for the people in a room; absent: it was a message. */
  readonly file?: string;
};

/** Octets of a report: it goes by MESSAGE. */
const LIMIT = 1200;
/** Characters of a file's name. */
const NAME = 100;

/**
 * What the sender is told when a message to many is done with, as a MESSAGE of the box to them; null where everybody has it: then
 * there is nothing to tell. `done` gets its final status, once.
 */
export function listReport(
  job: Reported,
  fates: JobFates,
  domains: ReadonlySet<string>,
  done: (status: number) => void,
): Exchange | null {
  const text = reportText(job, fates);
  if (text === null) return null;
  const body = new TextEncoder().encode(text);
  const [domain] = domains;
  const { aor } = job.sender;
  const name = createHash("sha256").update(`${job.id} report`).digest("hex");
  const service = exploderUri(hostText(domain));
  const head = `MESSAGE ${aor} SIP/2.0\r\nVia: SIP/2.0/TCP ${hostText(domain)};branch=z9hG4bK${name.slice(0, 24)}\r\n` +
    `Max-Forwards: 70\r\nFrom: <${service}>;tag=${name.slice(24, 34)}\r\nTo: <${aor}>\r\nCall-ID: ${
      name.slice(34)
    }\r\n` +
    `CSeq: 1 MESSAGE\r\nAuto-Submitted: auto-generated\r\nContent-Type: text/plain;charset=utf-8\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  const request = parseMessage(head, body);
  if (!(request instanceof SipRequest)) throw new TypeError("a MESSAGE of ours is no request");
  const exchange = new Exchange(new InnerTransaction(request, NO_WIRE, done));
  exchange.identity = { aor: service, displayName: "", number: "" };
  exchange.ours = true;
  return exchange;
}

/** Null where everybody has it. Whose address the sender wrote is named; members of a group are counted only. */
export function reportText(job: Reported, fates: JobFates): string | null {
  const count = job.recipients.length;
  const delivered = fates.count("d"), stored = fates.count("w");
  if (delivered === count) return null;
  const when = `${new Date(job.at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const refused = count - delivered - stored;
  const { file } = job;
  if (file !== undefined) {
    const name = file === "" ? "" : ` "${printable(file)}"`;
    return `Your file${name} of ${when} for ${count} in the room: ${delivered} have it, ` +
      `${stored} can still take it, ${refused} cannot get it.`;
  }
  let text =
    `Your message of ${when} to ${count} ${count === 1 ? "recipient" : "recipients"}: ${delivered} delivered, ` +
    `${stored} kept until they are back, ${refused} refused.`;
  for (const [fate, title] of job.named ? SECTIONS : []) {
    const named = namesOf(job, fates, fate);
    if (named.length === 0) continue;
    text += `\r\n${title}:`;
    for (let i = 0; i < named.length; i++) {
      const line = ` ${named[i]}`;
      const more = ` and ${named.length - i} more`;
      if (text.length + line.length + more.length > LIMIT) {
        text += more;
        break;
      }
      text += line;
    }
  }
  return text;
}

const SECTIONS: readonly (readonly [Fate, string])[] = [
  ["n", "Refused because lists and groups in lists are not allowed"],
  ["r", "Refused, or not there"],
  ["w", "Kept"],
];

/** Addresses with that fate, as the sender wrote them. */
function namesOf({ recipients }: Reported, fates: JobFates, fate: Fate): string[] {
  return recipients.filter((_, index) => fates.of(index) === fate).map((uri) => uri.replace(/^sips?:/, ""));
}

/** A name as its sender wrote it, in a line of ours. */
function printable(name: string): string {
  const line = name.replace(/\p{C}/gu, "?");
  return line.length > NAME ? `${line.slice(0, NAME - 1)}…` : line;
}
