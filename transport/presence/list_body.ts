import { randomToken } from "../../foundation/mod.ts";
import {
  type BodyPart,
  buildMultipart,
  mediaTypeParam,
  parseMediaType,
  parseMultipart,
  partHeader,
} from "../payload/mod.ts";
import { readRlmi, type Rlmi, RLMI_TYPE } from "./list_meta_information.ts";
import { PresenceProblem } from "./presence_problem.ts";

/** Parts of one body, the root included; lines and octets of a part's head. */
export const LIST_BODY_LIMITS = { parts: 2001, headers: 32, head: 8192 } as const;

/** A body and its Content-Type. */
export interface ListBody {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** One part that holds state. */
export interface ListBodyPart {
  /** Without angle brackets. */
  readonly cid: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A multipart/related body whose root is the meta-information (RFC 4662 §5, RFC 2387). `rootCid` without angle brackets. */
export function listBody(rootCid: string, rlmi: Uint8Array, parts: readonly ListBodyPart[]): ListBody {
  const root = { cid: rootCid, contentType: RLMI_CONTENT_TYPE, body: rlmi };
  // Nobody can know the boundary before: what the parts hold need not be searched for it.
  const boundary = randomToken(BOUNDARY);
  const { body } = buildMultipart("related", [root, ...parts].map(bodyPart), boundary);
  // Clients are met that take all behind `;boundary=` for the boundary, quotes included.
  return { contentType: `multipart/related;type="${RLMI_TYPE}";start="<${rootCid}>";boundary=${boundary}`, body };
}

const RLMI_CONTENT_TYPE = `${RLMI_TYPE};charset="UTF-8"`;
const BOUNDARY = 24;

/** Octets of the frame around parts: the closing delimiter; and what one part costs beside its body. */
export const LIST_BODY_END = BOUNDARY + 6;
export function partOverhead(cid: string, contentType: string): number {
  // Delimiter line, three header lines, an empty line, the line break behind the body.
  return BOUNDARY + 4 + "Content-Transfer-Encoding: binary\r\n".length + "Content-ID: <>\r\n".length + cid.length +
    "Content-Type: \r\n".length + contentType.length + 4;
}
/** The same for the root. */
export function rootOverhead(cid: string): number {
  return partOverhead(cid, RLMI_CONTENT_TYPE);
}

function bodyPart({ cid, contentType, body }: ListBodyPart): BodyPart {
  const headers = [
    ["Content-Transfer-Encoding", "binary"],
    ["Content-ID", `<${cid}>`],
    ["Content-Type", contentType],
  ] as const;
  return { headers, body };
}

/** What a list's NOTIFY holds. */
export interface ReadListBody {
  readonly rlmi: Rlmi;
  /** The state parts by Content-ID, without angle brackets. Bodies are views of the octets that were read. */
  readonly parts: ReadonlyMap<string, ListBodyPart>;
}

/** Reads the body of a list's NOTIFY. Throws PresenceProblem. */
export function readListBody(contentType: string, body: Uint8Array): ReadListBody {
  let parts: BodyPart[], start: string;
  try {
    const type = parseMediaType(contentType);
    if (type.essence !== "multipart/related") throw new SyntaxError(`${type.essence} is not multipart/related`);
    parts = parseMultipart(contentType, body, LIST_BODY_LIMITS);
    start = bare(mediaTypeParam(type, "start"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new PresenceProblem("invalid", error.message, { cause: error });
  }
  // RFC 2387 §3.2: without a start it is the first.
  const root = start === "" ? parts[0] : parts.find((part) => cidOf(part) === start);
  if (root === undefined) throw new PresenceProblem("invalid", `no part has the Content-ID <${start}> of start`);
  const type = partHeader(root, "Content-Type") ?? "";
  if (type.split(";", 1)[0].trim().toLowerCase() !== RLMI_TYPE) {
    throw new PresenceProblem("invalid", `the root is "${type.slice(0, 80)}"; allowed: ${RLMI_TYPE}`);
  }
  const states = new Map<string, ListBodyPart>();
  for (const part of parts) {
    const cid = cidOf(part);
    if (part === root || cid === "") continue;
    states.set(cid, { cid, contentType: partHeader(part, "Content-Type") ?? "text/plain", body: part.body });
  }
  return { rlmi: readRlmi(root.body), parts: states };
}

function cidOf(part: BodyPart): string {
  return bare(partHeader(part, "Content-ID") ?? "");
}

function bare(cid: string): string {
  const trimmed = cid.trim();
  return trimmed.startsWith("<") && trimmed.endsWith(">") ? trimmed.slice(1, -1) : trimmed;
}
