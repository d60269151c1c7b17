import { count, line, lines, oneOf, required, table, tables } from "./fields.ts";
import { domainName, listenReader, nameServer, optionalDomain, plainText, serverUri, trustedHop } from "./readers.ts";

/** `[advertise]` */
export const advertise = table({
  host: line({
    allowed: 'a host name or address, or "" for the listener\'s own address',
    default: "",
    help: "What Via, Contact, Record-Route and MSRP paths say.",
    read: optionalDomain,
    words: "address name public nat via contact",
  }),
}, "How the box is called from outside.");

/** `[dns]` */
export const dns = table({
  server: line({
    allowed: 'an address with or without a port, such as "127.0.0.1:5353", or "" for the system\'s',
    default: "",
    help: "The name server to ask.",
    read: nameServer,
    words: "resolver name server",
  }),
}, "Finding other domains' servers (RFC 3263).");

/** `[trust]` */
export const trust = table({
  hops: lines({
    allowed: 'an address, a range such as "192.0.2.0/24", or a TLS name',
    max: 256,
    default: [],
    words: "proxy ims core trusted asserted identity",
    help:
      "Proxies or IMS cores in front of us: not challenged, and their P-Asserted-Identity (or From) holds. Known by source address or certificate, never by a header.",
    read: trustedHop,
  }),
}, "Whom we believe.");

/** `[[peer]]` */
export const peer = tables(
  {
    domain: required({ allowed: "a domain name", help: "The other domain.", read: domainName }),
    next_hop: required({
      allowed: 'a SIP URI of a server, such as "sip:192.0.2.7:5060;transport=tcp"',
      help: "Where its messages go, instead of asking DNS.",
      read: serverUri,
    }),
  },
  1000,
  "Another domain's core.",
  { words: "domain next hop federation route interconnect" },
);

/** `[listen]`: loopback only until somebody opens the network. */
export const listen = table({
  sip: lines({
    allowed: 'udp, tcp or tls with an address and a port, such as "udp://127.0.0.1:5060"',
    max: 32,
    default: ["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060", "tls://127.0.0.1:5061"],
    help: "SIP doors. Port 0 takes any free one. `[::]` takes IPv4 as well.",
    read: listenReader("udp", "tcp", "tls"),
    risky: true,
    words: "port address door listener network interface",
  }),
  msrp: lines({
    allowed: 'tcp or tls with an address and a port, such as "tcp://127.0.0.1:2855"',
    max: 32,
    default: ["tcp://127.0.0.1:2855", "tls://127.0.0.1:2856"],
    help: "MSRP doors: chat sessions, large messages and files pass here.",
    read: listenReader("tcp", "tls"),
    risky: true,
    words: "port address door listener network session",
  }),
  media_port: count({
    min: 0,
    max: 65_535,
    default: 2860,
    help:
      "First port of the doors of session.media_threads: for each thread as many ports in a row as there are MSRP doors, at the same addresses. 0 takes free ones.",
    risky: true,
    words: "port msrp door listener firewall range thread",
  }),
  web: lines({
    allowed: 'http or https with an address and a port, such as "https://127.0.0.1:8443"',
    max: 32,
    default: ["http://127.0.0.1:8080"],
    help: "Web doors: health, metrics, SIP and MSRP over WebSocket.",
    read: listenReader("http", "https"),
    risky: true,
    words: "port address door listener network console admin websocket",
  }),
}, "The doors. Without them: loopback only.");

const pemFile = (help: string) =>
  line({
    allowed: 'a path of a PEM file, or ""',
    default: "",
    help,
    read: plainText,
    risky: true,
    words: "certificate https pem",
  });

/** `[tls]` */
export const tls = table({
  certificate: pemFile("Our certificate chain. Without it the box makes a self-signed one in the data folder."),
  key: pemFile("Its private key."),
  ca: pemFile("Authorities we accept beside the system's, for peers and client certificates."),
  client_certificates: oneOf(
    ["none", "ask", "require"],
    "none",
    "Whether TLS clients are asked for a certificate, or turned away without one.",
    { risky: true, words: "mutual authentication mtls" },
  ),
}, "Certificates. A changed file is read again without a restart.");

/** `[admission]`: what one source may ask of the box. */
export const admission = table({
  connections: count({
    min: 1,
    max: 100_000,
    default: 500,
    help: "Connections open at the same time from one source (an IPv4 address or an IPv6 /64).",
    words: "flood limit throttle",
  }),
  rate: count({
    min: 1,
    max: 1_000_000,
    default: 2000,
    unit: "messages a second",
    help: "What one source may send in the long run.",
    words: "flood limit throttle",
  }),
  burst: count({
    min: 1,
    max: 1_000_000,
    default: 4000,
    unit: "messages",
    help: "What it may send at once.",
    words: "flood limit throttle",
  }),
  sources: count({
    min: 100,
    max: 10_000_000,
    default: 100_000,
    help: "Sources remembered; idle ones are forgotten.",
    words: "flood table memory",
  }),
  exempt: lines({
    allowed: 'an address or a range such as "10.0.0.0/8"',
    max: 256,
    default: ["127.0.0.0/8", "::1/128"],
    words: "flood unlimited whitelist",
    help: "Not limited. Trusted hops are exempt without being named here.",
    read: trustedHop,
  }),
}, "Limits per source.");
