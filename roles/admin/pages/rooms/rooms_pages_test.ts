import assert from "node:assert/strict";
import { LOCALES } from "../../../../web/ui/mod.ts";
import { type FakeWorld, withEverybody } from "../../testing/fake_services.ts";
import { PageReader } from "../../testing/page_reader.ts";

const HERE = "/admin/rooms";
const aor = (name: string) => `sip:${name}@example.test`;
const USER = `/admin/users/${encodeURIComponent(aor("alice"))}`;

async function meeting(): Promise<FakeWorld> {
  const world = await withEverybody();
  const { rooms, time } = world;
  rooms.open({
    subject: "Lunch",
    creator: aor("alice"),
    people: [[aor("alice")], ["sip:carol@other.test", { standing: "alerting", devices: 0 }]],
  });
  rooms.group(aor("lobby"), { displayName: "The Lobby", minimumAge: 16 });
  rooms.group(aor("square"), { owner: aor("alice"), searchable: false, maxParticipants: 30 });
  rooms.open({
    group: aor("lobby"),
    creator: aor("bob"),
    kept: 3,
    saidAt: time.now() - 600_000,
    recorders: 2,
    terms: {
      isPublic: true,
      hidesIdentity: true,
      displayName: "The Lobby",
      subject: "Sailing",
      minParticipants: 0,
      maxParticipants: 500,
      privateMessages: false,
    },
    people: [[aor("bob")], [aor("alice"), { standing: "absent", waiting: 3, devices: 0, nickname: "Sailor" }], [
      aor("dave"),
      { standing: "disconnected", leftBy: "booted" },
    ]],
  });
  return world;
}

Deno.test("rooms are shown newest first, with how many are there and what is kept, and lead to their page", async () => {
  const visitor = await PageReader.of(await meeting(), "auditor");
  const { text, html } = await visitor.get(HERE);
  assert.match(text, /The Lobby sip:lobby@example\.test Public Aliases 1 here 1 cut off 3 messages 300 bytes .* ago/);
  assert.match(text, /10 minutes ago Lunch Ad hoc 1 here 1 on the way 0 messages .* Not known/);
  assert.match(text, /2 entries/);
  assert.ok(html.includes(`<a href="${HERE}/conf-2"`));
  assert.match(html, /<form method="get" action="\/admin\/rooms"[^>]*role="search"/);
});

Deno.test("words find rooms, also by people where others see them, and never those behind aliases", async () => {
  const visitor = await PageReader.of(await meeting(), "owner");
  assert.match((await visitor.get(`${HERE}?search=SAILING+lobby`)).text, /The Lobby/);
  const { text } = await visitor.get(`${HERE}?search=alice`);
  assert.match(text, /Lunch/);
  assert.doesNotMatch(text, /Lobby/);
  const none = await visitor.get(`${HERE}?search=%3Cb%3Enobody`);
  assert.match(none.text, /No room found/);
  assert.ok(none.text.includes("<b>nobody") && !none.html.includes("<b>nobody"));
  assert.equal((await visitor.get(`${HERE}?search=${"x".repeat(900)}&after=${"y".repeat(900)}`)).status, 200);
});

Deno.test("a room's page has its rules, its people by standing, what waits and how many record, and nobody behind an alias", async () => {
  const visitor = await PageReader.of(await meeting(), "owner");
  const { text, html } = await visitor.get(`${HERE}/conf-2`);
  for (
    const said of [
      /Anonymous 1 sip:anonymous-1@anonymous\.invalid Here/,
      /Sailor sip:anonymous-2@anonymous\.invalid Cut off .* 0 3 messages/,
      /Subject Sailing/,
      /Owner The operator/,
      /Begun by Is not told/,
      /Waits Up to 3 messages for one who is cut off/,
      /Recorded by 2 people/,
      /Nobody's address is shown; people have aliases/,
      /Private messages Not allowed/,
      /Least age 16 years/,
      /At most 500/,
      /When it is empty It stays for 5 minutes/,
      /The group stays/,
    ]
  ) assert.match(text, said);
  for (const name of ["alice", "bob", "dave"]) assert.ok(!html.includes(name), name);
  const gone = await visitor.get(`${HERE}/conf-2?gone=true`);
  assert.match(gone.text, /Anonymous 3 .* Was put out/);
  assert.doesNotMatch(gone.html, /dave|value="expel"/);
});

Deno.test("where people see each other those of this box lead to their pages", async () => {
  const visitor = await PageReader.of(await meeting(), "help-desk");
  const { text, html } = await visitor.get(`${HERE}/conf-1`);
  assert.match(text, /alice sip:alice@example\.test Here .* carol sip:carol@other\.test Rings/);
  assert.match(text, /Begun by sip:alice@example\.test/);
  assert.match(text, /When it is empty It ends/);
  assert.doesNotMatch(text, /The group stays|Owner/);
  assert.ok(html.includes(`<a href="${USER}"`) && !html.includes(encodeURIComponent("sip:carol@other.test")));
  const unknown = await visitor.get(`${HERE}/conf-99`);
  assert.equal(unknown.status, 404);
});

Deno.test("somebody is put out, and a room ended, each after a question; the way leads where there is something to see", async () => {
  const world = await meeting();
  const visitor = await PageReader.of(world, "help-desk");
  const { html } = await visitor.get(`${HERE}/conf-2`);
  assert.match(html, /<details class="confirm" *>[\s\S]*?<summary[\s\S]*?Put out[\s\S]*?told that an administrator/);
  const put = { do: "expel", person: "1", name: "Anonymous 1" };
  const after = await visitor.done(`${HERE}/conf-2`, put);
  assert.match(after.text, /The Lobby .*Anonymous 1 is out\./);
  assert.doesNotMatch(after.text, /anonymous-1@/);
  assert.match((await visitor.done(`${HERE}/conf-2`, put)).text, /There is nobody with the number 1/);
  assert.match((await visitor.done(`${HERE}/conf-2`, { do: "expel", person: "x" })).text, /wrong in the path/);
  const ended = await visitor.done(`${HERE}/conf-2`, { do: "end" });
  assert.match(ended.text, /The room is over\..*Lunch/);
  assert.match((await visitor.done(`${HERE}/conf-2`, { do: "end" })).text, /no room .*conf-2.* any more/);
  assert.equal((await visitor.post(`${HERE}/conf-1`, { do: "burn" })).status, 400);
  assert.deepEqual(world.rooms.done, [
    "conf-2 expel 1: An administrator has put you out of the room",
    "conf-2 end: operator",
  ]);
});

Deno.test("an auditor looks, puts nobody out and ends nothing", async () => {
  const world = await meeting();
  const auditor = await PageReader.of(world, "auditor");
  const { html } = await auditor.get(`${HERE}/conf-1`);
  assert.doesNotMatch(html, /value="(?:expel|end)"/);
  for (const what of ["end", "expel"]) {
    assert.equal((await auditor.post(`${HERE}/conf-1`, { do: what, person: "1" })).status, 403);
  }
  assert.deepEqual(world.rooms.done, []);
});

Deno.test("public rooms stand there by their documents, with whose they are and whether somebody is in them", async () => {
  const visitor = await PageReader.of(await meeting(), "auditor");
  const { text, html } = await visitor.get(`${HERE}/public`);
  assert.match(text, /The Lobby sip:lobby@example\.test The operator 16 As in the settings Yes Look/);
  assert.match(text, /sip:square@example\.test sip:alice@example\.test Any 30 No Nobody/);
  assert.ok(html.includes(`href="${HERE}/conf-2"`) && html.includes(`<a href="${USER}"`));
  const found = await visitor.get(`${HERE}/public?search=square`);
  assert.doesNotMatch(found.text, /Lobby/);
  assert.match((await visitor.get(`${HERE}/public?search=none`)).text, /No room found/);
});

Deno.test("more than a page leads on, and back, with the search; none at all is said in each language", async () => {
  const world = await withEverybody();
  for (const locale of LOCALES) {
    const visitor = await PageReader.of(world, "owner", locale);
    for (const path of [HERE, `${HERE}/public`]) assert.equal((await visitor.get(path)).status, 200);
  }
  const visitor = await PageReader.of(world, "owner");
  assert.match((await visitor.get(HERE)).text, /Nobody is in a room/);
  assert.match((await visitor.get(`${HERE}/public`)).text, /There is no public room/);
  for (let i = 0; i < 120; i++) world.rooms.open({ subject: `Chat ${i}` });
  const people = Array.from({ length: 60 }, (_, i) => [aor(`u${i}`)] as const);
  const crowd = world.rooms.open({ subject: "Crowd", people });
  const hrefs = (html: string) =>
    [...html.matchAll(/<a class="button small" href="([^"]*)"/g)].map(([, href]) => href.replaceAll("&amp;", "&"));
  const first = await visitor.get(`${HERE}?search=chat`);
  assert.match(first.text, /Chat 119 .*Chat 70 /);
  const second = await visitor.get(hrefs(first.html).find((href) => href.includes("after="))!);
  assert.match(second.text, /Chat 69 .*Chat 20 /);
  assert.ok(hrefs(second.html).includes(`${HERE}?search=chat`));
  const third = await visitor.get(hrefs(second.html).findLast((href) => href.includes("after="))!);
  assert.match(third.text, /Chat 19 .*Chat 0 /);
  const some = await visitor.get(`${HERE}/${crowd.id}`);
  assert.match(some.text, /u49 .*60/);
  assert.doesNotMatch(some.text, /u50 /);
  const others = await visitor.get(hrefs(some.html).find((href) => href.includes("after="))!);
  assert.match(others.text, /u50 .*u59 /);
});
