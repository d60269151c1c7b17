import { XcapProblem } from "./xcap_problem.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;

/** Text with its percent-encoded UTF-8 decoded. Throws XcapProblem 400 where an escape is broken or is no UTF-8. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  const broken = text.search(/%(?![0-9A-Fa-f]{2})/);
  if (broken >= 0) {
    throw new XcapProblem(400, `URI: "${text.slice(broken, broken + 3)}" is no percent-encoded octet`);
  }
  return text.replace(ESCAPES, (run) => {
    const octets = new Uint8Array(run.length / 3);
    for (let i = 0; i < octets.length; i++) octets[i] = parseInt(run.slice(i * 3 + 1, i * 3 + 3), 16);
    try {
      return decoder.decode(octets);
    } catch {
      throw new XcapProblem(400, `URI: "${run.slice(0, 30)}" is no UTF-8 when it is percent-decoded`);
    }
  });
}

/** One path segment of an HTTP URI: what is no `pchar` (RFC 3986 §3.3) is percent-encoded. */
export function percentEncoded(segment: string): string {
  return encoded(segment, /[^A-Za-z0-9\-._~!$&'()*+,;=:@]+/g);
}

/** A node selector for the path: its slashes stay. */
export function percentEncodedPath(path: string): string {
  return encoded(path, /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]+/g);
}

/** A query: what RFC 3986 §3.4 does not allow there is percent-encoded. */
export function percentEncodedQuery(query: string): string {
  return encoded(query, /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]+/g);
}

function encoded(text: string, others: RegExp): string {
  return text.replace(others, (run) => {
    let result = "";
    for (const octet of encoder.encode(run)) result += "%" + octet.toString(16).toUpperCase().padStart(2, "0");
    return result;
  });
}
