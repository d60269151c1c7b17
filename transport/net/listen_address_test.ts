import assert from "node:assert/strict";
import { type ListenAddress, listenersCollide } from "./listen_address.ts";

/** `tcp ::1 5060` */
function at(text: string): ListenAddress {
  const [transport, host, port] = text.split(" ");
  return { transport, host, port: Number(port) };
}

const CASES: readonly (readonly [a: string, b: string, collide: boolean])[] = [
  ["tcp 127.0.0.1 5060", "tls 127.0.0.1 5060", true],
  ["tcp 127.0.0.1 5060", "udp 127.0.0.1 5060", false],
  ["udp 127.0.0.1 5060", "udp 127.0.0.1 5060", true],
  ["tcp 127.0.0.1 5060", "tcp 127.0.0.1 5061", false],
  ["tcp 127.0.0.1 0", "tcp 127.0.0.1 0", false],
  ["tcp localhost 80", "http 127.0.0.1 80", true],
  ["tcp 127.0.0.1 80", "tcp 127.0.0.2 80", false],
  ["tcp 0.0.0.0 80", "tcp 192.0.2.1 80", true],
  ["tcp 0.0.0.0 80", "tcp ::1 80", false],
  ["tcp :: 80", "tcp 192.0.2.1 80", true],
  ["tcp :: 80", "tcp 0.0.0.0 80", true],
  ["tcp 0:0:0:0:0:0:0:0 80", "tcp 192.0.2.1 80", true],
  ["tcp ::1 80", "tcp 0:0::1 80", true],
  ["tcp ::1 80", "tcp ::2 80", false],
];

for (const [a, b, collide] of CASES) {
  Deno.test(`${a} and ${b} ${collide ? "cannot" : "can"} be open together`, () => {
    assert.equal(listenersCollide(at(a), at(b)), collide);
    assert.equal(listenersCollide(at(b), at(a)), collide);
  });
}
