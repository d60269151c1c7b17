import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import type { Notification, Subscription } from "../event_package.ts";
import { EventWorld, TestPackage } from "../testing/event_world.ts";

/** State in several bodies. */
class LongState extends TestPackage {
  override readonly name = "long";
  override readonly contentTypes = ["multipart/related", "application/rlmi+xml", "text/plain"];
  readonly requiredTypes = ["multipart/related", "application/rlmi+xml"];
  readonly pace = { interval_ms: 5000, burst: 1 };
  left = 0;

  override full(): Notification {
    this.left = 2;
    return { contentType: "multipart/related", body: utf8("whole"), more: true };
  }
  partial(_: Subscription): Notification | null {
    if (this.left === 0) return null;
    return { contentType: "multipart/related", body: utf8(`${this.left}`), more: --this.left > 0 };
  }
}

const ALL = "Accept: multipart/related, application/rlmi+xml\r\n";

Deno.test("state that has no room in one NOTIFY goes on as soon as that was answered; then the pace holds", () => {
  const world = new EventWorld();
  const state = new LongState();
  world.server.register(state);
  world.request("SUBSCRIBE", { event: "long", more: ALL });
  const told = () => world.notifies.map((line) => line.slice(line.indexOf("|") + 2)).join();
  assert.equal(told(), "whole");
  world.time.advance(400);
  assert.equal(new Set(world.sent("NOTIFY").map(({ message }) => message.get("CSeq"))).size, 1, "one at a time");
  const before = world.notifies.length;
  for (let turn = 0; turn < 3; turn++) world.answer("NOTIFY", 200);
  assert.deepEqual(world.notifies.slice(before).map((line) => line.at(-1)), ["2", "1"]);
  state.left = 1;
  world.server.changed("long", world.resource);
  assert.equal(world.notifies.length, before + 2);
  world.time.advance(5100);
  assert.equal(world.notifies.at(-1)!.at(-1), "1");
});

Deno.test("rates that the subscriber asked for (RFC 6446) do not keep the rest of a state back for ever", () => {
  const world = new EventWorld();
  world.server.register(Object.assign(new LongState(), { rates: { maxRate: 1, minRate: 0 } }));
  world.request("SUBSCRIBE", { event: "long;max-rate=0.5", more: ALL });
  for (let turn = 0; turn < 3; turn++) {
    world.answer("NOTIFY", 200);
    world.time.advance(2100);
  }
  assert.ok(world.notifies.some((line) => line.endsWith("| 1")), world.notifies.join("\n"));
});

Deno.test("Accept has to admit each of the types that a package cannot do without", () => {
  const world = new EventWorld();
  world.server.register(new LongState());
  const ask = (more: string) => world.request("SUBSCRIBE", { event: "long", more });
  const answer = ask("Accept: multipart/related, text/plain\r\n");
  assert.deepEqual([answer.status, answer.header("Accept")], [
    406,
    "multipart/related, application/rlmi+xml, text/plain",
  ]);
  assert.equal(ask("Accept: multipart/*, application/*\r\n").status, 200);
  assert.equal(ask("").status, 200, "without an Accept the package's own will do");
});

Deno.test("a body in parts keeps its boundary", () => {
  const world = new EventWorld();
  world.request("SUBSCRIBE", { body: "x", more: "Content-Type: Multipart/Mixed;boundary=b\r\n" });
  const [subscription] = world.server.subscriptions("presence", world.resource);
  assert.equal(subscription.filter!.contentType, "Multipart/Mixed;boundary=b");
});
