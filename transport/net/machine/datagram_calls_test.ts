import assert from "node:assert/strict";
import { openDatagramCalls } from "./datagram_calls.ts";
import { MessageVector, NAME_STRIDE } from "./message_vector.ts";

/** Reads what the pointers of a vector point at, as C would with `struct mmsghdr` of a 64-bit machine. */
function asC(vector: MessageVector, slot: number) {
  const header = new Deno.UnsafePointerView(vector.pointer(slot)! as Deno.PointerObject);
  const iovec = new Deno.UnsafePointerView(Deno.UnsafePointer.create(header.getBigUint64(16))! as Deno.PointerObject);
  return {
    name: header.getBigUint64(0),
    nameLength: header.getUint32(8),
    pieces: header.getBigUint64(24),
    control: header.getBigUint64(32),
    controlLength: header.getBigUint64(40),
    base: iovec.getBigUint64(0),
    length: iovec.getBigUint64(8),
  };
}

Deno.test("the array lies in memory as recvmmsg and sendmmsg read it", () => {
  const data = new Uint8Array(4096);
  const vector = new MessageVector(4, data);
  const dataAt = Deno.UnsafePointer.value(Deno.UnsafePointer.of(data));
  const namesAt = Deno.UnsafePointer.value(Deno.UnsafePointer.of(vector.names as Uint8Array<ArrayBuffer>));
  for (let i = 0; i < 4; i++) {
    vector.piece(i, i * 1000, 100 + i);
    vector.nameLength(i, 28);
    assert.deepEqual(asC(vector, i), {
      name: namesAt + BigInt(i * NAME_STRIDE),
      nameLength: 28,
      pieces: 1n,
      control: 0n,
      controlLength: 0n,
      base: dataAt + BigInt(i * 1000),
      length: BigInt(100 + i),
    });
    const address = (slot: number) => Deno.UnsafePointer.value(vector.pointer(slot));
    assert.equal(address(i) - address(0), BigInt(i * 64));
  }
});

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`datagrams go round by system calls on ${hostname}, and not after the release`, async () => {
    let socket: Deno.DatagramConn;
    try {
      socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    } catch (error) {
      if (hostname === "127.0.0.1") throw error;
      return console.log(`not tested: IPv6 is not available on loopback: ${error}`);
    }
    const { port } = socket.addr as Deno.NetAddr;
    const calls = openDatagramCalls({ host: hostname, port });
    assert.ok(typeof calls !== "string", String(calls));
    assert.equal(calls.ipv6, hostname === "::1");
    assert.ok(calls.enlarge(65_536).receive >= 65_536);
    const out = new MessageVector(3, new TextEncoder().encode("onetwothree"));
    const nameLength = calls.ipv6 ? 28 : 16;
    for (const [i, at, length] of [[0, 0, 3], [1, 3, 3], [2, 6, 5]]) {
      out.piece(i, at, length);
      out.nameLength(i, nameLength);
      const name = out.names.subarray(i * NAME_STRIDE);
      name.set([calls.ipv6 ? 10 : 2, 0, port >> 8, port & 255]);
      if (calls.ipv6) name[23] = 1;
      else name.set([127, 0, 0, 1], 4);
    }
    assert.equal(calls.send(out, 0, 3), 3);
    const into = new MessageVector(4, new Uint8Array(400));
    for (let i = 0; i < 4; i++) {
      into.piece(i, i * 100, 100);
      into.nameLength(i, 28);
    }
    assert.equal(calls.receive(into), 3);
    const text = (i: number) => new TextDecoder().decode(into.data.subarray(i * 100, i * 100 + into.received(i)));
    assert.deepEqual([0, 1, 2].map(text), ["one", "two", "three"]);
    assert.deepEqual(into.names.subarray(0, nameLength), out.names.subarray(0, nameLength));
    assert.equal(calls.receive(into), -1);
    calls.release();
    assert.equal(calls.send(out, 0, 3), -1);
    socket.close();
    await Promise.resolve();
  });
}

Deno.test("a descriptor that cannot be told for sure is not used", () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  assert.match(String(openDatagramCalls({ host: "127.0.0.1", port })), /^0 descriptors for /);
});
