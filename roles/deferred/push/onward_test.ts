import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import { CoreWorld } from "../../sip_core/testing/core_world.ts";
import { Onward } from "./onward.ts";

const BOB = "sip:bob@example.test";

function cpim(lines: string): Uint8Array {
  return utf8(
    `From: <${BOB}>\r\n${lines}\r\n\r\nContent-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n<imdn/>`,
  );
}

function sent(lines: string, user = BOB): { exchanges: Exchange[]; statuses: number[] } {
  const world = new CoreWorld();
  world.user("bob", { displayName: "Bob" });
  const exchanges: Exchange[] = [];
  const statuses: number[] = [];
  const onward = new Onward({
    services: world.services,
    subscriber: (aor) => world.subscribers.get(aor),
    deliver: (exchange) => void exchanges.push(exchange),
  });
  onward.send(cpim(lines), user, (status) => statuses.push(status));
  return { exchanges, statuses };
}

Deno.test("a notification goes on as a MESSAGE of the user whose device gave it, to whoever it names", () => {
  const { exchanges: [exchange], statuses } = sent("To: <sip:alice@other.test>");
  const { request } = exchange;
  assert.equal(request.method, "MESSAGE");
  assert.equal(request.uri, "sip:alice@other.test");
  assert.equal(request.from.uriText, BOB);
  assert.deepEqual(exchange.identity, { aor: BOB, displayName: "Bob", number: "" });
  assert.equal(exchange.subscriber?.aor, BOB);
  assert.equal(request.get("Content-Type"), "message/cpim");
  assert.deepEqual(request.body, cpim("To: <sip:alice@other.test>"));
  exchange.reply(202);
  exchange.reply(200);
  assert.deepEqual(statuses, [202]);
});

Deno.test("it goes the way that was recorded", () => {
  const lines =
    "To: <sip:alice@other.test>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.IMDN-Route: <sip:exploder@list.test>";
  assert.equal(sent(lines).exchanges[0].request.uri, "sip:exploder@list.test");
});

Deno.test("what names nobody is 400, and who is no user of ours may send nothing", () => {
  for (const lines of ["To: <mailto:a@b.test>", "Subject: x", "To: <sip:a@b.test\x01>", "To: <sip:b.test>x"]) {
    assert.deepEqual(sent(lines), { exchanges: [], statuses: [400] });
  }
  assert.deepEqual(sent("To: <sip:a@b.test>", "sip:nobody@example.test"), { exchanges: [], statuses: [403] });
});
