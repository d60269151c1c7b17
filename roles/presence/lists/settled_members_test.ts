/** Members as the rules of now show them, in the form that the subscriber wants. */
import assert from "node:assert/strict";
import { PresenceWorld, tuple } from "../testing/presence_world.ts";
import { entries, ListWorld, user } from "./testing/list_world.ts";

/** Lists over the box's own watches. */
async function open(members: readonly string[]) {
  const presence = new PresenceWorld({ users: ["alice", "bob", "carol"] });
  const world = await ListWorld.open({ watches: presence.watches, presenceEvents: presence.events });
  await world.service(entries(...members.map(user)));
  const { settle } = world;
  world.settle = async () => {
    await settle.call(world);
    await presence.settle();
  };
  const bodies = async () => {
    const all = await world.notified();
    return all.map(({ list }) =>
      list === null ? "" : [...list.parts.values()].map(({ body }) => new TextDecoder().decode(body)).join()
    );
  };
  return { world, presence, bodies };
}

const BOB = user("bob");

Deno.test("a member whose rules are being read is not told of, not even after a SUBSCRIBE; then by the new ones", async () => {
  for (
    const [handling, known] of [["polite-block", /^bob: active/], ["block", /^bob: terminated/], [
      "allow",
      /secret/,
    ]] as const
  ) {
    const { world, presence, bodies } = await open(["bob"]);
    presence.publish("bob", tuple("open", "<note>one</note>"));
    const { toTag } = await world.subscribe();
    await bodies();
    const release = presence.decisions.hold();
    presence.decisions.unread.add(BOB);
    presence.rule("bob", "alice", handling);
    presence.publish("bob", tuple("open", "<note>secret</note>"));
    assert.equal((await world.subscribe({ toTag, cseq: 2 })).status, 200);
    world.sip.time.advance(6000);
    const early = await bodies();
    assert.doesNotMatch(early.join(), /secret|one/);
    release();
    await world.settle();
    world.sip.time.advance(6000);
    await bodies();
    world.sip.time.advance(6000);
    await bodies();
    assert.match(world.known.join(), known);
    assert.equal(world.known.join().includes("secret"), handling === "allow");
  }
});

Deno.test("rules of which no member was told yet hold for the next NOTIFY", async () => {
  const { world, presence, bodies } = await open(["bob", "carol"]);
  presence.publish("bob", tuple("open", "<note>one</note>"));
  await world.subscribe();
  await bodies();
  presence.publish("bob", tuple("open", "<note>secret</note>"));
  presence.publish("carol", tuple("open", "<note>c</note>"));
  await presence.settle();
  // Nobody has been told of it.
  presence.decisions.set(BOB, user("alice"), "polite-block");
  world.sip.time.advance(6000);
  const told = (await bodies()).join();
  assert.match(told, />c</);
  assert.doesNotMatch(told, /secret/);
});

Deno.test("a list that is asked for maps, or for words, has locations so, each of its members (LOC-3)", async () => {
  const place = '<gp:geopriv xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml">' +
    "<gp:location-info><gml:Point><gml:pos>52.52 13.405</gml:pos></gml:Point></gp:location-info>" +
    "<gp:usage-rules/></gp:geopriv>";
  for (
    const [event, link, words] of [["presence", false, false], ["presence;location=map", true, true], [
      "presence;location=text",
      false,
      true,
    ]] as const
  ) {
    const { world, presence, bodies } = await open(["bob", "carol"]);
    presence.publish("bob", tuple("open", place));
    presence.publish("carol", tuple("open", place));
    assert.equal((await world.subscribe({ event })).status, 200);
    const first = (await bodies()).join();
    assert.deepEqual([first.split(">geo:52.52,13.405<").length - 1, first.includes("52.52° N")], [link ? 2 : 0, words]);
    presence.publish("bob", tuple("open", place));
    world.sip.time.advance(6000);
    assert.deepEqual(await bodies(), [], "nothing is new");
  }
});
