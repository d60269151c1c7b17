import assert from "node:assert/strict";
import { silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { withEverybody } from "../testing/fake_services.ts";
import { FakeRecords } from "../testing/fake_store.ts";
import { SessionTable } from "./session_table.ts";
import type { StoredSession } from "./stored.ts";

const HOUR = 3_600_000;

function world() {
  const time = new FakeTime();
  const records = new FakeRecords<StoredSession>(10_000);
  const open = () => new SessionTable(records, time, silentLog);
  const begin = (table: SessionTable, who = "ada", kind: "admin" | "user" = "admin") =>
    table.begin({ kind, who, stamp: "s", source: "192.0.2.1", user_agent: "test" });
  return { time, records, open, begin };
}

/** Lets what is written behind be written. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("a session of an admin ends after an hour without a sign of life, and after twelve with them", async () => {
  const { time, open, begin, records } = world();
  const table = open();
  const { token } = await begin(table);
  time.advance(HOUR - 1);
  assert.ok(table.find(token, true) !== null);
  time.advance(HOUR - 1);
  assert.ok(table.find(token, false) !== null, "alive, but this is no sign of life");
  time.advance(1);
  assert.equal(table.find(token, true), null);
  await settled();
  assert.equal(records.size, 0, "its record went too");
  const { token: second } = await begin(table);
  for (let i = 0; i < 24; i++) {
    assert.ok(table.find(second, true) !== null, `half hour ${i}`);
    time.advance(HOUR / 2);
  }
  assert.equal(table.find(second, true), null);
});

Deno.test("signs of life are written at most once a minute, and hold over a restart", async () => {
  const { time, open, begin, records } = world();
  const table = open();
  const { token } = await begin(table);
  const before = records.writes;
  for (let i = 0; i < 50; i++) table.find(token, true);
  assert.equal(records.writes, before);
  time.advance(60_000);
  for (let i = 0; i < 50; i++) table.find(token, true);
  await settled();
  assert.equal(records.writes, before + 1);
  time.advance(HOUR - 60_000);
  assert.ok(open().find(token, true) !== null, "after a restart the hour counts from the sign");
  time.advance(60_000);
  assert.equal(open().find(token, true), null);
});

Deno.test("an ended session is dead at once, also where the store does not take it", async () => {
  const { open, begin, records } = world();
  const table = open();
  const { token, session } = await begin(table);
  records.fault = new Error("disk full");
  await assert.rejects(table.end(session.id));
  assert.equal(table.find(token, true), null);
  records.fault = null;
  assert.equal(await table.end(session.id), null);
});

Deno.test("a session that could not be stored is none", async () => {
  const { open, begin, records } = world();
  const table = open();
  records.fault = new Error("disk full");
  await assert.rejects(begin(table));
  assert.equal(table.size, 0);
});

Deno.test("of one's twenty sessions the silent one makes room for the next; nobody else's does", async () => {
  const { time, open, begin } = world();
  const table = open();
  const other = await begin(table, "grace");
  const first = await begin(table);
  const second = await begin(table);
  time.advance(60_000);
  table.find(first.token, true);
  for (let i = 0; i < 19; i++) await begin(table);
  assert.equal(table.find(second.token, false), null);
  assert.ok(table.find(first.token, false) !== null && table.find(other.token, false) !== null);
  assert.equal(table.list().filter(({ who }) => who === "ada").length, 20);
});

Deno.test("when the table is full, users make room before admins do", async () => {
  const time = new FakeTime();
  const records = new FakeRecords<StoredSession>(10_000);
  // The admin is the most silent of all, and number 7 of the users.
  const seen = (i: number) => time.now() - (i === 0 ? 2 : i === 7 ? 1 : 0);
  const one = (i: number): StoredSession => ({
    id: `id-${i}`,
    kind: i === 0 ? "admin" : "user",
    who: i === 0 ? "ada" : `sip:user${i}@example.test`,
    stamp: "s",
    created_at: time.now(),
    seen_at: seen(i),
    source: "",
    user_agent: "",
  });
  await records.putAll(Array.from({ length: 10_000 }, (_, i) => [`key-${i}`, one(i)]));
  const table = new SessionTable(records, time, silentLog);
  await table.begin({ kind: "user", who: "sip:new@example.test", stamp: "s", source: "", user_agent: "" });
  assert.equal(table.size, 10_000);
  assert.ok(table.viewOf("id-0") !== null);
  assert.equal(table.viewOf("id-7"), null);
});

Deno.test("what is over its time leaves the table with the next log-in", async () => {
  const { time, open, begin, records } = world();
  const table = open();
  for (let i = 0; i < 10; i++) await begin(table, `admin${i}`);
  time.advance(HOUR);
  await begin(table);
  await settled();
  assert.equal(table.size, 1);
  assert.equal(records.size, 1);
});

Deno.test("a user agent and a source of any length and characters are kept in bounds", async () => {
  const { open } = world();
  const { session } = await open().begin({
    kind: "admin",
    who: "ada",
    stamp: "s",
    source: "x".repeat(500),
    user_agent: `\u001b[31m${"y".repeat(5000)}é`,
  });
  assert.ok(session.source.length <= 64 && session.user_agent.length <= 200);
  assert.ok(session.user_agent.startsWith("[31my"));
});

Deno.test("a step of the clock back does not lengthen a session for ever", async () => {
  const { time, open, begin } = world();
  const table = open();
  const { token } = await begin(table);
  time.jump(-30 * 24 * HOUR);
  assert.equal(table.find(token, true), null);
});

Deno.test("sessions are listed for one or all, ended one by one or all but the own, and end with a line in the audit log", async () => {
  const box = await withEverybody();
  const { access } = box.services;
  const tokens = [await box.logIn("owner"), await box.logIn("owner"), await box.logIn("operator")];
  const alice = await box.logInUser("sip:alice@example.test");
  assert.equal(access.listSessions({ who: "", current: "" }).length, 4);
  const me = access.principalOf(tokens[0]);
  assert.ok(me?.kind === "admin");
  const mine = access.listSessions({ who: "owner", current: me.session });
  assert.deepEqual(mine.map(({ current }) => current).sort(), [false, true]);
  assert.equal(await access.endSessionsOf("admin", "owner", me.session), 1);
  assert.ok(access.principalOf(tokens[0]) !== null);
  assert.equal(access.principalOf(tokens[1]), null);
  assert.ok(access.principalOf(alice) !== null);
  const [operator] = access.listSessions({ who: "operator", current: "" });
  assert.equal(await access.endSession(operator.id, "admin:owner"), true);
  assert.equal(await access.endSession(operator.id, "admin:owner"), false);
  assert.equal(access.principalOf(tokens[2]), null);
  await access.logOut(me.session);
  assert.equal(access.principalOf(tokens[0]), null);
  const events = box.audit.records.map(({ event, actor }) => `${event} ${actor}`);
  assert.ok(events.includes("session.end admin:owner") && events.includes("logout admin:owner"));
});

Deno.test("sessions live over a restart of the box, ended ones stay ended", async () => {
  const box = await withEverybody();
  const token = await box.logIn("owner");
  const ended = await box.logIn("operator");
  const { access } = box.services;
  const principal = access.principalOf(ended);
  assert.ok(principal?.kind === "admin");
  await access.logOut(principal.session);
  const again = await box.reopenAccess();
  assert.equal(again.principalOf(token)?.kind, "admin");
  assert.equal(again.principalOf(ended), null);
});

Deno.test("a user's session ends with the password it was made with, however that was changed", async () => {
  const box = await withEverybody();
  const { access, users } = box.services;
  const alice = "sip:alice@example.test";
  const [first, second] = [await box.logInUser(alice), await box.logInUser(alice)];
  await users.change(alice, { display_name: "Alice A" }, null, "cli");
  assert.ok(access.principalOf(first) !== null, "another name is no reason");
  await users.changeOwnPassword(alice, "correct horse battery", "another password");
  const kept = access.listSessions({ who: alice, current: "" });
  await access.endSessionsOf("user", alice, kept[0].id);
  const alive = [first, second].filter((token) => access.principalOf(token) !== null);
  assert.equal(alive.length, 1, "the one that changed it goes on");
  await users.resetPassword(alice, "cli");
  assert.equal(access.principalOf(alive[0]), null, "nobody ended it; it is worthless all the same");
});

Deno.test("a user who stays signed in does so for days, as long as there are signs of life", async () => {
  const { time, records } = world();
  const DAY = 24 * HOUR;
  const ended: string[] = [];
  const stay = () => ({ longest_ms: 30 * DAY, idle_ms: 14 * DAY });
  const open = () => new SessionTable(records, time, silentLog, { stay, onEnd: ({ id }) => void ended.push(id) });
  const table = open();
  const of = { kind: "user", who: "sip:alice@example.test", stamp: "s", source: "", user_agent: "" } as const;
  const short = await table.begin(of);
  const long = await table.begin({ ...of, stay: true });
  time.advance(3 * HOUR);
  assert.equal(table.find(short.token, true), null);
  assert.ok(table.find(long.token, true) !== null);
  assert.deepEqual(ended, [short.session.id]);
  time.advance(13 * DAY);
  await settled();
  const again = open();
  assert.ok(again.find(long.token, true) !== null, "over a restart, too");
  assert.equal(again.get(long.session.id)?.who, "sip:alice@example.test");
  time.advance(14 * DAY);
  assert.equal(again.get(long.session.id), null, "silent for too long");
  await again.end(long.session.id);
  assert.deepEqual(ended, [short.session.id, long.session.id]);
});

Deno.test("a user is known by a session's id while it stands, with the password it was made with; an admin never is", async () => {
  const world = await withEverybody();
  const { services: { access } } = world;
  const admin = access.principalOf(await world.logIn("owner"));
  assert.equal(admin?.kind === "admin" ? access.userOf(admin.session) : "", null);
  const user = access.principalOf(await world.logInUser("sip:alice@example.test"));
  const id = user?.kind === "user" ? user.session : "";
  assert.equal(access.userOf(id), "sip:alice@example.test");
  await access.endSession(id, "admin:ada");
  assert.equal(access.userOf(id), null);
  assert.equal(access.userOf("no such session"), null);
});
