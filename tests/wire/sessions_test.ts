/** Sessions through the box, as two people see them: chats, pictures, files, several at once, and what goes wrong. */
import assert from "node:assert/strict";
import { memoryFile, MemorySink } from "../../client/testing/memory_network.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";

/** Octets that are nowhere alike. */
function noise(size: number): Uint8Array {
  const octets = new Uint8Array(size);
  let x = 88_172_645;
  for (let i = 0; i < size; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    octets[i] = x;
  }
  return octets;
}

/** That many messages of the device were sent, and each was displayed. */
function shown({ notes }: ImDevice, count: number): boolean {
  return notes.states.size === count && [...notes.states.values()].every((states) => states.includes("displayed"));
}

Deno.test("sessions between two people", async (t) => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
  const alice = await ImDevice.open(parley, "alice");
  const bob = await ImDevice.open(parley, "bob");
  const carol = await ImDevice.open(parley, "carol");
  try {
    await t.step(
      "text in any script, HTML, a picture and a sound pass in a session, whole and in order [DM-3] [RCV-2] [MMD-1] [DLV-2] [rp:IM-7]",
      async () => {
        const chat = alice.client.openChat(bob.uri)!;
        const contents: [string, Uint8Array][] = [
          ["text/plain;charset=UTF-8", new TextEncoder().encode("grüß dich, 你好, שלום 🙂")],
          ["text/html;charset=UTF-8", new TextEncoder().encode("<p>bold</p>")],
        ];
        for (const [type, body] of contents) chat.sendContent(type, body);
        await bob.until(() => bob.notes.messages.length === contents.length, "all of it");
        assert.deepEqual(bob.notes.messages.map(({ contentType, body }) => [contentType, body]), contents);
        assert.equal(bob.notes.messages[0].from, alice.uri);
        // Delivered and displayed come back in the same session, matched to what was sent.
        await alice.until(
          () => shown(alice, contents.length),
          "notifications",
        );
        chat.end();
        await bob.until(() => bob.client.sessions === 0, "the end");
        for (
          const [name, type, size] of [["holiday.png", "image/png", 120_000], [
            "voice.amr",
            "audio/amr",
            45_000,
          ]] as const
        ) {
          const sink = new MemorySink();
          bob.notes.offered = (file) => file.accept(sink);
          const content = noise(size);
          const transfer = alice.client.sendFile(bob.uri, memoryFile(name, content, type))!;
          await alice.until(() => transfer.state === "done", name);
          assert.deepEqual(sink.content, content);
          assert.equal(bob.notes.offers.at(-1)!.file.selector.type, type);
        }
      },
    );

    await t.step("every message is acknowledged: delivered, and displayed when it was looked at [NOT-4]", async () => {
      bob.notes.shows = false;
      const before = bob.notes.messages.length;
      const chat = alice.client.openChat(bob.uri)!;
      const sent = chat.send("are you there?")!;
      await alice.until(() => sent.state === "delivered", "delivered");
      assert.equal(bob.notes.messages.length, before + 1);
      bob.notes.messages.at(-1)!.displayed();
      await alice.until(() => sent.state === "displayed", "displayed");
      bob.notes.shows = true;
      chat.end();
      await alice.until(() => alice.client.sessions === 0, "the end");
    });

    await t.step(
      "a file keeps its original name, of any characters, and its sender learns that it has arrived [MMD-3] [MMD-5]",
      async () => {
        const name = 'Größe "A" 50% – 図.pdf';
        const sink = new MemorySink();
        bob.notes.offered = (file) => file.accept(sink);
        const content = noise(700_000);
        const transfer = alice.client.sendFile(bob.uri, memoryFile(name, content, "application/pdf"))!;
        await alice.until(() => transfer.state === "done", "the file");
        assert.equal(bob.notes.offers.at(-1)!.file.selector.name, name);
        assert.deepEqual(sink.content, content);
        assert.ok(sink.kept);
        assert.equal(alice.notes.ended.at(-1)!.reason, null);
      },
    );

    await t.step("a session with the service is started, stopped, and started again [ADM-3]", async () => {
      const before = bob.notes.messages.length;
      for (const round of [1, 2, 3]) {
        const chat = alice.client.openChat(bob.uri)!;
        chat.send(`round ${round}`);
        await bob.until(() => bob.notes.messages.length === before + round, `round ${round}`);
        // The session of a file before it may be on its way out.
        await alice.until(() => alice.client.sessions === 1, "one session");
        chat.end();
        await bob.until(() => bob.client.sessions === 0, "the end");
        await alice.until(() => alice.client.sessions === 0, "the end");
      }
      await alice.close();
      const again = await ImDevice.open(parley, "alice");
      again.client.openChat(bob.uri)!.send("signed in anew");
      await bob.until(() => bob.texts.at(-1) === "signed in anew", "the message");
      await again.close();
      await bob.until(() => bob.client.sessions === 0, "the end");
    });

    await t.step(
      "one user has several conversations at the same time; nothing of one stands in another [USE-8] [DLV-2]",
      async () => {
        bob.notes.messages.length = carol.notes.messages.length = 0;
        const dave = await ImDevice.open(parley, "alice");
        const toBob = dave.client.openChat(bob.uri)!;
        const toCarol = dave.client.openChat(carol.uri)!;
        const second = dave.client.openChat(bob.uri)!;
        for (let i = 0; i < 100; i++) {
          toBob.send(`b${i}`);
          toCarol.send(`c${i}`);
          second.send(`s${i}`);
        }
        await bob.until(() => bob.notes.messages.length === 200, "bob's");
        await carol.until(() => carol.notes.messages.length === 100, "carol's");
        const numbers = (letter: string) => Array.from({ length: 100 }, (_, i) => `${letter}${i}`);
        assert.deepEqual(carol.texts, numbers("c"));
        for (const letter of ["b", "s"]) {
          const mine = bob.notes.messages.filter(({ text }) => text.startsWith(letter));
          assert.equal(new Set(mine.map(({ chat }) => chat)).size, 1, `all of ${letter} in one chat`);
          assert.deepEqual(bob.texts.filter((text) => text.startsWith(letter)), numbers(letter));
        }
        assert.equal(new Set(bob.notes.messages.map(({ chat }) => chat)).size, 2);
        await dave.close();
      },
    );

    await t.step("a message that cannot be delivered in a session is told to its sender [NOT-3]", async () => {
      const sender = await ImDevice.open(parley, "alice");
      const chat = sender.client.openChat("sip:nobody@example.test")!;
      const lost = chat.send("to nobody")!;
      await sender.until(() => lost.state === "failed", "the failure");
      assert.match(sender.notes.states.get(lost.id)!.at(-1)!, /^failed: .*404/);
      // Over the limit of a message in a session (64 KiB unless the operator says otherwise).
      const open = sender.client.openChat(bob.uri)!;
      const fits = open.send("fits")!;
      await sender.until(() => fits.state === "displayed", "the first");
      const large = open.send("x".repeat(70_000))!;
      await sender.until(() => large.state === "failed", "the refusal");
      assert.match(sender.notes.states.get(large.id)!.at(-1)!, /413|65536/);
      // The other side wants nothing stored, and vanishes: what was under way is told as failed. Else: deferred_sessions_test.ts.
      bob.client.publish({ deferral: "reject" });
      await bob.until(() => bob.notes.events.includes("published"), "the wish to have nothing stored");
      await bob.vanish();
      const late = open.send("are you still there?")!;
      await sender.until(() => late.state === "failed", "the loss", 40_000);
      await sender.close();
    });
  } finally {
    await Promise.all([carol.close(), bob.vanish()]);
  }
});

Deno.test("with only TLS doors, signalling and messages are encrypted [SEC-13]", async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: "[session]\nidle = 600\n",
    tlsOnly: true,
  });
  assert.ok([...parley.ready!.sip, ...parley.ready!.msrp].every((door) => door.startsWith("tls:")), "no plain door");
  const alice = await ImDevice.open(parley, "alice", { transport: "tls" });
  const bob = await ImDevice.open(parley, "bob", { transport: "tls" });
  try {
    const chat = alice.client.openChat(bob.uri)!;
    chat.send("secret");
    await bob.until(() => bob.texts.includes("secret"), "the message");
    for (const device of [alice, bob]) {
      const [one] = device.client.chats;
      const connection = one.session!.connection!;
      assert.equal(connection.secure, true);
      assert.equal(connection.transport, "tls");
      assert.ok(one.theirs!.fingerprints.length > 0, "the box names its certificate");
      assert.ok(one.theirs!.path.every((uri) => uri.startsWith("msrps://")));
    }
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
});

Deno.test("where the operator lets media go directly, two clients exchange messages without the box [rp:IM-9]", async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: '[session]\nmedia_path = "never"\n',
  });
  const door = ["--door", "tcp://127.0.0.1:0"];
  const alice = await ImDevice.open(parley, "alice", { more: door });
  const bob = await ImDevice.open(parley, "bob", { more: door });
  try {
    const chat = alice.client.openChat(bob.uri)!;
    for (let i = 0; i < 50; i++) chat.send(`direct ${i}`);
    await bob.until(() => bob.notes.messages.length === 50, "the messages");
    assert.deepEqual(bob.texts, Array.from({ length: 50 }, (_, i) => `direct ${i}`));
    assert.match(await parley.metrics(), /^msrp_requests_total\{method="SEND"\} 0$/m);
    assert.match(await parley.metrics(), /^parley_im_sessions 1$/m);
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
});

Deno.test("between two domains messages of a session pass both boxes [rp:IM-8]", async () => {
  await using one = await ParleyProcess.start({ users: users("alice"), domain: "one.test" });
  await using two = await ParleyProcess.start({
    users: users("bob"),
    domain: "two.test",
    config: `[[peer]]\ndomain = "one.test"\nnext_hop = "sip:127.0.0.1:${one.port};transport=tcp"\n`,
  });
  await one.restartWith(`[[peer]]\ndomain = "two.test"\nnext_hop = "sip:127.0.0.1:${two.port};transport=tcp"\n`);
  const alice = await ImDevice.open(one, "alice");
  const bob = await ImDevice.open(two, "bob");
  try {
    const chat = alice.client.openChat(bob.uri)!;
    for (let i = 0; i < 50; i++) chat.send(`over ${i}`);
    await bob.until(() => bob.notes.messages.length === 50, "the messages");
    assert.deepEqual(bob.texts, Array.from({ length: 50 }, (_, i) => `over ${i}`));
    assert.equal(bob.notes.messages[0].from, alice.uri);
    await alice.until(() => shown(alice, 50), "notifications");
    for (const box of [one, two]) {
      assert.ok(Number(/^msrp_requests_total\{method="SEND"\} (\d+)$/m.exec(await box.metrics())![1]) >= 50);
    }
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
});
