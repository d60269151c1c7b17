/**
 * Who may see what: presence rules, lists and privacy, written over XCAP and observed by those who watch.
 *
 * PRE-3 refers to a requirements document of its own; the subset derived from it here: a user decides who watches, by allowing,
 * refusing, refusing politely, or being asked, and may decide otherwise at any time; learns who watches and who has asked; who has
 * asked learns of the decision; some elements may be shown to some people and hidden from others. (Publishing, watching, fetching
 * and lists have their own requirements: PRE-1 to PRE-6.)
 */
import { equal, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { presenceText } from "../support/presence_documents.ts";
import { inShort, PresencePerson } from "../support/presence_people.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { Subscription } from "../support/subscription.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  const config = '[presence]\nnotify_interval = 0\n[contacts]\nauthorisation = "never"\n';
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave"), config });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

async function withPeople(run: (...people: PresencePerson[]) => Promise<void>): Promise<void> {
  const people = await Promise.all(
    ["alice", "bob", "carol"].map((name) => PresencePerson.open(parley, name)),
  );
  try {
    await run(...people);
  } finally {
    const [alice] = people;
    for (const auid of ["pres-rules", "org.parley.privacy", "resource-lists"]) {
      await alice.documents.delete(alice.documents.own(auid, "index"));
    }
    for (const person of people) await person.close();
  }
}

Deno.test(
  "a stranger waits until the user decides, who learns of it from watcher information: allow, polite-block, block, each at once [PRE-3] [rp:PRS-2] [rp:PRS-7] [rp:PRS-8]",
  options,
  async () => {
    await withPeople(async (alice, bob) => {
      await alice.says("open", "working");
      const watchers = alice.presence.watchers();
      equal(statusOf(await watchers.subscribe()), 200);
      await watchers.next();
      const watch = bob.presence.watch(alice.aor);
      equal(statusOf(await watch.subscribe()), 200);
      equal((await watch.next()).body, "");
      equal(watch.state.state, "pending");
      await watchers.until(() => watchers.watchers[bob.aor] === "pending subscribe", "bob asks");

      await alice.rules({ id: "friends", watchers: [bob.aor], handling: "allow" });
      await watch.until(() => inShort(watch) === "open working", "allowed");
      equal(watch.state.state, "active");
      await watchers.until(() => watchers.watchers[bob.aor] === "active approved", "approved");

      await alice.rules({ id: "friends", watchers: [bob.aor], handling: "polite-block" });
      await watch.until(() => inShort(watch) === "closed", "somebody who is not there");
      equal(watch.state.state, "active");

      await alice.rules({ id: "friends", watchers: [bob.aor], handling: "block" });
      await watch.is("terminated", "rejected");
      await watchers.until(() => watchers.watchers[bob.aor] === undefined, "bob is gone");
      equal(statusOf(await bob.presence.watch(alice.aor).subscribe()), 403);
    });
  },
);

Deno.test(
  "who asked and left still waits for a word, and has it when coming again (RFC 3857 §4.7.1) [PRE-3]",
  options,
  async () => {
    await withPeople(async (alice, bob) => {
      const watch = bob.presence.watch(alice.aor);
      equal(statusOf(await watch.subscribe({ expires: 600 })), 200);
      await watch.next();
      equal(statusOf(await watch.subscribe({ expires: 0 })), 200);
      await watch.is("terminated");
      const watchers = alice.presence.watchers();
      equal(statusOf(await watchers.subscribe()), 200);
      await watchers.until(() => watchers.watchers[bob.aor] === "waiting timeout", "bob waits");
      await alice.rules({ id: "friends", watchers: [bob.aor], handling: "allow" });
      const again = await bob.watches(alice);
      equal(again.state.state, "active");
      await watchers.until(() => watchers.watchers[bob.aor] === "active subscribe", "bob watches");
    });
  },
);

Deno.test(
  "contacts see the status without a rule; who is blocked does not, politely where the user wishes so",
  options,
  async () => {
    await withPeople(async (alice, bob, carol) => {
      await alice.says("open", "meeting");
      await alice.lists({ oma_buddylist: [bob], oma_blockedcontacts: [carol] });
      equal(inShort(await bob.watches(alice)), "open meeting");
      equal(statusOf(await carol.presence.watch(alice.aor).subscribe()), 403);
      await alice.privacy({ "polite-block": true });
      const watch = await carol.watches(alice);
      equal(watch.state.state, "active");
      equal(inShort(watch), "closed");
      await alice.says("open", "busy");
      const bobAgain = await bob.watches(alice);
      equal(inShort(bobAgain), "open busy");
      equal(watch.notifies.length, 1, "who is blocked learns of nothing");
    });
  },
);

Deno.test("a rule that provides only some elements lets nothing else out [PRE-3]", options, async () => {
  await withPeople(async (alice, bob) => {
    const content = '<tuple id="im"><status><basic>open</basic></status><rpid:class>work</rpid:class>' +
      "<contact>im:alice@example.test</contact><note>secret of the service</note></tuple>" +
      '<tuple id="home"><status><basic>open</basic></status><rpid:class>home</rpid:class><contact>tel:+15550100</contact></tuple>' +
      '<dm:person id="p"><rpid:activities><rpid:meeting/></rpid:activities><rpid:mood><rpid:angry/></rpid:mood>' +
      "<dm:note>secret of the person</dm:note></dm:person>" +
      '<dm:device id="d"><rpid:user-input>idle</rpid:user-input><dm:deviceID>urn:device:1</dm:deviceID></dm:device>' +
      "<note>secret of all</note>";
    equal(statusOf(await alice.publication.publish(presenceText(alice.aor, content))), 200);
    const provides = "<pr:provide-services><pr:class>work</pr:class></pr:provide-services>" +
      "<pr:provide-persons><pr:all-persons/></pr:provide-persons><pr:provide-activities>true</pr:provide-activities>";
    await alice.rules({ id: "colleagues", watchers: [bob.aor], handling: "allow", provides });
    const watch = await bob.watches(alice);
    const [{ body }] = watch.notifies;
    ok(body.includes("im:alice@example.test") && body.includes("rpid:meeting"), body);
    for (const hidden of ["secret", "tel:+15550100", "angry", "device", "idle"]) {
      ok(!body.includes(hidden), `${hidden}: ${body}`);
    }
    await alice.rules({ id: "colleagues", watchers: [bob.aor], handling: "allow" });
    await watch.until(() => watch.notifies.at(-1)!.body.includes("secret of the person"), "everything");
  });
});

Deno.test("whoever watches rules learns of their change [rp:PRS-6] [rp:PRS-5]", options, async () => {
  await withPeople(async (alice, bob) => {
    await alice.rules({ id: "friends", watchers: [bob.aor], handling: "allow" });
    const target = alice.documents.own("pres-rules", "index").replace(/^\/xcap\//, "");
    const subscription = new Subscription(alice.sip, { event: "xcap-diff", accept: "application/xcap-diff+xml" });
    const body =
      `<?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="${target}"/></list></resource-lists>`;
    const headers = ["Content-Type: application/resource-lists+xml", "Content-Disposition: recipient-list"];
    equal(statusOf(await subscription.subscribe({ headers, body })), 200);
    await subscription.next();
    // The list that a rule names is read, too: who comes into it is let in.
    const list = `http://127.0.0.1:${parley.webPort}${
      alice.documents.own("resource-lists", "index")
    }/~~/resource-lists/list%5b@name=%22team%22%5d`;
    const ruleset =
      '<?xml version="1.0"?><cr:ruleset xmlns:cr="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules" xmlns:ocp="urn:oma:xml:xdm:common-policy">' +
      `<cr:rule id="team"><cr:conditions><ocp:external-list><ocp:entry anc="${list}"/></ocp:external-list></cr:conditions>` +
      "<cr:actions><pr:sub-handling>allow</pr:sub-handling></cr:actions><cr:transformations><pr:provide-services><pr:all-services/></pr:provide-services></cr:transformations></cr:rule></cr:ruleset>";
    const put = await alice.documents.put(alice.documents.own("pres-rules", "index"), ruleset);
    equal(put.status, 200, put.body);
    ok((await subscription.next()).body.includes(put.etag));
    const watch = bob.presence.watch(alice.aor);
    equal(statusOf(await watch.subscribe()), 200);
    await watch.next();
    equal(watch.state.state, "pending");
    await alice.lists({ team: [bob] });
    await watch.is("active");
  });
});

Deno.test("somebody whom the box does not know sees nothing", options, async () => {
  const stranger = await SipClient.open({ user: "mallory", domain: "example.test", port: parley.port });
  try {
    const answer = await stranger.request({
      method: "SUBSCRIBE",
      uri: "sip:alice@example.test",
      headers: ["Event: presence", `Contact: ${stranger.contact}`, "Expires: 600"],
      authenticate: false,
    });
    ok([401, 403, 407].includes(statusOf(answer)), answer.start);
    ok(!stranger.requests.some(({ start }) => start.startsWith("NOTIFY ")));
  } finally {
    stranger.close();
  }
});

Deno.test(
  "where somebody is: shown to those on the Location List alone, and only while the user allows it [LOC-1] [LOC-2]",
  options,
  async () => {
    await withPeople(async (alice, bob, carol) => {
      await publishesPlace(alice);
      await alice.lists({ oma_buddylist: [bob, carol], oma_locationlist: [bob] });
      await alice.privacy({ locatable: true });
      const [bobs, carols] = [await bob.watches(alice), await carol.watches(alice)];
      ok(hasPlace(bobs.notifies.at(-1)!.body));
      ok(!hasPlace(carols.notifies.at(-1)!.body));
      await alice.privacy({ locatable: false });
      await bobs.until(() => !hasPlace(bobs.notifies.at(-1)!.body), "no place");
      await alice.privacy({ locatable: true });
      await bobs.until(() => hasPlace(bobs.notifies.at(-1)!.body), "the place");
      await alice.lists({ oma_buddylist: [bob, carol], oma_locationlist: [carol] });
      await bobs.until(() => !hasPlace(bobs.notifies.at(-1)!.body), "no longer on the list");
      await carols.until(() => hasPlace(carols.notifies.at(-1)!.body), "on the list");
    });
  },
);

Deno.test(
  "a place is told as text or as a reference to a map, as who asks prefers; one's own is always to be had, and to be sent on [LOC-3] [LOC-4] [LOC-5]",
  options,
  async () => {
    await withPeople(async (alice, bob) => {
      await publishesPlace(alice);
      await alice.lists({ oma_buddylist: [bob], oma_locationlist: [bob] });
      await alice.privacy({ locatable: true });
      const asText = bob.presence.watch(alice.aor);
      equal(statusOf(await asText.subscribe({ event: "presence;location=text" })), 200);
      const text = (await asText.next()).body;
      ok(/<(?:dm:)?note[^>]*>[^<]*Utrecht[^<]*<\/(?:dm:)?note>/.test(text), text);
      const asMap = bob.presence.watch(alice.aor);
      equal(statusOf(await asMap.subscribe({ event: "presence;location=map" })), 200);
      const map = (await asMap.next()).body;
      ok(/geo:52\.09\d*,5\.12\d*/.test(map), map);

      await alice.privacy({});
      const own = await alice.watches(alice);
      const place = own.notifies.at(-1)!.body;
      ok(hasPlace(place), place);
      const sent = await alice.sip.request({
        method: "MESSAGE",
        uri: bob.aor,
        to: `<${bob.aor}>`,
        headers: ["Content-Type: application/pidf+xml"],
        body: place,
      });
      equal(statusOf(sent), 200);
      const [body] = await bob.sip.messages(1);
      ok(hasPlace(body));
    });
  },
);

function hasPlace(body: string): boolean {
  return body.includes("gp:geopriv") && body.includes("Utrecht");
}

async function publishesPlace(person: PresencePerson): Promise<void> {
  const place =
    '<gp:geopriv><gp:location-info><gml:Point xmlns:gml="http://www.opengis.net/gml" srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>52.0907 5.1214</gml:pos></gml:Point>' +
    '<ca:civicAddress xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"><ca:country>NL</ca:country><ca:A3>Utrecht</ca:A3><ca:RD>Domplein</ca:RD></ca:civicAddress>' +
    "</gp:location-info><gp:usage-rules/></gp:geopriv>";
  const tuple = '<tuple id="t1"><status><basic>open</basic></status></tuple>';
  const content = `${tuple}<dm:person id="p">${place}</dm:person>`;
  equal(statusOf(await person.publication.publish(presenceText(person.aor, content))), 200);
}
