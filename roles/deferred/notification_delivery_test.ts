import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { ALICE, BOB, PushWorld } from "./testing/push_world.ts";

const HEADERS = `From: <${ALICE}>\r\nTo: <${BOB}>\r\nP-Asserted-Identity: <${ALICE}>\r\nContent-Type: message/cpim\r\n`;
const IM = { params: ";+g.oma.sip-im" };

function notification(id: string): Uint8Array {
  return utf8(
    `From: <${ALICE}>\r\nTo: <${BOB}>\r\nDateTime: 2026-01-01T00:00:00Z\r\nNS: imdn <urn:ietf:params:imdn>\r\n` +
      `imdn.Message-ID: n-${id}\r\n\r\nContent-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n` +
      `<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>${id}</message-id><datetime>2026-01-01T00:00:00Z</datetime>` +
      `<delivery-notification><status><delivered/></status></delivery-notification></imdn>`,
  );
}

async function waiting(count: number): Promise<PushWorld> {
  const world = new PushWorld();
  for (let i = 0; i < count; i++) {
    await world.stored({ mode: "pager", headers: HEADERS, body: notification(`m${i}`) });
  }
  return world;
}

Deno.test("many notifications go together, in one session, where the device is one of this service", async () => {
  const world = await waiting(6);
  world.register("203.0.113.1", IM);
  await world.pass(200);
  assert.deepEqual(world.sent.map(({ method }) => method), ["INVITE"]);
  const end = await world.take(world.last("INVITE"));
  assert.equal(end.bodies.length, 6);
  end.texts.forEach((text, i) => assert.match(text, new RegExp(`<message-id>m${i}</message-id>`)));
  assert.equal(world.store.count, 0);
});

Deno.test("a few go as MESSAGEs, and so do all to a device that never said what it can", async () => {
  for (const [count, facts] of [[3, IM], [6, { params: "" }]] as const) {
    const world = await waiting(count);
    world.register("203.0.113.1", facts);
    await world.pass(200);
    for (let i = 0; i < count; i++) {
      assert.equal(world.sent.length, i + 1);
      world.sent[i].answer(200);
      await world.quiet();
    }
    assert.ok(world.sent.every(({ method }) => method === "MESSAGE"));
    assert.equal(world.store.count, 0);
  }
});

Deno.test("a device that refuses the session gets its notifications by MESSAGE", async () => {
  const world = await waiting(5);
  world.register("203.0.113.1", IM);
  await world.pass(200);
  world.last("INVITE").answer(488);
  await world.quiet();
  assert.equal(world.sent.at(-1)!.method, "MESSAGE");
});
