/** Presence over real sockets: what one publishes and what others are told of it. */
import { equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { diffText, presenceText, statusText } from "../support/presence_documents.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { type ClientTransport, header, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  // Nobody has to be asked here (presence_rules_test.ts), and nobody is told late (presence_pace_test.ts).
  const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\npublish_per_minute = 6000\n';
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol"), config });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

/** With people who leave at the end. */
async function withPeople(
  transports: readonly ClientTransport[],
  run: (...people: PresencePerson[]) => Promise<void>,
): Promise<void> {
  const names = ["alice", "bob", "carol"];
  const people = await Promise.all(transports.map((transport, i) => PresencePerson.open(parley, names[i], transport)));
  try {
    await run(...people);
  } finally {
    for (const person of people) await person.close();
  }
}

for (const transport of ["udp", "tcp", "ws"] as const) {
  Deno.test(
    `over ${transport}: a status that is published, changed, refreshed and removed reaches who watches, each change once [PRE-2] [PRE-4] [PRE-5] [IOP-5] [rp:PRS-1] [rp:PRS-2] [rp:PRS-3]`,
    options,
    async () => {
      await withPeople([transport, transport], async (alice, bob) => {
        const watch = await bob.watches(alice);
        equal(watch.state.state, "active");
        equal(inShort(watch), "open", "registered: the box itself says so");
        await alice.says("open", "meeting", "Room 4");
        await watch.until(() => inShort(watch) === 'open meeting "Room 4"', "the status");
        await alice.says("closed", "vacation");
        await watch.until(() => inShort(watch) === "closed vacation", "the change");
        const told = watch.notifies.length;
        equal(statusOf(await alice.publication.refresh()), 200);
        equal(
          statusOf(await alice.publication.publish(statusText(alice.aor, { basic: "closed", activity: "vacation" }))),
          200,
        );
        equal(statusOf(await alice.publication.remove()), 200);
        await watch.until(() => inShort(watch) === "open", "what is left");
        equal(watch.notifies.length, told + 1, "a refresh and the same again are no change");
        equal(statusOf(await watch.subscribe({ expires: 0 })), 200);
        await watch.is("terminated", "timeout");
      });
    },
  );
}

Deno.test(
  "each status of RFC 4480 that people use is told as it was set, and ends by itself at the time it names [PRE-6]",
  options,
  async () => {
    await withPeople(["udp", "udp"], async (alice, bob) => {
      const watch = await bob.watches(alice);
      const statuses = ["working", "meeting", "meal", "busy", "away", "on-the-phone", "vacation", "travel", "holiday"];
      for (const activity of statuses) {
        await alice.says("open", activity);
        await watch.until(() => inShort(watch) === `open ${activity}`, activity);
      }
      const until = new Date(Date.now() + 1500).toISOString();
      const person =
        `<dm:person id="p"><rpid:activities until="${until}"><rpid:other>Discrete</rpid:other></rpid:activities></dm:person>`;
      const tuple = '<tuple id="t1"><status><basic>open</basic></status></tuple>';
      equal(statusOf(await alice.publication.publish(presenceText(alice.aor, tuple + person))), 200);
      const isDiscrete = () => /<rpid:other>Discrete<\/rpid:other>/.test(watch.notifies.at(-1)!.body);
      await watch.until(isDiscrete, "a status of one's own");
      await watch.until(() => !isDiscrete(), "its end");
      equal(inShort(watch), "open");
    });
  },
);

Deno.test("online ends when the connection dies, and comes back with the device [PRE-5]", options, async () => {
  const bob = await PresencePerson.open(parley, "bob");
  const alice = await PresencePerson.open(parley, "alice", "tcp");
  try {
    await alice.says("open", "working");
    const watch = await bob.watches(alice);
    equal(inShort(watch), "open working");
    alice.sip.close();
    alice.documents.close();
    await watch.until(() => inShort(watch) === "closed", "offline");
    const again = await PresencePerson.open(parley, "alice", "tcp");
    await again.says("open", "meeting");
    await watch.until(() => inShort(watch) === "open meeting", "back");
    await again.close();
    await watch.until(() => inShort(watch) === "closed", "signed off");
  } finally {
    await bob.close();
  }
});

Deno.test(
  "who is invisible is shown to all others as who is not there, sends, receives, and sees the others [PRI-17] [PRI-18] [PRI-19]",
  options,
  async () => {
    await withPeople(["udp", "udp", "udp"], async (alice, bob, carol) => {
      await alice.says("open", "working", "here");
      const carolGone = await PresencePerson.open(parley, "carol");
      await carolGone.close();
      const watch = await bob.watches(alice);
      await alice.privacy({ invisible: true });
      await watch.until(() => inShort(watch) === "closed", "offline");
      // Nothing tells somebody who is invisible from somebody who is not there.
      const absent = await bob.watches(carol);
      await carol.close();
      await absent.until(() => inShort(absent) === "closed", "carol has gone");
      const shape = (body: string, name: string) => body.replaceAll(name, "NAME").replace(/id="[^"]*"/g, 'id=""');
      equal(shape(watch.notifies.at(-1)!.body, "alice"), shape(absent.notifies.at(-1)!.body, "carol"));
      await bob.says("open", "busy");
      const own = await alice.watches(bob);
      equal(inShort(own), "open busy");
      equal(statusOf(await alice.sip.message(bob.aor, "nobody sees me")), 200);
      deepIncludes(await bob.sip.messages(1), "nobody sees me");
      equal(statusOf(await bob.sip.message(alice.aor, "but I can write")), 200);
      deepIncludes(await alice.sip.messages(1), "but I can write");
      const self = await alice.watches(alice);
      equal(inShort(self), 'open working "here"', "to herself she is what she is");
      await alice.privacy({});
      await watch.until(() => inShort(watch) === 'open working "here"', "visible again");
    });
  },
);

function deepIncludes(all: readonly string[], text: string): void {
  ok(all.includes(text), all.join());
}

Deno.test("who asks for differences gets everything first and then what changed (RFC 5263)", options, async () => {
  await withPeople(["tcp", "tcp"], async (alice, bob) => {
    await alice.says("open", "working", "a note that stays");
    const watch = await bob.watches(alice, true);
    match(watch.notifies[0].body, /<p:pidf-full/);
    await alice.says("open", "meeting", "a note that stays");
    const diff = await watch.next();
    match(diff.body, /<p:pidf-diff/);
    ok(!diff.body.includes("a note that stays"), diff.body);
    equal(JSON.stringify(watch.outcomes), '["replaced","changed"]');
    ok(watch.presence!.components.some(({ content }) => content.includes("rpid:meeting")));
  });
});

Deno.test("a source publishes differences, too (RFC 5264), and a bad one changes nothing", options, async () => {
  await withPeople(["tcp", "udp"], async (alice, bob) => {
    const full =
      `<?xml version="1.0"?><p:pidf-full xmlns:p="urn:ietf:params:xml:ns:pidf-diff" xmlns="urn:ietf:params:xml:ns:pidf" entity="${alice.aor}">` +
      '<tuple id="t1"><status><basic>open</basic></status><note>one</note></tuple></p:pidf-full>';
    equal(statusOf(await alice.publication.change(full)), 200);
    const watch = await bob.watches(alice);
    equal(inShort(watch), 'open "one"');
    const replace = "<p:replace sel=\"*/tuple[@id='t1']/note/text()\">two</p:replace>";
    equal(statusOf(await alice.publication.change(diffText(alice.aor, replace))), 200);
    await watch.until(() => inShort(watch) === 'open "two"', "the difference");
    const wrong = await alice.publication.change(diffText(alice.aor, "<p:remove sel=\"*/tuple[@id='nobody']\"/>"));
    equal(statusOf(wrong), 400);
    equal(header(wrong, "content-type").split(";")[0], "application/patch-ops-error+xml");
    match(wrong.body, /unlocated-node/);
    equal(statusOf(await alice.publication.refresh()), 200, "the publication is as it was");
  });
});

Deno.test("who has the state already is not sent it again (RFC 5839)", options, async () => {
  await withPeople(["udp", "udp"], async (alice, bob) => {
    await alice.says("open", "working");
    const watch = await bob.watches(alice);
    const tag = header(watch.notifies[0], "sip-etag");
    ok(tag !== "");
    const told = watch.notifies.length;
    equal(statusOf(await watch.subscribe({ headers: [`Suppress-If-Match: ${tag}`] })), 204);
    await alice.says("open", "away");
    await watch.until(() => inShort(watch) === "open away", "the next change");
    equal(watch.notifies.length, told + 1);
  });
});

Deno.test("a filter leaves what the watcher wants, and wakes it only for that (RFC 4660)", options, async () => {
  await withPeople(["udp", "udp"], async (alice, bob) => {
    await alice.says("open", "working", "first");
    const filter = '<?xml version="1.0"?><filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"><ns-bindings>' +
      '<ns-binding prefix="pidf" urn="urn:ietf:params:xml:ns:pidf"/></ns-bindings><filter id="1">' +
      '<what><include type="xpath">/pidf:presence/pidf:tuple/pidf:status/pidf:basic</include></what>' +
      "<trigger><changed>/pidf:presence/pidf:tuple/pidf:status/pidf:basic</changed></trigger></filter></filter-set>";
    const watch = bob.presence.watch(alice.aor);
    const headers = ["Content-Type: application/simple-filter+xml"];
    equal(statusOf(await watch.subscribe({ headers, body: filter })), 200);
    await watch.next();
    equal(inShort(watch), "open");
    await alice.says("open", "meeting", "second");
    await alice.says("closed", "meeting", "third");
    await watch.until(() => inShort(watch).includes("closed"), "what it wants to know");
    equal(watch.notifies.length, 2);
    const bad = bob.presence.watch(alice.aor);
    equal(statusOf(await bad.subscribe({ headers, body: filter.replaceAll("/pidf:presence", "//@@") })), 488);
    equal(statusOf(await bad.subscribe({ headers: ["Content-Type: text/plain"], body: "x" })), 415);
  });
});

Deno.test("bad PUBLISH and SUBSCRIBE get the answers that RFC 3903, 6665 and 3856 have for them", options, async () => {
  await withPeople(["tcp", "tcp"], async (alice, bob) => {
    const good = statusText(alice.aor);
    const publish = async (...args: Parameters<typeof alice.publication.publish>) =>
      await alice.presence.publication().publish(...args);
    const unknown = await publish(good, { event: "weather" });
    equal(statusOf(unknown), 489);
    match(header(unknown, "allow-events"), /\bpresence\b/);
    equal(statusOf(await publish("x", { contentType: "text/plain" })), 415);
    const notXml = await publish("<presence");
    equal(statusOf(notXml), 400);
    match(notXml.start, /line 1/);
    equal(statusOf(await publish(statusText(bob.aor))), 400, "another's entity");
    equal(statusOf(await publish(statusText(bob.aor), { presentity: bob.aor })), 403);
    equal(statusOf(await publish("", { expires: 600 })), 400, "nothing published");
    const brief = await publish(good, { expires: 5 });
    equal(statusOf(brief), 423);
    equal(header(brief, "min-expires"), "60");
    equal(statusOf(await publish(good, { tag: "nobody-gave-this" })), 412);
    equal(statusOf(await publish(statusText(alice.aor, { note: "x".repeat(40_000) }))), 413);

    const watch = () => bob.presence.watch(alice.aor);
    const box = bob.presence.watch("sip:example.test");
    equal(statusOf(await box.subscribe({ event: "weather" })), 489);
    equal(statusOf(await watch().subscribe({ expires: 5 })), 423);
    const unacceptable = await bob.sip.request({
      method: "SUBSCRIBE",
      uri: alice.aor,
      to: `<${alice.aor}>`,
      headers: ["Event: presence", "Accept: text/plain", `Contact: ${bob.sip.contact}`, "Expires: 600"],
    });
    equal(statusOf(unacceptable), 406);
    equal(statusOf(await bob.presence.watch("sip:nobody@example.test").subscribe()), 404);
    equal(statusOf(await bob.presence.watchers(alice.aor).subscribe()), 403, "who watches is the owner's business");
    const badRate = await watch().subscribe({ event: "presence;max-rate=often" });
    equal(statusOf(badRate), 400);
  });
});

Deno.test("a watcher who answers that it knows nothing of the subscription is told no more", options, async () => {
  await withPeople(["udp", "udp", "udp"], async (alice, _bob, carol) => {
    const watchers = alice.presence.watchers();
    equal(statusOf(await watchers.subscribe()), 200);
    await watchers.next();
    const watch = await carol.watches(alice);
    await watchers.until(() => watchers.watchers[carol.aor] !== undefined, "carol");
    carol.sip.answer = ({ start }) => start.startsWith("NOTIFY ") ? 481 : 200;
    await alice.says("open", "away");
    await watchers.until(() => watchers.watchers[carol.aor] === undefined, "nobody");
    equal(statusOf(await watch.subscribe()), 481);
  });
});
