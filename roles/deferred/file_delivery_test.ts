import assert from "node:assert/strict";
import { parseFileSelector } from "../../transport/payload/mod.ts";
import { fileLines } from "./intake/file_lines.ts";
import { ALICE, BOB, DeviceEnd, mediaOf, PushWorld } from "./testing/push_world.ts";

const FILE = fileLines({
  selector: parseFileSelector('name:"caf\xc3\xa9.png" type:image/png size:200000'),
  transferId: "t17",
  disposition: "render",
});
const HEADERS =
  `From: "Alice" <${ALICE}>\r\nTo: "Bob" <${BOB}>\r\nP-Asserted-Identity: <${ALICE}>\r\nSubject: a picture\r\n` +
  `Content-Type: image/png\r\n${FILE}`;
const OCTETS = new Uint8Array(200_000).map((_, i) => i * 13);

async function withFile(world = new PushWorld()): Promise<PushWorld> {
  await world.stored({
    mode: "file",
    headers: HEADERS,
    body: new Uint8Array(0),
    content: world.contents.add(OCTETS),
    messageId: "file1234",
  });
  return world;
}

Deno.test("a file comes in a session of its own, as its sender offered it", async () => {
  const world = await withFile();
  world.register();
  await world.pass(200);
  const { request } = world.last("INVITE");
  assert.equal(request.get("From")!.replace(/;tag=.*/, ""), `"Alice" <${ALICE}>`);
  assert.equal(request.get("P-Asserted-Identity"), `<${ALICE}>`);
  assert.equal(request.get("Subject"), "a picture");
  const media = mediaOf(request);
  assert.equal(media.direction, "sendonly");
  assert.deepEqual(media.acceptTypes, ["image/png"]);
  assert.deepEqual(media.file, {
    selector: parseFileSelector('name:"caf\xc3\xa9.png" type:image/png size:200000'),
    transferId: "t17",
    disposition: "render",
  });
  const end = await world.take(world.last("INVITE"), { types: "image/png", whole: 1000 });
  for (let i = 0; i < 10; i++) await world.quiet();
  assert.deepEqual(end.streams, [OCTETS]);
  assert.deepEqual(end.ids, ["file1234"]);
  assert.deepEqual(world.told, ["delivered 1 "]);
  assert.equal(world.store.count, 0);
  assert.equal(world.requests("BYE").length, 1);
  assert.equal(world.delivery.filesOpen.full, false);
});

Deno.test("nothing waits for the answer to a file: neither what was sent behind it, nor new messages", async () => {
  const world = await withFile();
  await world.stored({ text: "behind" });
  await world.stored({ text: "pager", mode: "pager" });
  world.register();
  await world.pass(200);
  const [file, session] = world.requests("INVITE");
  assert.equal(file.request.from.uriText, ALICE, "it is offered first, all the same");
  assert.equal(session.request.from.uriText, "sip:deferred@example.test");
  const end = await world.take(session);
  assert.deepEqual(end.texts, ["behind", "pager"]);
  assert.equal(world.delivery.waiting(BOB), null);
  await world.take(file, { types: "image/png", whole: 1000 });
  for (let i = 0; i < 10; i++) await world.quiet();
  assert.equal(world.store.count, 0);
});

Deno.test("a file in the middle of a session is offered beside it, in its turn", async () => {
  const world = new PushWorld();
  await world.stored({ text: "before" });
  await withFile(world);
  await world.stored({ text: "behind" });
  world.register();
  await world.pass(200);
  const end = await world.take(world.last("INVITE"));
  assert.deepEqual(end.texts, ["before", "behind"]);
  assert.equal(world.requests("INVITE").length, 2);
  assert.equal(world.last("INVITE").request.from.uriText, ALICE);
});

Deno.test("who declines a file has refused it for good; it stays until it expires", async (t) => {
  for (const status of [603, 488, 404]) {
    await t.step(String(status), async () => {
      const world = await withFile();
      world.register();
      await world.pass(200);
      world.last("INVITE").answer(status);
      await world.pass(40_000);
      world.register();
      await world.pass(40_000);
      assert.equal(world.requests("INVITE").length, 1);
      assert.equal(world.store.count, 1);
      assert.deepEqual(world.told, [`refused 1 ${status}`]);
    });
  }
});

Deno.test("who is busy or does not answer is asked again later", async (t) => {
  for (const status of [486, 480, 600, "nothing"] as const) {
    await t.step(String(status), async () => {
      const world = await withFile();
      world.register();
      await world.pass(200);
      if (status === "nothing") await world.pass(33_000);
      else world.last("INVITE").answer(status);
      await world.pass(31_000);
      assert.equal(world.requests("INVITE").length, 2);
      assert.deepEqual(world.told, []);
      await world.take(world.last("INVITE"), { types: "*", whole: 1000 });
      for (let i = 0; i < 10; i++) await world.quiet();
      assert.equal(world.store.count, 0);
    });
  }
});

Deno.test("a file that the device does not take after all is refused; a connection that breaks is not", async () => {
  const world = await withFile();
  world.register();
  await world.pass(200);
  const end = new DeviceEnd();
  end.answers = () => 400;
  await world.take(world.last("INVITE"), { end, types: "*", whole: 1000 });
  for (let i = 0; i < 10; i++) await world.quiet();
  assert.deepEqual(world.told, ["refused 1 400"]);

  const other = await withFile();
  other.register();
  await other.pass(200);
  await other.take(other.last("INVITE"), { types: "*", connects: false });
  await other.pass(36_000);
  assert.deepEqual(other.told, []);
  assert.equal(other.store.count, 1);
  await other.pass(31_000);
  assert.equal(other.requests("INVITE").length, 2);
});

Deno.test("two files of one recipient are under way at once, the next one when one is over", async () => {
  const world = new PushWorld();
  for (let i = 0; i < 4; i++) await withFile(world);
  world.register();
  await world.pass(200);
  assert.equal(world.requests("INVITE").length, 2);
  world.requests("INVITE")[0].answer(603);
  await world.quiet();
  assert.equal(world.requests("INVITE").length, 3);
});

Deno.test("a file whose lines cannot be read, or that the rules keep back, holds up nobody", async () => {
  const world = new PushWorld({ admits: ({ messageId }) => messageId !== "file1234" });
  await withFile(world);
  await world.stored({ mode: "file", headers: HEADERS.replace(FILE, "Parley-File: nonsense\r\n") });
  await world.stored({ text: "fine" });
  world.register();
  await world.pass(200);
  assert.deepEqual((await world.take(world.last("INVITE"))).texts, ["fine"]);
  assert.equal(world.requests("INVITE").length, 1);
  assert.equal(world.delivery.filesOpen.full, false);
  assert.equal(world.store.count, 2);
});

Deno.test("where too many files are under way, over all recipients, it begins a while later", async () => {
  const world = await withFile();
  const { filesOpen } = world.delivery;
  while (!filesOpen.full) filesOpen.enter();
  world.register();
  await world.pass(1_000);
  assert.equal(world.requests("INVITE").length, 0);
  filesOpen.leave();
  await world.pass(32_000);
  assert.equal(world.requests("INVITE").length, 1);
});
