import assert from "node:assert/strict";
import { memoryFile, MemoryNetwork, MemorySink } from "./testing/memory_network.ts";

/** Octets that are nowhere alike. */
function noise(size: number): Uint8Array {
  const octets = new Uint8Array(size);
  let x = 123_456_789;
  for (let i = 0; i < size; i++) {
    x = Math.imul(x ^ (x >>> 15), 2_246_822_519) + i | 0;
    octets[i] = x;
  }
  return octets;
}

Deno.test("a file is offered with everything about it, accepted, and arrives whole", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  bob.notes.offered = (file) => file.accept(sink);
  const content = noise(2_000_000);
  const transfer = alice.client.sendFile(bob.uri, memoryFile('größe "1".bin', content))!;
  await network.until(() => transfer.state === "done", "the file");
  await network.until(() => alice.client.sessions + bob.client.sessions === 0, "the end");
  assert.deepEqual(sink.content, content);
  assert.ok(sink.kept);
  const offer = bob.notes.offers[0];
  assert.equal(offer.file.selector.name, 'größe "1".bin');
  assert.equal(offer.file.selector.size, content.length);
  assert.equal(offer.from.uri, alice.uri);
  assert.equal(transfer.moved, content.length);
  assert.deepEqual(bob.notes.ended.map(({ reason }) => reason), [null]);
});

for (const size of [0, 1, 100]) {
  Deno.test(`a file of ${size} octets`, async () => {
    const network = new MemoryNetwork();
    const alice = network.device("alice.test");
    const bob = network.device("bob.test", { door: true });
    const sink = new MemorySink();
    bob.notes.offered = (file) => file.accept(sink);
    const transfer = alice.client.sendFile(bob.uri, memoryFile("small", noise(size)))!;
    await network.until(() => transfer.state === "done", "the file");
    assert.deepEqual(sink.content, noise(size));
    assert.ok(sink.kept);
  });
}

Deno.test("a file that is declined fails with the words of the other side", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  bob.notes.offered = (file) => file.refuse(603, "no room");
  alice.client.sendFile(bob.uri, memoryFile("x", noise(10)));
  await network.until(() => alice.notes.ended.length === 1, "the refusal");
  assert.equal(alice.notes.ended[0].reason?.text, "no room (603)");
  assert.equal(bob.client.sessions, 0);
});

Deno.test("a file whose hash is another one is not kept, and its sender is told", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  bob.notes.offered = (file) => file.accept(sink);
  const source = memoryFile("x", noise(50_000));
  alice.client.sendFile(bob.uri, { ...source, sha1: new Uint8Array(20) });
  await network.until(() => alice.notes.ended.length === 1 && bob.notes.ended.length === 1, "the failure");
  assert.equal(sink.kept, false);
  assert.match(bob.notes.ended[0].reason!.text, /its hash is another one/);
  assert.match(alice.notes.ended[0].reason!.text, /the hash is another one \(400\)/);
});

Deno.test("a file goes on by range after cuts, in the same call", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  bob.notes.offered = (file) => file.accept(sink);
  const content = noise(8_000_000);
  const transfer = alice.client.sendFile(bob.uri, memoryFile("big", content))!;
  for (const where of [2_000_000, 5_000_000]) {
    await network.until(() => transfer.moved > where || transfer.state === "done", `${where} octets`);
    assert.equal(transfer.state, "moving");
    network.cut();
    await network.until(() => transfer.state === "cut", "the cut");
  }
  await network.until(() => transfer.state === "done", "the file");
  assert.deepEqual(sink.content, content);
  assert.equal(network.count("INVITE"), 3);
  assert.ok(sink.octets < 13_000_000, `${sink.octets} octets came for 8,000,000: it did not begin anew`);
  assert.match(network.bodies.filter((text) => text.startsWith("INVITE"))[2], /^a=file-range:[1-9]\d{6,}-\*/m);
});

Deno.test("a file can be asked for, and what nobody has is refused", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  const content = noise(300_000);
  alice.client.fetchFile(bob.uri, { name: "notes.txt", hashes: [] }, sink);
  await network.until(() => bob.notes.asked.length === 1, "the question");
  bob.notes.asked[0].send(memoryFile("notes.txt", content, "text/plain"));
  await network.until(() => alice.notes.ended.length === 1, "the file");
  assert.equal(alice.notes.ended[0].reason, null);
  assert.deepEqual(sink.content, content);
  alice.client.fetchFile(bob.uri, { name: "other.txt", hashes: [] }, new MemorySink());
  await network.until(() => bob.notes.asked.length === 2, "the question");
  bob.notes.asked[1].send(memoryFile("notes.txt", content, "text/plain"));
  await network.until(() => alice.notes.ended.length === 2, "the refusal");
  assert.equal(alice.notes.ended[1].reason?.text, "No such file (404)");
});

Deno.test("a sink that cannot keep the file fails the transfer on both sides", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  sink.finish = (done) => done(null, "the disk is full");
  bob.notes.offered = (file) => file.accept(sink);
  alice.client.sendFile(bob.uri, memoryFile("x", noise(50_000)));
  await network.until(() => alice.notes.ended.length === 1 && bob.notes.ended.length === 1, "the failure");
  assert.equal(bob.notes.ended[0].reason?.text, "the disk is full");
  assert.match(alice.notes.ended[0].reason!.text, /could not be kept/);
});

Deno.test("a sender who gives up tells the recipient, whose sink may keep what is there", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  bob.notes.offered = (file) => file.accept(sink);
  const transfer = alice.client.sendFile(bob.uri, memoryFile("x", noise(20_000_000)))!;
  await network.until(() => transfer.moved > 100_000, "some of it");
  transfer.cancel();
  await network.until(() => bob.notes.ended.length === 1, "the end");
  assert.equal(bob.notes.ended[0].reason?.text, "the sender has given the file up");
  assert.notEqual(sink.aborted, "");
  assert.equal(sink.kept, false);
});

Deno.test("a sink whose file cannot get its name fails the transfer on both sides, and is aborted", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const sink = new MemorySink();
  sink.keep = () => {
    throw new Error("the folder is gone");
  };
  bob.notes.offered = (file) => file.accept(sink);
  alice.client.sendFile(bob.uri, memoryFile("x", noise(50_000)));
  await network.until(() => alice.notes.ended.length === 1 && bob.notes.ended.length === 1, "the failure");
  assert.equal(bob.notes.ended[0].reason?.text, "it could not be kept: the folder is gone");
  assert.match(alice.notes.ended[0].reason!.text, /could not be kept/);
  assert.notEqual(sink.aborted, "");
  await network.until(() => alice.client.sessions + bob.client.sessions === 0, "the end");
});

Deno.test("an offer that its sender took back cannot be accepted any more: what was made ready for it is let go", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const transfer = alice.client.sendFile(bob.uri, memoryFile("x", noise(50_000)))!;
  await network.until(() => bob.notes.offers.length === 1, "the offer");
  transfer.cancel();
  await network.until(() => bob.notes.ended.length === 1, "the end");
  const sink = new MemorySink();
  bob.notes.offers[0].accept(sink);
  assert.equal(sink.aborted, "the file is not offered any more");
  assert.equal(bob.client.sessions, 0);
});
