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
  ["Path", ""],
  ["Service-Route", ""],
  ["P-Associated-URI", ""],
  ["P-Asserted-Identity", ""],
  ["P-Preferred-Identity", ""],
  ["P-Access-Network-Info", ""],
  ["P-Charging-Vector", ""],
  ["P-Charging-Function-Addresses", ""],
  ["P-Called-Party-ID", ""],
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
] as const;

/** A header Parley knows by its registered name. */
export type HeaderName = typeof TABLE[number][0];

/** A header's number; 0 stands for every header that is not in the table. */
export type HeaderId = number;

const byName = new Map<string, HeaderId>();
const names: string[] = [""];
for (const [name, compact] of TABLE) {
  const id = names.push(name) - 1;
  byName.set(name, id);
  byName.set(name.toLowerCase(), id);
  if (compact !== "") {
    byName.set(compact, id);
    byName.set(compact.toUpperCase(), id);
  }
}

/** The number of a header written in any case or in its compact form; 0 when it is not in the table. */
export function headerId(name: string): HeaderId {
  return byName.get(name) ?? byName.get(name.toLowerCase()) ?? 0;
}

/** The registered spelling of a known header. */
export function headerName(id: HeaderId): string {
  return names[id];
}
