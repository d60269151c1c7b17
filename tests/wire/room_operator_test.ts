/** What operators and owners do with rooms: make them, set their bounds, put people out; over REST, XCAP, SIP and MSRP. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Rest } from "../support/rest.ts";
import { refusalOf, RoomCaller } from "../support/room_caller.ts";
import { said } from "../support/room_dialog.ts";
import { header, statusOf } from "../support/sip_client.ts";
import { Subscription } from "../support/subscription.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (name: string) => `sip:${name}@example.test`;
const LOBBY = address("lobby");
const PEOPLE = ["alice", "bob", "carol", "rogue", "kid"];
const ALIAS = /^sip:anonymous-[0-9]+@anonymous\.invalid$/;

let parley: ParleyProcess;
let ada: Rest;
const callers = new Map<string, RoomCaller>();
const as = (name: string): RoomCaller => callers.get(name)!;
const xcapOf = (user: string) => new XcapClient({ user, domain: parley.domain, port: parley.webPort });

Deno.test.beforeAll(async () => {
  const config = "[rooms]\nprivate_from_public = false\npublic_age = 16\n";
  parley = await ParleyProcess.start({ users: users(...PEOPLE), config });
  ada = await Rest.setUp(parley);
  for (const name of PEOPLE) {
    const client = xcapOf(name);
    const born = name === "kid" ? "2019-01-02" : "1990-01-02";
    const text = `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${address(name)}">` +
      `<birth-date>${born}</birth-date></user-profile></user-profiles>`;
    const { status } = await client.put(client.own("org.openmobilealliance.user-profile", "user-profile"), text);
    ok(status === 200 || status === 201);
    client.close();
    callers.set(name, await RoomCaller.open(parley, name));
  }
});
Deno.test.afterAll(async () => {
  for (const caller of callers.values()) caller.close();
  await parley[Symbol.asyncDispose]();
});

async function putRoom(more: Record<string, unknown> = {}): Promise<void> {
  const body = {
    uri: LOBBY,
    display_name: "The Lobby",
    subject: "Sailing on lakes",
    moderators: [address("alice")],
    ...more,
  };
  (await ada.ask("PUT", "/public-rooms/lobby", { body })).ok();
}

/** The alias of somebody in a room, as another one sees it in CPIM. */
function aliasIn(frame: Parameters<typeof said>[0]): string {
  return /^From: .*<([^>]+)>/m.exec(said(frame))![1];
}

Deno.test(
  "the operator makes a public room about something; users have it in their contact lists and come in by it [CHAT-2] [CHAT-4] [CHAT-5] [CHAT-11] [CHAT-18]",
  options,
  async () => {
    equal(refusalOf(await as("bob").invite(LOBBY)), "404 113 group document does not exist", "not yet");
    await putRoom();
    const client = xcapOf("bob");
    const list = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="rooms">` +
      `<entry uri="${LOBBY}"><display-name>Lobby</display-name></entry></list></resource-lists>`;
    const document = client.own("resource-lists", "index");
    ok((await client.put(document, list)).status < 300);
    const [, selected] = /<entry uri="([^"]+)"/.exec((await client.get(document)).body)!;
    client.close();

    const bob = await as("bob").enters(selected);
    const carol = await as("carol").enters(LOBBY);
    const watch = new Subscription(as("bob").client, {
      event: "conference",
      accept: "application/conference-info+xml",
      target: LOBBY,
      to: LOBBY,
    });
    equal(statusOf(await watch.subscribe()), 200);
    const { body } = await watch.notified(({ body }) => body.includes("conference-info"));
    match(body, /<subject>Sailing on lakes<\/subject>/);
    match(body, /<display-text>The Lobby<\/display-text>/);
    equal((await carol.say("ahoy", { to: LOBBY })).status, 200);
    match(aliasIn(await bob.heard("ahoy")), ALIAS);
    for (const each of [bob, carol]) await each.bye();
  },
);

Deno.test(
  "nobody below the operator's age comes into any public room, by themselves or brought in [PRI-5] [PRI-15] [UPROF-11]",
  options,
  async () => {
    await putRoom();
    equal(refusalOf(await as("kid").invite(LOBBY)), "403 100 Function not allowed due to age");
    const moderator = await as("alice").enters(LOBBY);
    const answer = await moderator.refer(address("kid"));
    equal(refusalOf(answer), "403 100 Function not allowed due to age", answer.raw);
    await putRoom({ minimum_age: 99 });
    await moderator.ended();
    equal(refusalOf(await as("alice").invite(LOBBY)), "403 100 Function not allowed due to age", "the room's own age");
    ok(!as("kid").client.requests.some(({ start }) => start.startsWith("INVITE ")));
  },
);

Deno.test(
  "the operator forbids going from a public room to a private talk: the room says so, and a message to one is refused [ADM-2]",
  options,
  async () => {
    await putRoom();
    const bob = await as("bob").enters(LOBBY);
    const carol = await as("carol").enters(LOBBY);
    match(bob.answer.body, /^a=chatroom:nickname\r?$/m);
    equal((await bob.say("hello all", { to: LOBBY })).status, 200);
    const alias = aliasIn(await carol.heard("hello all"));
    const refused = await carol.say("come with me", { to: alias });
    equal(refused.status, 428, refused.comment);
    equal((await carol.say("then not", { to: LOBBY })).status, 200);
    await bob.heard("then not");
    deepEqual(bob.texts, ["then not"]);
    for (const each of [bob, carol]) await each.bye();
  },
);

Deno.test(
  "a rogue is put out of a room by its moderator, kept out by the operator, and out of the service for good [ADM-1] [CHAT-20]",
  options,
  async () => {
    await putRoom();
    const [moderator, rogue] = [await as("alice").enters(LOBBY), await as("rogue").enters(LOBBY)];
    equal((await rogue.say("buy now", { to: LOBBY })).status, 200);
    const alias = aliasIn(await moderator.heard("buy now"));
    const answer = await moderator.refer(`${alias};method=BYE`, ["Refer-Sub: false"]);
    equal(statusOf(answer), 202, answer.raw);
    await rogue.ended();
    equal(refusalOf(await as("rogue").invite(LOBBY)), "403 127 Service not authorised");
    await moderator.bye();

    const other = await as("rogue").enters(address("harbour")).catch(() => null);
    equal(other, null, "there is no such room");
    (await ada.ask("PUT", "/public-rooms/harbour", { body: { uri: address("harbour"), display_name: "Harbour" } }))
      .ok();
    const body = { uri: address("harbour"), display_name: "Harbour", blocked: [address("rogue")] };
    const there = await as("rogue").enters(address("harbour"));
    const bob = await as("bob").enters(address("harbour"));
    (await ada.ask("PUT", "/public-rooms/harbour", { body })).ok();
    await there.ended();
    const kept = await as("rogue").invite(address("harbour"));
    equal(statusOf(kept), 403, kept.raw);
    match(header(kept, "warning"), /106 user not authorised|116 user is not part|127 Service not/);
    equal((await bob.say("all is well", { to: address("harbour") })).status, 200, "others notice nothing");

    // Out of the service, while in a room.
    (await ada.ask("PUT", "/public-rooms/harbour", { body: { ...body, blocked: [] } })).ok();
    (await ada.ask("DELETE", "/public-rooms/lobby")).ok();
    await putRoom();
    const last = await as("rogue").enters(LOBBY);
    await ada.patch(ada.user(address("rogue")), { state: "suspended" });
    await last.ended();
    ok(statusOf(await as("rogue").invite(LOBBY)) >= 400);
    await bob.bye();
  },
);

Deno.test(
  "a room that a user makes is theirs: private or public as they say, they put out and let in again [CHAT-6] [CHAT-20]",
  options,
  async () => {
    const client = xcapOf("alice");
    const put = async (name: string, group: Parameters<typeof groupText>[1]) =>
      ok((await client.put(client.own(GROUPS, name), groupText(address(name), group))).status < 300);
    await put("den", { members: ["bob"], membersMay: ["join-handling"] });
    await put("square", { othersMay: ["join-handling"] });
    const [hers, his] = [await as("alice").enters(address("den")), await as("bob").enters(address("den"))];
    equal((await his.say("a private one")).status, 200);
    equal(aliasIn(await hers.heard("a private one")), address("bob"));
    equal(refusalOf(await as("carol").invite(address("den"))), "403 116 user is not part of the group");
    const carol = await as("carol").enters(address("square"));
    const bob = await as("bob").enters(address("square"));
    equal((await carol.say("a public one")).status, 200);
    match(aliasIn(await bob.heard("a public one")), ALIAS);

    // By a rule of its document the owner lets nobody in any more, and then does again.
    await put("den", { members: [] });
    await his.ended();
    equal(refusalOf(await as("bob").invite(address("den"))).slice(0, 3), "403");
    await put("den", { members: ["bob"], membersMay: ["join-handling"] });
    const again = await as("bob").enters(address("den"));
    equal((await hers.say("welcome back")).status, 200);
    await again.heard("welcome back");
    equal((await client.delete(client.own(GROUPS, "den"))).status, 200);
    for (const each of [hers, again]) await each.ended();
    for (const each of [carol, bob]) await each.bye();
    client.close();
  },
);
