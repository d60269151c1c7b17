import assert from "node:assert/strict";
import { ACCEPT, entries, FRIENDS, ListWorld, resourceLists, RLS, user } from "./testing/list_world.ts";

Deno.test("addresses of lists: services of this box, the server's own; nothing else", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  const { lists } = world;
  assert.equal(lists.addressOf("sip:alice-friends@EXAMPLE.test;transport=tcp"), FRIENDS);
  assert.equal(lists.addressOf("sips:RLS@Example.test;x=y"), RLS);
  for (
    const uri of [user("alice"), "sip:rls@other.test", "sip:unknown@example.test", "sip:example.test", "tel:+1", "x"]
  ) {
    assert.equal(lists.addressOf(uri), null, uri);
  }
});

Deno.test("a list beside the user's own address, as GSMA RCS names it", async () => {
  const world = await ListWorld.open();
  const uri = "sip:alice@example.test;pres-list=rcs";
  await world.service(entries(user("bob")), { uri });
  world.show("bob", "here");
  assert.equal(world.lists.addressOf("sip:Alice@example.test;pres-list=RCS"), null, "user parts have case");
  assert.equal(world.lists.addressOf("sip:alice@example.test;pres-list=RCS"), uri);
  assert.equal((await world.subscribe({ uri })).status, 200);
  const [{ list }] = await world.notified();
  assert.equal(list!.rlmi.uri, uri);
  assert.deepEqual(world.known, ["bob: active here"]);
});

Deno.test("what a list cannot do is refused with the reason", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  await world.service(entries(user("bob")), {
    uri: "sip:other-event@example.test",
    document: "two",
    packages: "dialog",
  });
  world.settings.list_size = 3;
  const simple = "application/simple-filter+xml";
  const cases: [Parameters<ListWorld["subscribe"]>[0], number, RegExp][] = [
    [{ supported: "" }, 421, /^SIP\/2\.0 421 This Is A List[^]*\r\nRequire: eventlist\r\n/],
    [{ uri: RLS, supported: "", body: resourceLists(user("bob")) }, 421, /421/],
    [{ accept: "Accept: application/pidf+xml\r\n" }, 406, /\r\nAccept: multipart\/related, application\/rlmi\+xml,/],
    [{ accept: "Accept: application/pidf+xml, multipart/related\r\n" }, 406, /406/],
    [{ as: user("bob") }, 403, /A List Is Shown To Its Owner Only/],
    [{ as: "sip:x@other.test" }, 403, /Lists Are For Users Of This Service/],
    [{ uri: RLS, as: "sip:x@other.test", body: resourceLists(user("bob")) }, 403, /Users Of This Service/],
    [{ uri: user("bob"), body: resourceLists(user("bob")) }, 403, /Send Lists To Your Own Address/],
    [{ uri: "sip:other-event@example.test" }, 489, /Not For Presence/],
    [{ more: "Require: eventlist, something\r\n" }, 420, /\r\nUnsupported: something\r\n/],
    [{ uri: RLS }, 400, /No List Of Recipients/],
    [{ uri: RLS, body: "x" }, 400, /line 1, column 1/],
    [{ uri: RLS, body: resourceLists("bob") }, 400, /must be an absolute URI/],
    [{ uri: RLS, body: resourceLists("sip:a@b", "sip:c@b", "sip:d@b", "sip:e@b") }, 413, /more than 3 recipients/],
    [{ body: resourceLists(user("bob")) }, 415, /This List Is Kept Here/],
    [
      { body: "x", type: "text/plain" },
      415,
      /\r\nAccept: application\/resource-lists\+xml, application\/simple-filter\+xml, multip/,
    ],
    [{ body: "<a/>", type: simple }, 488, /488/],
    [{ body: "x", type: "multipart/mixed" }, 400, /400/],
    [{ body: "--b\r\n\r\nx\r\n--b--\r\n", type: "multipart/mixed;boundary=b" }, 415, /No text\/plain Here/],
  ];
  for (const [parts, status, says] of cases) {
    const answer = await world.subscribe(parts);
    assert.equal(answer.status, status, JSON.stringify(parts) + answer.head);
    assert.match(answer.head, says);
  }
  assert.deepEqual([world.watches.size, world.sip.server.size], [0, 0]);
});

Deno.test("a single presentity stays with the package for one", async () => {
  const world = await ListWorld.open();
  assert.equal((await world.subscribe({ uri: user("bob"), accept: ACCEPT })).status, 405);
});

Deno.test("a list that went between two SUBSCRIBEs is over; one that comes is there", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  const answer = await world.subscribe();
  await world.notified();
  await world.xdm.remove("rls-services/users/sip:alice@example.test/index");
  const [last] = await world.notified();
  assert.equal(last.head.get("Subscription-State"), "terminated;reason=noresource");
  assert.equal(last.list, null);
  assert.equal((await world.subscribe({ toTag: answer.toTag, cseq: 2 })).status, 481);
  assert.equal(world.lists.addressOf(FRIENDS), null);
  await world.service(entries(user("bob")));
  assert.equal((await world.subscribe({ callId: "b" })).status, 200);
});

Deno.test("who is no user any more has no lists either", async () => {
  const world = await ListWorld.open();
  await world.service(entries(user("bob")));
  world.show("bob", "here");
  await world.subscribe();
  await world.notified();
  world.lists.remove(user("carol"));
  assert.equal(world.watches.size, 1);
  world.lists.remove(user("alice"));
  const [last] = await world.notified();
  assert.equal(last.head.get("Subscription-State"), "terminated;reason=rejected");
  assert.equal(world.watches.size, 0);
});

Deno.test("so many lists of one user, and no more", async () => {
  const world = await ListWorld.open();
  world.limits.listsOfUser = 2;
  await world.service(entries(user("bob")));
  world.show("bob", "here");
  const statuses = [];
  for (const callId of ["a", "b", "c"]) statuses.push((await world.subscribe({ callId })).status);
  assert.deepEqual(statuses, [200, 200, 403]);
  assert.equal((await world.subscribe({ callId: "d", expires: 0 })).status, 200, "asking once");
  await world.notified();
  assert.equal(world.watches.size, 2);
});
