/** The command-line client through the box, as admins use it: two processes and a third between them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ChatProcess, type EventOf } from "../support/chat_process.ts";
import { ParleyProcess, users } from "../support/parley.ts";

type How = "tcp" | "tls" | "ws";
const HOWS: readonly How[] = ["tcp", "tls", "ws"];
const COUNT = 1000;

function uri(name: string): string {
  return `sip:${name}@example.test`;
}

/** How a client gets to the box. */
function serverArgs(parley: ParleyProcess, how: How): string[] {
  if (how === "tcp") return ["--server", `tcp://127.0.0.1:${parley.port}`];
  if (how === "ws") return ["--server", `ws://127.0.0.1:${parley.webPort}/ws`];
  return ["--server", `tls://127.0.0.1:${parley.tlsPort}`, "--insecure"];
}

/** A client that waits for others, registered. */
async function listener(parley: ParleyProcess, name: string, how: How, ...more: string[]): Promise<ChatProcess> {
  const client = ChatProcess.start(name, ["--listen", "--as", uri(name), ...serverArgs(parley, how), ...more]);
  await client.event("registered");
  return client;
}

/** Quits all; each has to end in order. */
async function quitAll(clients: readonly ChatProcess[]): Promise<void> {
  const codes = await Promise.all(clients.map((client) => client.quit()));
  assert.deepEqual(codes, clients.map(() => 0));
}

/** What came from one sender, in order. */
function textsFrom(client: ChatProcess, sender: string): string[] {
  return client.all("message").filter(({ from }) => from === uri(sender)).map(({ text }) => text);
}

/** The states of a sender's messages to one recipient, by what was said of them: `sent delivered displayed`. */
function statesTo(client: ChatProcess, recipient: string): Map<string, string> {
  const states = new Map<string, string>();
  for (const { to, ref, state } of client.all("state")) {
    if (to === uri(recipient)) states.set(ref, `${states.get(ref) ?? ""} ${state}`.trim());
  }
  return states;
}

Deno.test("1,000 messages each way between TCP, TLS and WebSocket: order kept, notifications matched, none twice [NOT-4] [DLV-2] [rp:IM-7]", async (t) => {
  const names = (letter: string) => HOWS.map((how) => `${letter}-${how}`);
  await using parley = await ParleyProcess.start({ users: users(...names("a"), ...names("b")) });
  const left = await Promise.all(HOWS.map((how) => listener(parley, `a-${how}`, how)));
  const right = await Promise.all(HOWS.map((how) => listener(parley, `b-${how}`, how)));
  for (const [i, a] of left.entries()) {
    for (const [j, b] of right.entries()) {
      await t.step(`${HOWS[i]} to ${HOWS[j]}`, async () => {
        const texts = (letter: string) => Array.from({ length: COUNT }, (_, n) => `${letter}${n} äöü`);
        // The first one opens the chat, which both use.
        await a.do({ do: "send", to: uri(b.name), text: "a0 äöü", ref: `${j}.0` });
        await b.event("message", ({ from }) => from === uri(a.name));
        const sends = (from: string, to: ChatProcess, peer: number, first: number) =>
          texts(from).slice(first).map((text, n) => ({
            do: "send" as const,
            to: uri(to.name),
            text,
            ref: `${peer}.${n + first}`,
          }));
        await Promise.all([a.do(...sends("a", b, j, 1)), b.do(...sends("b", a, i, 0))]);
        const displayed = (client: ChatProcess, to: string) =>
          client.all("state").filter((event) => event.to === uri(to) && event.state === "displayed").length;
        await a.until(() => displayed(a, b.name) >= COUNT, `have ${COUNT} displayed`, 60_000);
        await b.until(() => displayed(b, a.name) >= COUNT, `have ${COUNT} displayed`, 60_000);
        assert.deepEqual(textsFrom(b, a.name), texts("a"));
        assert.deepEqual(textsFrom(a, b.name), texts("b"));
        for (const [states, peer] of [[statesTo(a, b.name), j], [statesTo(b, a.name), i]] as const) {
          assert.equal(states.size, COUNT);
          for (const [ref, said] of states) {
            assert.ok(ref.startsWith(`${peer}.`));
            assert.match(said, /^(?:sent )?(?:delivered )?displayed$/, ref);
          }
        }
        assert.equal(a.all("chat").filter(({ peer }) => peer === uri(b.name)).length, 1, "one chat for both ways");
        await a.do({ do: "end" });
        await b.event("chat-ended", ({ peer }) => peer === uri(a.name));
      });
    }
  }
  await quitAll([...left, ...right]);
});

Deno.test("typing is shown while it lasts, in a session through the box [rp:IM-7]", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const alice = await listener(parley, "alice", "tcp");
  const bob = await listener(parley, "bob", "ws");
  await alice.do({ do: "send", to: uri("bob"), text: "hello" });
  await bob.event("message");
  await bob.do({ do: "typing" });
  assert.equal((await alice.event("composing", ({ active }) => active)).from, uri("bob"));
  await bob.do({ do: "send", to: uri("alice"), text: "here it is" });
  await alice.event("composing", ({ active }) => !active);
  await alice.event("message");
  await quitAll([alice, bob]);
});

/** A file of noise and its hash. */
async function noiseFile(path: string, size: number): Promise<string> {
  const octets = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(octets.subarray(at, at + 65_536));
  await Deno.writeFile(path, octets);
  return sha256(octets);
}

function sha256(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("hex");
}

Deno.test("a 5 MB file goes through the box between TLS and TCP, whole and under its name; what is there stays [DM-3] [MMD-1] [MMD-3] [MMD-5] [rp:IM-7]", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const files = `${parley.dir}/received`;
  const alice = await listener(parley, "alice", "tls");
  const bob = await listener(parley, "bob", "tcp", "--files", files);
  const path = `${parley.dir}/grüße (1).png`;
  const hash = await noiseFile(path, 5_000_000);
  for (const place of ["grüße (1).png", "grüße (1) (2).png"]) {
    const before = bob.all("file-ended").length;
    await alice.do({ do: "file", path, to: uri("bob") });
    await bob.until(() => bob.all("file-ended").length > before, "get the file", 60_000);
    await alice.until(() => alice.all("file-ended").length > before, "hear of its arrival", 60_000);
    const ended = bob.all("file-ended").at(-1)!;
    assert.equal(ended.reason, "");
    assert.equal(ended.place, `${files}/${place}`);
    assert.equal(sha256(await Deno.readFile(ended.place)), hash);
    assert.ok(alice.all("file-ended").at(-1)!.ok);
  }
  const offered = bob.all("file-offered")[0];
  assert.deepEqual([offered.name, offered.size, offered.type], ["grüße (1).png", 5_000_000, "image/png"]);
  assert.deepEqual([...Deno.readDirSync(files)].length, 2, "no part of a file is left");
  await quitAll([alice, bob]);
});

Deno.test("a file can be asked for through the box; what is not shared is refused", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const alice = ChatProcess.start("alice", [
    uri("bob"),
    "--as",
    uri("alice"),
    ...serverArgs(parley, "tcp"),
    "--files",
    `${parley.dir}/got`,
  ]);
  const bob = await listener(parley, "bob", "tcp");
  await alice.event("registered");
  const hash = await noiseFile(`${parley.dir}/plan.pdf`, 300_000);
  await bob.do({ do: "share", path: `${parley.dir}/plan.pdf` });
  await bob.event("notice", ({ text }) => text.includes("plan.pdf"));
  await alice.do({ do: "get", name: "plan.pdf" }, { do: "get", name: "secret.pdf" });
  const got = await alice.event("file-ended", ({ ok }) => ok);
  assert.equal(sha256(await Deno.readFile(got.place)), hash);
  const refused = await alice.event("file-ended", ({ ok }) => !ok);
  assert.match(refused.reason, /No such file.*\(404\)/);
  await quitAll([alice, bob]);
});

Deno.test("a large message arrives whole, is told delivered and displayed, and its session is over [NOT-4] [rp:IM-7]", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const alice = await listener(parley, "alice", "ws");
  const bob = await listener(parley, "bob", "tls");
  const text = Array.from({ length: 8000 }, (_, i) => `line ${i} of a long letter`).join("\n");
  await alice.do({ do: "send", mode: "large", to: uri("bob"), text, ref: "letter" });
  const message: EventOf<"message"> = await bob.event("message");
  assert.equal(message.mode, "large");
  assert.equal(message.text, text);
  await alice.event("state", ({ ref, state }) => ref === "letter" && state === "displayed");
  assert.match(statesTo(alice, "bob").get("letter")!, /^(?:sent )?(?:delivered )?displayed$/);
  assert.equal(bob.all("chat").length, 0, "no chat is opened for it");
  await quitAll([alice, bob]);
});

Deno.test("a file over the operator's limit is refused with what is allowed, before a byte has moved [ADM-6] [rp:IM-7]", async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: "[session]\nmax_content = 100000\n",
  });
  const alice = await listener(parley, "alice", "tcp");
  const bob = await listener(parley, "bob", "tcp", "--files", `${parley.dir}/received`);
  const path = `${parley.dir}/big.bin`;
  await noiseFile(path, 200_000);
  await alice.do({ do: "file", path, to: uri("bob") });
  const ended = await alice.event("file-ended");
  assert.equal(ended.ok, false);
  assert.match(ended.reason, /200000.*100000/);
  assert.equal(alice.all("file").filter(({ moved }) => moved > 0).length, 0);
  assert.equal(bob.all("file-offered").length, 0);
  await quitAll([alice, bob]);
});

Deno.test("what is said to somebody whose device has died fails where nothing is stored, and its sender is told [NOT-3] [rp:IM-7]", async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: "[deferred]\nenabled = false\n",
  });
  const alice = await listener(parley, "alice", "tcp");
  const bob = await listener(parley, "bob", "tcp");
  await alice.do({ do: "send", to: uri("bob"), text: "hello", ref: "first" });
  await alice.event("state", ({ ref, state }) => ref === "first" && state === "displayed");
  bob.kill();
  await alice.do({ do: "send", to: uri("bob"), text: "are you there?", ref: "second" });
  const { reason } = await alice.event("state", ({ ref, state }) => ref === "second" && state === "failed", 60_000);
  assert.notEqual(reason, "");
  await quitAll([alice]);
});

Deno.test("two clients talk straight to each other where the operator lets them: nothing passes the box [rp:IM-9]", async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: '[session]\nmedia_path = "never"\n',
  });
  const alice = await listener(parley, "alice", "tcp");
  const bob = await listener(parley, "bob", "tls", "--door", "tls://127.0.0.1:0");
  await bob.do({ do: "send", to: uri("alice"), text: "hello", ref: "1" });
  await bob.event("state", ({ ref, state }) => ref === "1" && state === "displayed");
  await alice.do({ do: "send", to: uri("bob"), text: "hi", ref: "2" });
  await alice.event("state", ({ ref, state }) => ref === "2" && state === "displayed");
  assert.match(await parley.metrics(), /^\S*msrp_connections 0$/m);
  assert.equal(alice.all("chat").length, 1);
  await quitAll([alice, bob]);
});

Deno.test("clients without a door meet at the box's relay [rp:IM-7]", async () => {
  await using parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    config: '[session]\nmedia_path = "never"\n',
  });
  const relay = ["--relay", `msrps://127.0.0.1:${parley.msrpsPort};tcp`];
  const alice = await listener(parley, "alice", "tls", ...relay);
  const bob = await listener(parley, "bob", "tls", ...relay);
  await alice.do({ do: "send", to: uri("bob"), text: "hello", ref: "1" });
  await alice.event("state", ({ ref, state }) => ref === "1" && state === "displayed");
  await bob.do({ do: "send", to: uri("alice"), text: "hi", ref: "2" });
  await bob.event("state", ({ ref, state }) => ref === "2" && state === "displayed");
  assert.match(await parley.metrics(), /^\S*msrp_relay_sessions [1-9]/m);
  await quitAll([alice, bob]);
});

Deno.test("Ctrl-C ends in order: the other side hears it, the registration goes, the exit code is 0", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const alice = await listener(parley, "alice", "tcp");
  const bob = await listener(parley, "bob", "tcp");
  await alice.do({ do: "send", to: uri("bob"), text: "hello" });
  await bob.event("message");
  assert.equal(await alice.signal("SIGINT"), 0);
  await bob.event("chat-ended", ({ peer }) => peer === uri("alice"));
  await bob.do({ do: "send", mode: "pager", to: uri("alice"), text: "gone?", ref: "late" });
  const stored = await bob.event("state", ({ ref }) => ref === "late");
  assert.ok(stored.deferred, "nobody is registered any more: the message is stored");
  await quitAll([bob]);
});

Deno.test("a wrong password ends the client with code 1 and says whose", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice") });
  const alice = ChatProcess.start("alice", ["--listen", "--as", uri("alice"), ...serverArgs(parley, "tcp")], "wrong");
  assert.equal(await alice.ended(), 1);
  assert.match(alice.all("error")[0].text, /sip:alice@example\.test cannot log in as "alice": .*password.*\(403\)/);
});

Deno.test("lines piped in are sent, and the program waits for what becomes of them", async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const bob = await listener(parley, "bob", "tcp");
  const process = new Deno.Command("node", {
    args: ["tools/run.mjs", "chat", uri("bob"), "--as", uri("alice"), ...serverArgs(parley, "tcp")],
    cwd: new URL("../../", import.meta.url).pathname,
    env: { PARLEY_PASSWORD: "pw-alice" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // One that does not end is ended: its output says how far it came.
    signal: AbortSignal.timeout(30_000),
  }).spawn();
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode("first\n/pager second\n//third\n/nonsense\n"));
  await input.close();
  const { code, stdout } = await process.output();
  const shown = new TextDecoder().decode(stdout);
  assert.equal(code, 0, shown);
  assert.match(shown, /unknown command "\/nonsense"/);
  await bob.until(() => bob.all("message").length === 3, "get three messages");
  assert.deepEqual(new Set(bob.all("message").map(({ text }) => text)), new Set(["first", "second", "/third"]));
  await quitAll([bob]);
});
