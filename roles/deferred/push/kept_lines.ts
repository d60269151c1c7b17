/** What a session needs of stored header lines. Values as stored, octets as characters; "" for none. */
export interface KeptLines {
  from: string;
  to: string;
  asserted: string;
  subject: string;
  date: string;
  contentType: string;
  encoding: string;
  disposition: string;
  language: string;
}

/** Names in full and short (RFC 3261 §7.3.3), lower-case. */
const NAMES: ReadonlyMap<string, keyof KeptLines> = new Map([
  ["from", "from"],
  ["f", "from"],
  ["to", "to"],
  ["t", "to"],
  ["p-asserted-identity", "asserted"],
  ["subject", "subject"],
  ["s", "subject"],
  ["date", "date"],
  ["content-type", "contentType"],
  ["c", "contentType"],
  ["content-encoding", "encoding"],
  ["e", "encoding"],
  ["content-disposition", "disposition"],
  ["content-language", "language"],
]);

/** Names as they are written, nearly always in the same few ways. Bounded: what is not known is looked at each time. */
const written = new Map<string, keyof KeptLines | null>();
const WRITTEN_MOST = 256;

/** Reads stored header lines in one pass; of two with one name the first counts. */
export function keptLines(headers: string): KeptLines {
  const kept: KeptLines = {
    from: "",
    to: "",
    asserted: "",
    subject: "",
    date: "",
    contentType: "",
    encoding: "",
    disposition: "",
    language: "",
  };
  for (let at = 0; at < headers.length;) {
    let end = headers.indexOf("\r\n", at);
    if (end < 0) end = headers.length;
    const colon = headers.indexOf(":", at);
    if (colon > at && colon < end) {
      const field = fieldOf(headers.slice(at, colon));
      if (field !== null && kept[field] === "") kept[field] = headers.slice(colon + 1, end).trim();
    }
    at = end + 2;
  }
  return kept;
}

function fieldOf(name: string): keyof KeptLines | null {
  const known = written.get(name);
  if (known !== undefined) return known;
  const field = NAMES.get(name.trimEnd().toLowerCase()) ?? null;
  if (written.size < WRITTEN_MOST) written.set(name, field);
  return field;
}
