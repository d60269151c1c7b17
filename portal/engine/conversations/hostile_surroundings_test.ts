import { deepEqual, equal } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Chat, ImClient } from "../../../client/mod.ts";
import { reportedDuring } from "../testing/reported.ts";
import { FakeBrowser, FakePage } from "./testing/fake_page.ts";
import { FakeService } from "./testing/fake_service.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

class World {
  readonly time = new FakeTime();
  readonly service = new FakeService(this.time);

  page(uri: string, browser?: FakeBrowser, recording?: "on" | "off"): FakePage {
    const page = new FakePage(this.service, uri, browser, recording);
    page.connect();
    return page;
  }
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await setImmediate();
      this.time.advance(Math.min(500, left));
    }
    await setImmediate();
  }
}

Deno.test("what the browser has kept is not trusted: the page opens all the same", async () => {
  const world = new World();
  for (const text of ["7", "null", '{"a":1}', "[[1,2],7,null,[]]", "{", '[{"key":7}]']) {
    const browser = new FakeBrowser();
    for (const key of ["muted", "closed", "rooms", "states", "alerted", "read", "out.1", "draft.x"]) {
      browser.store.set(key, text);
    }
    const alice = world.page(ALICE, browser);
    equal(alice.with(BOB).send(`after ${text}`), null);
    await world.pass(5_000);
    equal(alice.with(BOB).messages.peek().at(-1)!.state.peek(), "sent");
    alice.close();
  }
});

Deno.test("a record of another shape holds up neither messages nor what is read later", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB);
  await world.pass(1_000);
  world.service.get = () => ({});
  const reported = await reportedDuring(async () => {
    alice.client.fates.push("answer lost");
    alice.with(BOB).send("one");
    alice.with(BOB).send("two");
    await world.pass(600_000);
  });
  equal(reported.length > 0, true);
  deepEqual(alice.texts(BOB).filter((text) => text.startsWith(">")), [">one", ">two"]);
  deepEqual(bob.texts(ALICE).filter((text) => !text.startsWith("(")), ["one", "two"]);
  equal(alice.conversations.queued.peek(), 0);
  world.service.get = FakeService.prototype.get;
  await world.pass(70_000);
  equal(alice.conversations.state.peek(), "ready");
});

Deno.test("who comes back to the page sees at once what was read elsewhere", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB), elsewhere = world.page(BOB);
  alice.with(BOB).send("hello");
  await world.pass(10_000);
  equal(bob.with(ALICE).unread.peek(), 1);
  elsewhere.with(ALICE).seen();
  await world.pass(10_000);
  equal(bob.with(ALICE).unread.peek(), 1, "nobody has told it");
  bob.woken.value++;
  await world.pass(500);
  equal(bob.with(ALICE).unread.peek(), 0);
});

Deno.test("many messages that one tab has shown are read in all tabs, also where nothing is recorded", async () => {
  const world = new World();
  world.service.records = false;
  const browser = new FakeBrowser();
  const alice = world.page(ALICE), one = world.page(BOB, browser, "off"), two = world.page(BOB, browser, "off");
  for (let i = 0; i < 150; i++) alice.with(BOB).send(`m${i}`);
  await world.pass(5_000);
  equal(two.with(ALICE).unread.peek(), 150);
  one.with(ALICE).seen();
  await world.pass(500);
  equal(two.with(ALICE).unread.peek(), 0);
});

Deno.test("a chat of many that is begun before there is a way waits for it, and does not appear in other tabs as a person", async () => {
  const world = new World();
  const browser = new FakeBrowser();
  const other = world.page(ALICE, browser);
  const alice = new FakePage(world.service, ALICE, browser);
  const asked: (readonly string[])[] = [];
  const chat = { state: "calling", target: "sip:conf-1@example.test", isRoom: true } as unknown as Chat;
  const client = alice.client as unknown as { -readonly [K in keyof ImClient]: ImClient[K] };
  client.openRoom = (people, subject = "") => {
    asked.push([...people, subject]);
    return chat;
  };
  const room = alice.conversations.openRoom([BOB], "Lunch")!;
  equal(room.room!.state.peek(), "joining");
  equal(room.send("hungry?"), null);
  await world.pass(1_000);
  deepEqual(asked, []);
  alice.connect();
  await world.pass(1_000);
  deepEqual(asked, [[BOB, "Lunch"]]);
  equal(room.inRoom!.chat, chat);
  equal(other.conversations.find(room.key), null);
});

Deno.test("a chat of many is refused where there are too many sessions", () => {
  const alice = new World().page(ALICE);
  const client = alice.client as unknown as { -readonly [K in keyof ImClient]: ImClient[K] };
  client.openRoom = () => null;
  equal(alice.conversations.openRoom([BOB], "Lunch"), null);
  deepEqual(alice.conversations.list.peek(), []);
});

Deno.test("a record that goes in circles has an end", async () => {
  const world = new World();
  const alice = world.page(ALICE);
  for (let i = 0; i < 3; i++) alice.with(BOB).send(`m${i}`);
  await world.pass(5_000);
  const { get } = world.service;
  world.service.get = function (owner, path, query) {
    const answer = get.call(this, owner, path, { ...query, after: undefined }) as { next?: unknown };
    if (path.endsWith("/messages")) {
      return { ...get.call(this, owner, path, { ...query, after: 0 }) as object, next: 1 };
    }
    return path === "/me/history" ? { ...answer, next: "again" } : answer;
  };
  const again = world.page(ALICE, alice.close());
  await again.with(BOB).loadOlder();
  await world.pass(5_000);
  deepEqual(again.texts(BOB), [">m0", ">m1", ">m2"]);
  equal(again.with(BOB).older.peek(), "none");
});
