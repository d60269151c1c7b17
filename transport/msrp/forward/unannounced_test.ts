import assert from "node:assert/strict";
import { RecordingEnd } from "../testing/world.ts";
import type { Switchboard } from "../switchboard.ts";
import { WireWorld } from "./testing/wire_world.ts";
import type { WirePeer } from "./testing/wire_peer.ts";
import { Unannounced } from "./unannounced.ts";

const HOST = "box.example.test";

/** A box that asks somebody before it refuses. */
class World extends WireWorld {
  readonly node: Switchboard;
  readonly unannounced: Unannounced;
  asked = 0;

  constructor() {
    super();
    this.node = this.box(HOST);
    this.unannounced = new Unannounced(this.node, () => this.asked++);
    this.node.unannounced = this.unannounced.endFor;
  }
}

const FROM = "msrp://a.test:7001/alice1;tcp";

function uriOf(id: string): string {
  return `msrp://${HOST}:2855/${id};tcp`;
}

function say(peer: WirePeer, id: string, text: string): string {
  return peer.send({
    to: uriOf(id),
    from: FROM,
    headers: ["Message-ID: m1aaaa", `Byte-Range: 1-${text.length}/${text.length}`],
    body: text,
  });
}

/** Lets everything that is on its way arrive. */
async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => queueMicrotask(() => resolve(null)));
}

Deno.test("what came for a session before it was announced happens when it is, the rest of a message included", async () => {
  const world = new World();
  const peer = world.connect(world.node);
  say(peer, "one00000", "before");
  // A chunk of which the end is not here yet.
  peer.write(
    `MSRP tbig SEND\r\nTo-Path: ${uriOf("one00000")}\r\nFrom-Path: ${FROM}\r\nMessage-ID: m2aaaa\r\n` +
      `Byte-Range: 1-8/8\r\nContent-Type: text/plain\r\n\r\nhalf`,
  );
  await settled();
  assert.equal(world.asked, 1);
  assert.deepEqual(peer.responses, [], "nobody has said anything yet");
  const end = new RecordingEnd();
  world.node.add("one00000", end);
  world.unannounced.heard();
  peer.write("half\r\n-------tbig$\r\n");
  say(peer, "one00000", "after");
  await settled();
  assert.deepEqual(end.told.filter(({ what }) => what === "admit").length, 1);
  assert.deepEqual(
    end.told.filter(({ body }) => body !== undefined).map(({ body }) => body).join("|"),
    "before|half|half|after",
  );
  assert.deepEqual(peer.responses.map(({ status }) => status), [200, 200, 200]);
});

Deno.test("one question at a time; who comes while it is under way is in the next one", async () => {
  const world = new World();
  const [a, b] = [world.connect(world.node), world.connect(world.node)];
  say(a, "one00000", "x");
  await settled();
  say(b, "two00000", "x");
  await settled();
  assert.equal(world.asked, 1);
  world.unannounced.heard();
  await settled();
  assert.deepEqual([a.responses.map(({ status }) => status), b.responses], [[481], []]);
  assert.equal(world.asked, 2);
  world.unannounced.heard();
  await settled();
  assert.deepEqual(b.responses.map(({ status }) => status), [481]);
});

Deno.test("who is not the owner of what was announced meanwhile gets what the session says", async () => {
  const world = new World();
  const peer = world.connect(world.node);
  say(peer, "one00000", "x");
  await settled();
  const end = new RecordingEnd();
  end.admits = 403;
  world.node.add("one00000", end);
  world.unannounced.heard();
  await settled();
  assert.deepEqual(peer.responses.map(({ status }) => status), [403]);
});

Deno.test("strangers are bounded: 256 sessions wait, then it is 481 at once; who goes on asking is let go", async () => {
  const world = new World();
  const peers = Array.from({ length: 257 }, () => world.connect(world.node));
  peers.forEach((peer, i) => say(peer, `none${i}`, "x"));
  await settled();
  assert.deepEqual(peers[256].responses.map(({ status }) => status), [481]);
  assert.ok(peers.slice(0, 256).every(({ responses }) => responses.length === 0));
  world.unannounced.heard();
  world.unannounced.heard();
  await settled();
  assert.ok(peers.every(({ responses }) => responses.length === 1));
  const [peer] = peers;
  for (let i = 0; i < 20 && peer.closed === null; i++) {
    say(peer, `again${i}`, "x");
    await settled();
    world.unannounced.heard();
    await settled();
  }
  assert.notEqual(peer.closed, null);
});

Deno.test("a late REPORT asks nobody, and a connection that breaks while it waits is forgotten", async () => {
  const world = new World();
  const peer = world.connect(world.node);
  peer.send({
    method: "REPORT",
    to: uriOf("old00000"),
    from: FROM,
    headers: ["Message-ID: m1aaaa", "Status: 000 200 OK"],
  });
  await settled();
  assert.equal(world.asked, 0);
  say(peer, "one00000", "x");
  await settled();
  peer.duplex.destroy();
  await settled();
  const end = new RecordingEnd();
  world.node.add("one00000", end);
  world.unannounced.heard();
  await settled();
  assert.deepEqual(end.told, []);
});
