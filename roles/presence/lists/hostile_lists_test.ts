/** Lists that are built, edited or read so that they cost, or get stuck. */
import assert from "node:assert/strict";
import type { ServiceListSource } from "../../xdm/mod.ts";
import { ACCEPT, entries, ListWorld, user } from "./testing/list_world.ts";

Deno.test("lists of lists of lists, and around again: each is followed once", async () => {
  const world = await ListWorld.open();
  const chain = (n: number) => `sip:chain${n % 50}@example.test`;
  const services = Array.from(
    { length: 50 },
    (_, n) =>
      `<service uri="${chain(n)}"><list xmlns:r="urn:ietf:params:xml:ns:resource-lists"><r:entry uri="${
        user(`member${n}`)
      }"/><r:entry uri="${chain(n + 1)}"/><r:entry uri="${user("same")}"/></list></service>`,
  ).join("");
  await world.xdm.put(
    "rls-services/users/sip:alice@example.test/index",
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">${services}</rls-services>`,
  );
  assert.equal((await world.subscribe({ uri: chain(0) })).status, 200);
  const [{ list }] = await world.notified();
  const uris = list!.rlmi.resources.map(({ uri }) => uri);
  // The list that is above all of them is a member of the last one, and of itself nobody.
  assert.deepEqual(uris, [...Array.from({ length: 50 }, (_, n) => user(`member${n}`)), chain(0), user("same")]);
  assert.equal(world.known[50], "chain0: terminated noresource");
});

Deno.test("a list that could not be read is read again for whoever comes next, and never told as it was before", async () => {
  let fault = false;
  const service: ServiceListSource["service"] = {
    byServiceUri: (uri) => world.xdm.server.byServiceUri(uri),
    read: (key) => fault ? Promise.reject(new Error("not now")) : world.xdm.server.read(key),
  };
  const world = await ListWorld.open({ service });
  await world.service(entries(user("bob")));
  await world.subscribe({ callId: "a" });
  await world.notified();
  fault = true;
  await world.service(entries(user("bob"), user("carol")));
  await world.settle();
  const refused = await world.subscribe({ callId: "b" });
  assert.deepEqual([refused.status, refused.header("Retry-After")], [503, "60"]);
  fault = false;
  assert.equal((await world.subscribe({ callId: "c" })).status, 200);
  world.sip.time.advance(5000);
  const told = await world.notified();
  assert.deepEqual(told.map(({ head, list }) => [head.callId, list!.rlmi.resources.length]).sort(), [
    ["a", 1],
    ["c", 2],
  ], "the one that came to the one, all to the other");
});

Deno.test("a client that could send a list, and sends none, watches one user", async () => {
  const world = await ListWorld.open();
  const more = "Supported: recipient-list-subscribe\r\n";
  assert.equal((await world.subscribe({ uri: user("bob"), accept: ACCEPT, more })).status, 405, "not a list");
});

Deno.test("a list edited a thousand times leaves nothing behind, and its subscriber has the last of it", async () => {
  const world = await ListWorld.open();
  const names = ["bob", "carol", "dave"];
  for (const name of names) world.show(name, "here");
  await world.service(entries(user("bob")));
  const { toTag } = await world.subscribe();
  await world.notified();
  for (let n = 0; n < 1000; n++) await world.service(entries(user(names[n % 3]), `sip:nobody${n}@example.test`));
  await world.settle();
  world.sip.time.advance(5000);
  await world.notified();
  assert.deepEqual(world.known, ["bob: active here", "nobody999: terminated noresource"]);
  assert.equal(world.watches.size, 1);
  assert.equal((await world.subscribe({ toTag, cseq: 2, expires: 0 })).status, 200);
  await world.notified();
  assert.deepEqual([world.watches.size, world.sip.server.size], [0, 0]);
});
