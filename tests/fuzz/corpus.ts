import { fromLatin1 } from "../../foundation/mod.ts";

const FOLDERS = ["rfc4475", "rfc5118"];

/** What the mutations start from: every torture message, and messages as good clients write them. */
export function corpus(): Uint8Array[] {
  const files: Uint8Array[] = [];
  for (const folder of FOLDERS) {
    const url = new URL(`../../transport/sip/testdata/${folder}/`, import.meta.url);
    const names = [...Deno.readDirSync(url)].map((entry) => entry.name).sort();
    for (const name of names) files.push(Deno.readFileSync(new URL(name, url)));
  }
  // Half of all rounds begin with a good message: a broken one broken again is refused for the old reason.
  const good = GOOD.map(fromLatin1);
  while (good.length < files.length) good.push(...GOOD.map(fromLatin1));
  return [...files, ...good];
}

const GOOD = [
  "MESSAGE sip:bob@example.test SIP/2.0\r\n" +
  "Via: SIP/2.0/UDP 192.0.2.17:5062;branch=z9hG4bK.pYgH3kq;rport\r\n" +
  'From: "Alice \xc3\xa0" <sip:alice@example.test>;tag=7Gh\r\nTo: <sip:bob@example.test>\r\n' +
  "Call-ID: aYx8-kd83jDk2\r\nCSeq: 20 MESSAGE\r\nMax-Forwards: 70\r\nRoute: <sip:im.example.test;lr>, <sip:b.test;lr>\r\n" +
  'Accept-Contact: *;methods="MESSAGE,INVITE";+sip.foo="#>=4";explicit;require\r\nReject-Contact: *;automata\r\n' +
  "P-Asserted-Identity: <sip:alice@example.test>, <tel:+15551234>\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\n" +
  "Timestamp: 54.5 0.1\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 5\r\n\r\nHello",
  "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/TCP [2001:db8::9]:5062;branch=z9hG4bK-1;rport;received=192.0.2.1\r\n" +
  "f: <sip:alice@example.test>;tag=1\r\nt: sip:alice@example.test\r\ni: r1\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n" +
  'm: "A, B" <sip:alice@192.0.2.1;transport=tcp>;q=0.7;expires=600;+sip.instance="<urn:uuid:1>";reg-id=1, <sip:a@b>;q=1\r\n' +
  "Path: <sip:edge.test;lr;ob>\r\nSupported: path, outbound,\r\n gruu\r\nExpires: 3600\r\nl: 0\r\n\r\n",
  "NOTIFY sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TLS im.example.test;branch=z9hG4bKn\r\nFrom: <sip:a@b>;tag=x\r\n" +
  "To: <sip:c@d>;tag=y\r\nCall-ID: n@1\r\nCSeq: 7 NOTIFY\r\nMax-Forwards: 70\r\nEvent: presence.winfo;id=8\r\n" +
  'Subscription-State: terminated;reason=timeout;retry-after=5\r\nContent-Type: multipart/related;boundary="b1"\r\n' +
  "Content-Length: 80\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nA\r\n--b1\r\nContent-ID: <1>\r\n\r\nsecond part..\r\n--b1--\r\n",
  "SIP/2.0 503 Busy\r\nVia: SIP/2.0/UDP im.example.test:5060;branch=z9hG4bKq;rport=5060\r\nVia: SIP/2.0/UDP 192.0.2.17\r\n" +
  'From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag="quo;ted"\r\nCall-ID: 1\r\nCSeq: 4 MESSAGE\r\nRetry-After: 18 (a while);duration=3\r\n' +
  "Content-Length: 0\r\n\r\n",
];
