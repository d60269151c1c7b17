import { deepEqual } from "node:assert/strict";
import { parseMessage, type SipRequest } from "../../transport/sip/mod.ts";
import { AlgorithmOffer } from "./algorithm_offer.ts";

function register(agent: string): SipRequest {
  const head =
    "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@example.test>;tag=1\r\n" +
    `To: <sip:a@example.test>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nUser-Agent: ${agent}\r\n\r\n`;
  return parseMessage(head) as SipRequest;
}

Deno.test("SHA-256 comes first, and a client known to stumble over it is offered MD5 alone", () => {
  const offer = new AlgorithmOffer(["SHA-256", "MD5"]);
  deepEqual(offer.challenged(register("Linphonec/5.1.65"), "192.0.2.1"), ["SHA-256", "MD5"]);
  deepEqual(offer.challenged(register("baresip v1.0.0 (x86_64/linux)"), "192.0.2.1"), ["MD5"]);
  deepEqual(offer.challenged(register("baresip v3.1.0 (x86_64/linux)"), "192.0.2.2"), ["SHA-256", "MD5"]);
});

Deno.test("sipp, which aborts on SHA-256 and names itself nowhere, is known by its branches and Call-IDs", () => {
  const text = register("").head.replace("branch=z9hG4bK1", "branch=z9hG4bK-2831-7-0").replace(
    "Call-ID: 1",
    "Call-ID: 7-2831@127.0.0.1",
  )
    .replace("User-Agent: \r\n", "");
  const offer = new AlgorithmOffer(["SHA-256", "MD5"]);
  deepEqual(offer.challenged(parseMessage(text) as SipRequest, "192.0.2.1"), ["MD5"]);
  const other = text.replace("z9hG4bK-2831-7-0", "z9hG4bKabc");
  deepEqual(offer.challenged(parseMessage(other) as SipRequest, "192.0.2.1"), ["SHA-256", "MD5"]);
});

Deno.test("a client that leaves two challenges without an answer gets one with MD5 alone; one that answers does not", () => {
  const offer = new AlgorithmOffer(["SHA-256", "MD5"]);
  const silent = register("old phone");
  for (let i = 0; i < 2; i++) deepEqual(offer.challenged(silent, "192.0.2.1"), ["SHA-256", "MD5"]);
  deepEqual(offer.challenged(silent, "192.0.2.1"), ["MD5"]);
  for (let i = 0; i < 5; i++) {
    deepEqual(offer.challenged(silent, "192.0.2.9"), ["SHA-256", "MD5"]);
    offer.answered(silent, "192.0.2.9");
  }
});

Deno.test("where the operator allows one algorithm, nobody is offered another", () => {
  deepEqual(new AlgorithmOffer(["SHA-256"]).challenged(register("baresip v1.0.0"), "192.0.2.1"), ["SHA-256"]);
});
