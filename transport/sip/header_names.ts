/**
 * The headers Parley looks at, by number: a message's index compares small integers, not text. Names and compact forms
 * from the IANA registry "Header Fields" of SIP (RFC 3261 §7.3.3, §20 and the extensions named in `mod.ts`).
 */
const TABLE = [
  // name, compact form
  ["Via", "v"],
  ["From", "f"],
  ["To", "t"],
  ["Call-ID", "i"],
  ["CSeq", ""],
  ["Max-Forwards", ""],
  ["Contact", "m"],
  ["Route", ""],
  ["Record-Route", ""],
  ["Content-Type", "c"],
  ["Content-Length", "l"],
  ["Content-Encoding", "e"],
  ["Content-Disposition", ""],
  ["Content-Language", ""],
  ["Expires", ""],
  ["Min-Expires", ""],
  ["Authorization", ""],
  ["Proxy-Authorization", ""],
  ["WWW-Authenticate", ""],
  ["Proxy-Authenticate", ""],
  ["Authentication-Info", ""],
  ["Require", ""],
  ["Proxy-Require", ""],
  ["Supported", "k"],
  ["Unsupported", ""],
  ["Allow", ""],
  ["Allow-Events", "u"],
  ["Accept", ""],
  ["Accept-Contact", "a"],
  ["Reject-Contact", "j"],
  ["Request-Disposition", "d"],
  ["Event", "o"],
  ["Subscription-State", ""],
  ["SIP-ETag", ""],
  ["SIP-If-Match", ""],
  ["Suppress-If-Match", ""],
  ["Path", ""],
  ["Service-Route", ""],
  ["P-Associated-URI", ""],
  ["P-Asserted-Identity", ""],
  ["P-Preferred-Identity", ""],
  ["P-Access-Network-Info", ""],
  ["P-Charging-Vector", ""],
  ["P-Charging-Function-Addresses", ""],
  ["P-Called-Party-ID", ""],
  ["P-Answer-State", ""],
  ["Privacy", ""],
  ["Max-Breadth", ""],
  ["Retry-After", ""],
  ["Reason", ""],
  ["Warning", ""],
  ["Date", ""],
  ["Timestamp", ""],
  ["Subject", "s"],
  ["Server", ""],
  ["User-Agent", ""],
  ["Organization", ""],
  ["Refer-To", "r"],
  ["Referred-By", "b"],
  ["Replaces", ""],
  ["Session-Expires", "x"],
  ["Min-SE", ""],
  ["RSeq", ""],
  ["RAck", ""],
  ["Flow-Timer", ""],
  ["In-Reply-To", ""],
  ["History-Info", ""],
  ["MIME-Version", ""],
  ["Call-Info", ""],
  ["Error-Info", ""],
  ["Alert-Info", ""],
  ["Accept-Encoding", ""],
  ["Accept-Language", ""],
  ["Reply-To", ""],
  ["Priority", ""],
  ["Identity", "y"],
  ["Refer-Sub", ""],
  ["Target-Dialog", ""],
  ["Contribution-ID", ""],
  ["Conversation-ID", ""],
  ["Answer-Mode", ""],
  ["Priv-Answer-Mode", ""],
  ["Info-Package", ""],
  ["Recv-Info", ""],
] as const;

/** A header Parley knows by its registered name. */
export type HeaderName = typeof TABLE[number][0];

/** A header's number; 0 stands for every header that is not in the table. */
export type HeaderId = number;

const byName = new Map<string, HeaderId>();
const names: string[] = [""];
/** Every spelling, lower-case, with its number; a bucket for each length and first letter. */
const buckets: { spelling: string; id: HeaderId }[][] = [];
const LONGEST = Math.max(...TABLE.map(([name]) => name.length));
const ids: Record<string, HeaderId> = {};

for (const [name, compact] of TABLE) {
  const id = names.push(name) - 1;
  byName.set(name, id);
  ids[name] = id;
  for (const spelling of [name.toLowerCase(), compact]) {
    if (spelling === "") continue;
    byName.set(spelling, id);
    const at = bucketOf(spelling.length, spelling.charCodeAt(0));
    while (buckets.length <= at) buckets.push([]);
    buckets[at].push({ spelling, id });
  }
}

/** The numbers by name, for code that asks often: `ID.Via`, `ID["Call-ID"]`. */
export const ID: Readonly<Record<HeaderName, HeaderId>> = ids as Record<HeaderName, HeaderId>;

/** Number of headers in the table; the largest number is this. */
export const HEADER_COUNT = TABLE.length;

/** The number of a header written in any case or in its compact form; 0 when it is not in the table. */
export function headerId(name: string): HeaderId {
  return byName.get(name) ?? byName.get(name.toLowerCase()) ?? 0;
}

/** As `headerId`, for the name that stands between two positions of a text: makes no string. */
export function headerIdAt(text: string, start: number, end: number): HeaderId {
  const length = end - start;
  if (length > LONGEST) return 0;
  const bucket = buckets[bucketOf(length, text.charCodeAt(start))];
  if (bucket === undefined) return 0;
  for (let i = 0; i < bucket.length; i++) {
    if (sameAt(text, start, bucket[i].spelling)) return bucket[i].id;
  }
  return 0;
}

/** The registered spelling of a known header. */
export function headerName(id: HeaderId): string {
  return names[id];
}

function bucketOf(length: number, first: number): number {
  return length * 32 + (first & 31);
}

/** True where `lower`, a lower-case name, stands at `start` in any case. */
function sameAt(text: string, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    let c = text.charCodeAt(start + i);
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== lower.charCodeAt(i)) return false;
  }
  return true;
}
