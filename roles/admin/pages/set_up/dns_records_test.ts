import assert from "node:assert/strict";
import { srvRecords } from "./dns_records.ts";

Deno.test("each SIP door that the network reaches has its record", () => {
  const doors = [
    "udp://[::]:5060",
    "tcp://0.0.0.0:5060",
    "tls://192.0.2.1:5061",
    "tls://127.0.0.1:7061",
    "tcp://[::]:0",
  ];
  assert.deepEqual(srvRecords(doors, "example.test", "im.example.test"), [
    "_sip._tcp.example.test. 3600 IN SRV 0 0 5060 im.example.test.",
    "_sip._udp.example.test. 3600 IN SRV 0 0 5060 im.example.test.",
    "_sips._tcp.example.test. 3600 IN SRV 0 0 5061 im.example.test.",
  ]);
  assert.deepEqual(srvRecords(["nonsense"], "a", "b"), []);
});
