import assert from "node:assert/strict";
import type { ConferenceUser } from "../transport/payload/mod.ts";
import type { RoomRoster } from "./room_roster.ts";
import { reply } from "./sip_line.ts";
import { FakeFocus } from "./testing/fake_focus.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";
import { Notes } from "./testing/notes.ts";

/** What was told of who is there, as it was told. */
class Watcher extends Notes {
  readonly told: string[] = [];
  onRoster({ state, present, reason }: RoomRoster): void {
    const names = present.map(({ entity, nickname }) => nickname ?? entity.slice(4).split("@")[0]);
    this.told.push(`${state} ${names.join(",")}${reason === "" ? "" : ` (${reason})`}`);
  }
}

function user(name: string, status: "connected" | "disconnected" | "alerting" = "connected"): ConferenceUser {
  const entity = `sip:${name}@home.test`;
  return { entity, state: "full", endpoints: [{ entity, state: "full", status, media: [] }] };
}

const changed = (...users: ConferenceUser[]) => ({ users: { state: "partial" as const, users } });

async function world(prepare: (focus: FakeFocus) => void = () => {}) {
  const network = new MemoryNetwork();
  const focus = new FakeFocus(network);
  const users = { state: "full" as const, users: [user("alice"), user("bob"), user("carol", "alerting")] };
  focus.info = { ...focus.info, description: { subject: "Lunch" }, users };
  prepare(focus);
  const notes = new Watcher();
  const alice = network.device("phone.test", { aor: "sip:alice@home.test", notes });
  const chat = alice.client.joinRoom("sip:conf-1@home.test")!;
  assert.equal(alice.client.watchRoom(chat), null, "no room yet");
  await network.until(() => chat.session?.state === "open", "the room");
  const roster = alice.client.watchRoom(chat)!;
  assert.equal(alice.client.watchRoom(chat), roster, "one for each room");
  const told = async (count: number) => {
    await network.until(() => notes.told.length >= count, `telling ${count}: ${notes.told.join(" | ")}`);
    assert.equal(notes.told.length, count);
    return notes.told.at(-1)!;
  };
  return { network, focus, alice, chat, roster, notes, told };
}

Deno.test("who is in a room is told whole, and then what changes [NOT-10]", async () => {
  const { network, focus, roster, chat, told } = await world();
  assert.equal(roster.state, "asked");
  assert.equal(await told(1), "active alice,bob");
  assert.deepEqual([roster.subject, roster.users.length, roster.chat], ["Lunch", 3, chat]);
  const subscribe = network.bodies.find((text) => text.startsWith("SUBSCRIBE "))!;
  assert.ok(subscribe.startsWith(`SUBSCRIBE ${chat.target} `), subscribe);
  assert.match(subscribe, /^Event: conference\r$/m);
  focus.tell(changed(user("carol")));
  assert.equal(await told(2), "active alice,bob,carol");
  focus.tell(changed({ ...user("bob"), state: "partial", nickname: "The Bishop", endpoints: [] }));
  assert.equal(await told(3), "active alice,The Bishop,carol");
  focus.tell(changed(user("bob", "disconnected")));
  assert.equal(await told(4), "active alice,carol");
});

Deno.test("after a document that was missed the whole is asked for", async () => {
  const { network, focus, told } = await world();
  await told(1);
  focus.info = { ...focus.info, users: { state: "full", users: [user("alice"), user("carol"), user("dave")] } };
  focus.tell(changed(user("dave")), 1);
  assert.equal(await told(2), "active alice,carol,dave");
  assert.equal(network.count("SUBSCRIBE"), 2);
});

Deno.test("a document that cannot be read is said to be so; the next one counts", async () => {
  const { focus, notes, told } = await world();
  await told(1);
  focus.tell({ conferenceState: { userCount: 2 }, users: { state: "partial", users: [] } });
  await told(2);
  const { entity } = focus.info;
  focus.info = { ...focus.info, entity: "" };
  focus.events.changed("conference", entity);
  await told(3);
  assert.match(notes.told[2], /^active alice,bob \(what was told cannot be read: /);
});

Deno.test("a room that says nothing of who is there is asked once, and the chat goes on", async () => {
  const { network, roster, chat, told } = await world((focus) =>
    focus.admission = { state: "refused", status: 403, reason: "subscription of conference events not allowed" }
  );
  assert.equal(await told(1), "ended  (403 subscription of conference events not allowed)");
  await network.pass(120_000);
  assert.deepEqual([network.count("SUBSCRIBE"), roster.state, chat.state], [1, "ended", "open"]);
});

Deno.test("a subscription that is ended for now is begun again, and what was known stays; one whose room is gone is not", async () => {
  const { network, focus, roster, notes, told } = await world();
  await told(1);
  focus.endEvents("deactivated");
  await network.until(() => roster.state === "asked", "the end");
  const before = notes.told.length;
  assert.match(notes.told.at(-1)!, /^asked alice,bob/);
  await network.until(() => roster.state === "active", "another one");
  focus.endEvents("noresource");
  await network.until(() => roster.state === "ended", "the end");
  await network.pass(120_000);
  assert.equal(network.count("SUBSCRIBE"), 2);
  assert.match(notes.told.at(-1)!, /^ended .*noresource/);
  assert.ok(notes.told.length > before);
});

Deno.test("the roster ends with its chat, and nothing is told of it any more", async () => {
  const { network, focus, alice, chat, roster, notes, told } = await world();
  await told(1);
  chat.end();
  await network.until(() => chat.state === "over", "the end");
  assert.deepEqual([roster.state, alice.client.watchRoom(chat)], ["ended", null]);
  await network.until(() => network.count("SUBSCRIBE") === 2, "the end of the subscription");
  assert.match(network.bodies.filter((text) => text.startsWith("SUBSCRIBE")).at(-1)!, /^Expires: 0\r$/m);
  focus.tell(changed(user("dave")));
  await network.pass(40_000);
  assert.deepEqual([notes.told.length, roster.state], [1, "ended"]);
});

Deno.test("with a room that is there again its roster is there at once, also where the room has forgotten who watches", async () => {
  const { network, focus, chat, roster, notes, told } = await world();
  await told(1);
  const { events } = focus;
  for (const forgets of [false, true]) {
    // A subscription is lost only after timer N (RFC 6665 §4.1.2.4).
    await network.pass(40_000);
    focus.member!.call!.end('SIP;cause=503;text="x"');
    await network.until(() => chat.state === "lost", "the loss");
    const handle = events.handleSubscribe;
    const known = notes.told.length;
    let refused = 0;
    events.handleSubscribe = (transaction, ...others) => {
      if (!forgets || transaction.request.to.tag === "") return handle.call(events, transaction, ...others);
      refused++;
      reply(transaction, 481);
    };
    const from = network.time.monotonic();
    await network.until(() => chat.state === "open", "the room again");
    await network.until(() => notes.told.length > known && roster.state === "active", "the roster again");
    const took = network.time.monotonic() - from;
    assert.ok(took < 10_000, `${took} ms`);
    assert.match(notes.told.at(-1)!, /^active alice,bob$/);
    assert.equal(refused, forgets ? 1 : 0);
    events.handleSubscribe = handle;
  }
});

Deno.test("who stops the client waits for the end of what is watched, and no longer", async () => {
  const { network, alice, told } = await world();
  await told(1);
  let done = false;
  const from = network.time.monotonic();
  alice.client.stop(10_000, () => done = true);
  await network.until(() => done, "the end");
  assert.ok(network.time.monotonic() - from < 1_000);
  assert.match(network.bodies.filter((text) => text.startsWith("SUBSCRIBE")).at(-1)!, /^Expires: 0\r$/m);
  assert.equal(alice.calls.size, 0);
});
