import assert from "node:assert/strict";
import { Dialog, dialogKey, DialogTable } from "./dialog.ts";
import { parseMessage, SipRequest, SipResponse } from "./message.ts";

function request(method: string, cseq: number, more: string, toTag = ""): SipRequest {
  const message = parseMessage(
    `${method} sip:bob@b.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n` +
      `From: "Alice" <sip:alice@a.test>;tag=fa\r\nTo: <sip:bob@b.test>${toTag === "" ? "" : `;tag=${toTag}`}\r\n` +
      `Call-ID: c1\r\nCSeq: ${cseq} ${method}\r\n${more}\r\n`,
  );
  assert.ok(message instanceof SipRequest);
  return message;
}

function response(more: string, toTag = "tb"): SipResponse {
  const message = parseMessage(
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@a.test>;tag=fa\r\n` +
      `To: <sip:bob@b.test>;tag=${toTag}\r\nCall-ID: c1\r\nCSeq: 7 SUBSCRIBE\r\n${more}\r\n`,
  );
  assert.ok(message instanceof SipResponse);
  return message;
}

const CONTACT = "Contact: <sip:alice@192.0.2.1:5070>\r\n";
const ROUTES = "Record-Route: <sip:p2.test;lr>\r\nRecord-Route: <sip:p1.test;lr>\r\n";

Deno.test("as the one who was asked (RFC 3261 §12.1.1)", () => {
  const dialog = Dialog.uas(request("SUBSCRIBE", 5, CONTACT + ROUTES), "tb");
  assert.ok(dialog instanceof Dialog);
  assert.equal(dialog.key, dialogKey("c1", "tb", "fa"));
  assert.equal(dialog.local, "<sip:bob@b.test>;tag=tb");
  assert.equal(dialog.remote, '"Alice" <sip:alice@a.test>;tag=fa');
  assert.deepEqual(dialog.routing(), {
    uri: "sip:alice@192.0.2.1:5070",
    routes: ["<sip:p2.test;lr>", "<sip:p1.test;lr>"],
    nextHop: "sip:p2.test;lr",
  });
  assert.deepEqual([dialog.nextCSeq(), dialog.nextCSeq()], [1, 2]);
});

Deno.test("as the one who asked (RFC 3261 §12.1.2): routes reversed, numbers go on", () => {
  const dialog = Dialog.uac(response("Contact: <sip:bob@192.0.2.2>\r\n" + ROUTES));
  assert.ok(dialog !== null);
  assert.equal(dialog.key, dialogKey("c1", "fa", "tb"));
  assert.equal(dialog.local, "<sip:alice@a.test>;tag=fa");
  assert.deepEqual(dialog.routeSet, ["<sip:p1.test;lr>", "<sip:p2.test;lr>"]);
  assert.equal(dialog.nextCSeq(), 8);
  assert.equal(Dialog.uac(response("")), null);
});

Deno.test("a request that can form no dialog gets its reason", () => {
  for (const contact of ["", "Contact: *\r\n", "Contact: <tel:+1555>\r\n", CONTACT + CONTACT, "Contact: <sip:>\r\n"]) {
    const problem = Dialog.uas(request("SUBSCRIBE", 1, contact), "tb");
    assert.deepEqual(problem, { status: 400, reason: "Contact missing or not one SIP URI" }, contact);
  }
  const many = "Record-Route: <sip:p;lr>\r\n".repeat(33);
  assert.equal((Dialog.uas(request("SUBSCRIBE", 1, CONTACT + many), "tb") as { status: number }).status, 400);
});

Deno.test("RFC 3261 §12.2.2: a lower CSeq gets 500, gaps and equal numbers pass; refreshing methods move the target", () => {
  const dialog = Dialog.uas(request("SUBSCRIBE", 5, CONTACT), "tb") as Dialog;
  assert.deepEqual(dialog.receive(request("SUBSCRIBE", 4, "", "tb")), {
    status: 500,
    reason: "CSeq 4 after 5 in this dialog",
  });
  assert.equal(dialog.receive(request("SUBSCRIBE", 5, "", "tb")), null);
  assert.equal(dialog.receive(request("MESSAGE", 9, "Contact: <sip:x@192.0.2.9>\r\n", "tb")), null);
  assert.equal(dialog.remoteTarget, "sip:alice@192.0.2.1:5070");
  assert.equal(dialog.receive(request("SUBSCRIBE", 10, "Contact: <sip:alice@192.0.2.8>\r\n", "tb")), null);
  assert.equal(dialog.remoteTarget, "sip:alice@192.0.2.8");
});

Deno.test("the dialog table finds by the other side's request and is bounded", () => {
  const table = new DialogTable<string>(1);
  const dialog = Dialog.uas(request("SUBSCRIBE", 5, CONTACT), "tb") as Dialog;
  assert.equal(table.add(dialog, "usage"), true);
  assert.equal(table.add(Dialog.uas(request("SUBSCRIBE", 5, CONTACT), "t2") as Dialog, "other"), false);
  assert.equal(table.find(request("NOTIFY", 6, "", "tb")), "usage");
  assert.equal(table.find(request("NOTIFY", 6, "", "tx")), undefined);
  assert.equal(table.find(request("NOTIFY", 6, "")), undefined);
  table.remove(dialog);
  assert.deepEqual([table.size, [...table.values()].length], [0, 0]);
});
