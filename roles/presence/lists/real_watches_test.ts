import assert from "node:assert/strict";
import { inShort, PresenceWorld, tuple } from "../testing/presence_world.ts";
import { ACCEPT, entries, FRIENDS, ListWorld, SUPPORTED, user } from "./testing/list_world.ts";

/** Lists over the box's own watches; `sip` and `xdm` are those of the list world. */
async function open(members: readonly string[]): Promise<{ world: ListWorld; presence: PresenceWorld }> {
  const presence = new PresenceWorld({ users: ["alice", "bob", "carol", "dave"] });
  const world = await ListWorld.open({ watches: presence.watches, presenceEvents: presence.events });
  await world.service(entries(...members.map(user)));
  const { settle } = world;
  world.settle = async () => {
    await settle.call(world);
    await presence.settle();
  };
  return { world, presence };
}

const SHORT = "Accept: application/pidf+xml\r\n";

Deno.test("a member is shown what a subscription of its own would show: allowed, asked about, refused, unknown", async () => {
  const { world, presence } = await open(["bob", "carol", "dave", "nobody"]);
  presence.publish("bob", tuple("open", "<note>hello</note>"));
  presence.rule("carol", "alice", "confirm");
  presence.rule("dave", "alice", "block");
  assert.equal((await world.subscribe()).status, 200);
  const [{ list }] = await world.notified();
  assert.deepEqual(world.known, [
    "bob: active hello",
    "carol: pending",
    "dave: terminated rejected",
    "nobody: terminated noresource",
  ]);
  presence.ask({ watcher: "alice", to: "bob" });
  const [single] = await presence.after();
  assert.equal(new TextDecoder().decode([...list!.parts.values()][0].body), single.text);
  assert.equal(presence.watches.size, 3, "the refused and the unknown are not kept");
});

Deno.test("what changes reaches the list: state, an approval, a block, and its end", async () => {
  const { world, presence } = await open(["bob", "carol"]);
  presence.publish("bob", tuple("open", "<note>one</note>"));
  presence.publish("carol", tuple("open", "<note>c</note>"));
  presence.rule("carol", "alice", "confirm");
  const { toTag } = await world.subscribe();
  await world.notified();
  const after = async () => {
    await world.settle();
    world.sip.time.advance(5000);
    await world.notified();
    return world.known.join(", ");
  };
  presence.publish("bob", tuple("closed", "<note>two</note>"));
  assert.equal(await after(), "bob: active two, carol: pending");
  presence.rule("carol", "alice", "allow");
  assert.equal(await after(), "bob: active two, carol: active c");
  presence.rule("bob", "alice", "block");
  assert.equal(await after(), "bob: terminated rejected, carol: active c");
  presence.rule("bob", "alice", "polite-block");
  assert.match(await after(), /^bob: active \(.*, carol: active c$/);
  assert.equal(presence.watches.size, 2);

  presence.sip.server.register(presence.winfo);
  presence.ask({ watcher: "carol", to: "carol", event: "presence.winfo" });
  assert.match(inShort(await presence.after()).join(), /sip:alice@example\.test active approved/);
  await world.subscribe({ toTag, cseq: 2, expires: 0 });
  await world.notified();
  assert.equal(presence.watches.size, 0);
  assert.match(inShort(await presence.after(5000)).join(), /sip:alice@example\.test terminated timeout/);
});

Deno.test("the package for one presentity gives lists to this one [rp:PRS-3]", async () => {
  const lists = await ListWorld.open();
  await lists.service(entries(user("bob")));
  const presence = new PresenceWorld({ users: ["bob"], lists: (contents) => lists.lists.listVariant(contents) });
  assert.equal(presence.ask({ to: "bob", more: SHORT }).status, 200);
  const answer = presence.ask({ to: FRIENDS, more: SHORT });
  assert.deepEqual([answer.status, answer.header("Require")], [421, "eventlist"]);
  const typed = presence.ask({ to: "sip:rls@example.test", more: `${SUPPORTED}${ACCEPT}`, body: ["text/plain", "x"] });
  assert.equal(typed.status, 415);
});
