/** Sessions whose messages pass a media thread, at its own doors: seen from outside. */
import assert from "node:assert/strict";
import { memoryFile, MemorySink } from "../../client/testing/memory_network.ts";
import { ImDevice } from "../support/im_device.ts";
import { MsrpCallers, msrpSdp } from "../support/msrp_callers.ts";
import { openPair, portOf } from "../support/msrp_pair.ts";
import { MsrpPeer } from "../support/msrp_peer.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { within } from "../support/within.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
let callers: MsrpCallers;
let ada: Rest;
/** The doors of the thread. */
let ports: { readonly tcp: number; readonly tls: number };

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users("alice", "bob", "carol", "dave"),
    config: '[session]\nmedia_threads = 1\nidle = 86400\n[trust]\nhops = ["127.0.0.1/32"]\n',
  });
  const [, , tcp, tls] = parley.ready!.msrp.map((url) => Number(/:(\d+)$/.exec(url)![1]));
  ports = { tcp, tls };
  callers = await MsrpCallers.open(parley, ["alice", "bob"]);
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await callers.close();
  await parley[Symbol.asyncDispose]();
});

/** Sessions as the console lists them. */
interface Listed {
  readonly sessions: readonly { readonly id: string; readonly messages: number; readonly octets: number }[];
}

async function listed(): Promise<Listed["sessions"]> {
  return (await ada.get<Listed>("/chat-sessions")).sessions;
}

for (const transport of ["tcp", "tls"] as const) {
  Deno.test({
    ...options,
    name: `chats over ${transport} pass the thread's doors both ways in order, and the list counts every message`,
    fn: async () => {
      const pair = await openPair(callers, ports, ["alice", "bob"], { a: { transport } });
      assert.equal(portOf(pair.toB), ports[transport]);
      assert.equal(portOf(pair.toA), ports.tcp);
      const COUNT = 200;
      for (let i = 0; i < COUNT; i++) {
        pair.a.send({ to: pair.toB, body: `to bob ${i}` });
        pair.b.send({ to: pair.toA, body: `to alice ${i}` });
      }
      for (const [peer, whom] of [[pair.a, "alice"], [pair.b, "bob"]] as const) {
        await peer.arrived(() => textsIn(peer).length === COUNT);
        const bodies = textsIn(peer);
        assert.deepEqual(bodies, Array.from({ length: COUNT }, (_, i) => `to ${whom} ${i}`));
      }
      const counted = async () => (await listed())[0]?.messages === 2 * COUNT;
      await eventually(counted, "the count in the list");
      await eventually(async () => {
        const sent = /^msrp_requests_total\{method="SEND"\} (\d+)$/m.exec(await parley.metrics());
        return Number(sent?.[1]) >= 2 * COUNT;
      }, "the metrics of the thread are those of the box");
      pair.close();
      await eventually(async () => (await listed()).length === 0, "the end of the session");
    },
  });
}

Deno.test({
  ...options,
  name: "the thread connects to a party that waits for it",
  fn: async () => {
    const door = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const a = await MsrpPeer.open({ port: ports.tcp });
    const uri = `msrp://127.0.0.1:${door.addr.port}/waiting0123456789;tcp`;
    const call = await callers.call(
      "alice",
      "bob",
      msrpSdp({ path: a.uri }),
      () => msrpSdp({ path: uri, setup: "passive" }),
    );
    const conn = await within(door.accept(), "the box");
    assert.equal((await a.bind(call.inviter.path)).status, 200);
    a.send({ to: call.inviter.path, body: "come in" });
    let text = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(4096);
    while (!text.includes("come in")) {
      const read = await within(conn.read(buffer), "the message");
      assert.ok(read !== null, text);
      text += decoder.decode(buffer.subarray(0, read));
      for (const [whole, tid] of text.matchAll(/MSRP (\S+) SEND\r\n[^]*?-------\1\$\r\n/g)) {
        assert.match(whole, new RegExp(`To-Path: ${uri}`));
        const path = /From-Path: (\S+)/.exec(whole)![1];
        await conn.write(
          new TextEncoder().encode(
            `MSRP ${tid} 200 OK\r\nTo-Path: ${path}\r\nFrom-Path: ${uri}\r\n-------${tid}$\r\n`,
          ),
        );
      }
    }
    call.inviter.hangUp();
    await within(call.invitee.ended, "BYE");
    a.close();
    conn.close();
    door.close();
  },
});

Deno.test({
  ...options,
  name: "a file of 5 MB passes the thread whole; with a WebSocket on one side it passes the main thread",
  fn: async () => {
    for (const transport of ["tls", "ws"] as const) {
      const carol = await ImDevice.open(parley, "carol", { transport });
      const dave = await ImDevice.open(parley, "dave", { transport: "tcp" });
      const sink = new MemorySink();
      dave.notes.offered = (file) => file.accept(sink);
      const content = crypto.getRandomValues(new Uint8Array(65_536));
      const octets = new Uint8Array(5_000_000).map((_, i) => content[i % 65_536] ^ (i >> 16));
      const octetsHere = octetsIn(await parley.metrics());
      const transfer = carol.client.sendFile(dave.uri, memoryFile("big.bin", octets, "application/octet-stream"))!;
      await carol.until(() => transfer.state === "done", "the file");
      assert.deepEqual(sink.content, octets);
      await eventually(async () => octetsIn(await parley.metrics()) - octetsHere >= 5_000_000, "the octets counted");
      await carol.close();
      await dave.close();
    }
  },
});

/** Whole texts that came, in order: each put together from its chunks, of which one may be empty. */
function textsIn({ frames }: MsrpPeer): string[] {
  const parts = new Map<string, string>();
  const whole: string[] = [];
  for (const { method, headers, body, flag } of frames) {
    if (method !== "SEND") continue;
    const [id] = headers.get("message-id")!.split(" ");
    const text = (parts.get(id) ?? "") + new TextDecoder().decode(body);
    parts.set(id, text);
    // A request that only binds has no text.
    if (flag === "$" && text !== "") whole.push(text);
  }
  return whole;
}

/** Octets that MSRP connections have brought, all threads. */
function octetsIn(metrics: string): number {
  return Number(/^msrp_octets_total\{direction="in"\} (\d+)$/m.exec(metrics)![1]);
}
