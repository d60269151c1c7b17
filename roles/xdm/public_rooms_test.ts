import assert from "node:assert/strict";
import { OperationError } from "../../operations/mod.ts";
import { aorOf, ContactsWorld } from "./contacts/testing/contacts_world.ts";
import type { PublicRoom } from "./public_rooms.ts";

const LOBBY: PublicRoom = {
  uri: "sip:lobby@example.test",
  display_name: 'Lobby <& "more">',
  subject: "Anything & everything",
  minimum_age: 16,
  max_participants: 40,
  searchable: true,
  private_messages: true,
  moderators: [aorOf("alice"), "tel:+15550001"],
  blocked: ["sip:rogue@other.test"],
};
const PLAIN: PublicRoom = {
  uri: "sip:plain@example.test",
  display_name: "Plain",
  subject: "",
  minimum_age: 0,
  max_participants: 0,
  searchable: false,
  private_messages: false,
  moderators: [],
  blocked: [],
};

/** The kind of OperationError; "" where nothing was refused. */
async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return error.kind;
  }
}

Deno.test("the operator makes public rooms, changes and removes them; what was said is read back [CHAT-5, CHAT-18]", async () => {
  const world = await ContactsWorld.open();
  const { publicRooms } = world;
  assert.deepEqual(await publicRooms.list(), []);
  for (const [name, room] of [["lobby", LOBBY], ["a.plain-one", PLAIN]] as const) {
    const { name: called, etag, ...view } = await publicRooms.put(name, room, "", "admin:ada");
    assert.deepEqual([called, view], [name, room]);
    assert.notEqual(etag, "");
  }
  assert.deepEqual((await publicRooms.list()).map(({ name }) => name), ["a.plain-one", "lobby"]);
  const now = (await publicRooms.list())[1];
  const next = await publicRooms.put("lobby", { ...LOBBY, blocked: [] }, now.etag, "admin:ada");
  assert.deepEqual(next.blocked, []);
  assert.equal(await kindOf(publicRooms.put("lobby", LOBBY, now.etag, "admin:ada")), "stale");
  assert.equal(await kindOf(publicRooms.put("lobby", LOBBY, "", "admin:ada")), "stale");
  assert.equal(await kindOf(publicRooms.remove("lobby", now.etag, "admin:ada")), "stale");
  await publicRooms.remove("lobby", next.etag, "admin:ada");
  assert.equal(await kindOf(publicRooms.remove("lobby", null, "admin:ada")), "not-found");
  assert.deepEqual(world.audited.map(({ event }) => event), ["room.write", "room.write", "room.write", "room.remove"]);
});

Deno.test("a room that cannot be is refused", async () => {
  const { publicRooms } = await ContactsWorld.open();
  await publicRooms.put("lobby", LOBBY, null, "admin:ada");
  const put = (name: string, room: Partial<PublicRoom>) =>
    kindOf(publicRooms.put(name, { ...PLAIN, ...room }, null, "admin:ada"));
  assert.equal(await put("Big Room", {}), "invalid");
  assert.equal(await put("../x", {}), "invalid");
  assert.equal(await put("x", { moderators: ["nobody at all"] }), "invalid");
  assert.equal(await put("x", { uri: LOBBY.uri }), "conflict", "a URI is one room's");
  assert.equal(await put("x", { uri: aorOf("alice") }), "conflict", "or a user's");
  assert.equal(await put("x", { uri: "sip:x@elsewhere.test" }), "conflict");
  assert.equal(await put("x", { uri: "not a uri" }), "conflict");
  assert.equal((await publicRooms.list()).length, 1);
});
