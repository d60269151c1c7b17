import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { fileLines } from "./intake/file_lines.ts";
import { ALICE, BOB, PushWorld } from "./testing/push_world.ts";

Deno.test("a Message-ID that a sender has guessed takes no other message's place", async () => {
  const world = new PushWorld();
  const now = world.time.now();
  // What the second one would be called.
  const guessed = `p2.${(now + 1).toString(36)}`;
  await world.stored({ text: "guess", messageId: guessed });
  await world.stored({ text: "other" });
  await world.stored({ text: "third" });
  assert.equal(world.store.messages.get(2)!.arrivedAt, now + 1);
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"));
  await world.pass(1_000);
  assert.deepEqual(end.texts, ["guess", "other", "third"]);
  assert.deepEqual(end.ids.slice(0, 2), [guessed, `${guessed}.1`]);
});

Deno.test("what a device says and what is not passed on yet is bounded in octets", async () => {
  const world = new PushWorld();
  const asks = `From: <${ALICE}>\r\nTo: <${BOB}>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: i1\r\n` +
    `imdn.Disposition-Notification: display\r\n\r\nContent-Type: text/plain\r\n\r\nhello`;
  await world.stored({
    body: utf8(asks),
    headers: `From: <${ALICE}>\r\nTo: <${BOB}>\r\nP-Asserted-Identity: <${ALICE}>\r\nContent-Type: message/cpim\r\n`,
  });
  world.register();
  await world.pass(200);
  // It stays for a second, for what there is to tell.
  const end = await world.take(world.last("INVITE"));
  const statuses: number[] = [];
  const tell = () =>
    end.session.send({
      contentType: "message/cpim",
      body: utf8(
        `From: <${BOB}>\r\nTo: <${ALICE}>\r\n\r\nContent-Type: message/imdn+xml\r\n` +
          `Content-Disposition: notification\r\n\r\n${"x".repeat(20_000)}`,
      ),
      user: { onFailed: (_message, status) => void statuses.push(status) },
    });
  for (let i = 0; i < 5; i++) tell();
  await world.quiet();
  assert.equal(world.onward.length, 3);
  assert.deepEqual(statuses, [413, 413]);
  for (const { done } of world.onward) done(202);
  tell();
  await world.quiet();
  assert.equal(world.onward.length, 4, "there is room again");
});

Deno.test("a content that cannot be read in the middle: gone, it holds up nobody; for the moment, it keeps its place", async () => {
  for (const gone of [true, false]) {
    const world = new PushWorld();
    const octets = new Uint8Array(400_000).fill(65);
    await world.stored({ body: new Uint8Array(0), content: world.contents.add(octets) });
    await world.stored({ text: "behind" });
    const { read } = world.contents;
    let fails = true;
    world.contents.read = (content, offset, most) => {
      if (!fails || offset < 200_000) return read.call(world.contents, content, offset, most);
      if (gone) world.store.messages.delete(1);
      return Promise.reject(new Error("the store does not answer"));
    };
    world.register();
    await world.pass(200);
    const end = await world.take(world.last("INVITE"), { whole: 1_000 });
    await world.pass(1_000);
    assert.deepEqual(end.bodies.length, gone ? 1 : 0);
    assert.equal(world.store.count, gone ? 0 : 2);
    if (gone) continue;
    fails = false;
    await world.pass(31_000);
    const again = await world.take(world.last("INVITE"), { whole: 1_000 });
    await world.pass(1_000);
    assert.deepEqual(again.bodies.map(({ length }) => length > 400_000), [true, false]);
    assert.equal(world.store.count, 0);
  }
});

Deno.test("a file that is damaged in the store is offered once", async () => {
  const world = new PushWorld();
  const lines = fileLines({ selector: { name: "a.png", type: "image/png", size: 200_000, hashes: [] } });
  const headers = `From: <${ALICE}>\r\nTo: <${BOB}>\r\nContent-Type: image/png\r\n${lines}`;
  const content = world.contents.add(new Uint8Array(200_000));
  await world.stored({ mode: "file", body: new Uint8Array(0), headers, content });
  world.contents.damagedFrom = 100_000;
  world.register();
  await world.pass(200);
  await world.take(world.last("INVITE"), { types: "*", whole: 1_000 });
  await world.pass(1_000);
  assert.equal(world.requests("BYE").length, 1);
  for (let i = 0; i < 60; i++) {
    world.time.advance(60_000);
    await world.quiet();
  }
  assert.equal(world.requests("INVITE").length, 1);
});
