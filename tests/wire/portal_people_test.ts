/** Contacts, presence and settings behind the portal's page: the page's own modules over real sockets, against a real box. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { signal } from "@preact/signals-core";
import type { Alert, Outcome } from "../../portal/model/mod.ts";
import type { Tabs } from "../../portal/engine/doors.ts";
import { MemoryStore } from "../../portal/engine/memory_store.ts";
import { People } from "../../portal/engine/people/people.ts";
import { Settings } from "../../portal/engine/settings/settings.ts";
import { openPortalParts, type PortalUserOptions, seen, stateOf } from "../../portal/testing/portal_user.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { originOf, Rest } from "../support/rest.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "gina", "hugo", "ivy", "jack", "kim", "leo"] as const;
type Name = (typeof NAMES)[number];
/** Presence is told at once, and who gives no date of birth is found. */
const CONFIG = "[presence]\nnotify_interval = 0\n[search]\nminimum_age = 0\n";
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  const people = users(...NAMES).map((user, n) => ({
    ...user,
    displayName: `${user.name[0].toUpperCase()}${user.name.slice(1)}`,
    e164: `+1555000${String(n).padStart(2, "0")}`,
  }));
  parley = await ParleyProcess.start({ users: people, config: CONFIG });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

const aorOf = (name: Name) => `sip:${name}@example.test`;

/** A page of somebody, with contacts and settings behind it, online. */
async function page(name: Name, more: Partial<PortalUserOptions> = {}) {
  const origin = originOf(parley);
  const parts = await openPortalParts({ origin, uri: aorOf(name), password: passwordOf(name), ...more });
  const alerts: Alert[] = [];
  const texts = signal<readonly string[]>([]);
  const all = { ...parts, alert: (alert: Alert) => void alerts.push(alert) };
  const [settings, people] = [new Settings(all), new People(all)];
  parts.link.listen({
    onMessage: ({ text }) => void (texts.value = [...texts.value, text]),
  });
  parts.link.start();
  await stateOf(parts.link, "online");
  await seen(() => people.state.value === "ready", people.state, "contacts are read");
  return {
    ...parts,
    people,
    settings,
    alerts,
    message: (text: string) => seen(() => texts.value.includes(text), texts, `${name} gets "${text}"`),
    /** The contact, when the list has it so. */
    contact: async (of: Name, holds: (contact: (typeof people.contacts.value)[number]) => boolean = () => true) => {
      const find = () => people.contacts.value.find(({ uri }) => uri === aorOf(of));
      const found = () => {
        const contact = find();
        return contact !== undefined && holds(contact);
      };
      await seen(found, people.contacts, `${name} has ${of} as a contact`);
      return find()!;
    },
  };
}

type Page = Awaited<ReturnType<typeof page>>;

async function done(outcome: Outcome): Promise<void> {
  deepEqual(await outcome, null);
}

/** Both have each other in their contact lists. */
async function acquainted(one: Page, other: Page, of: Name): Promise<void> {
  await done(one.people.add(aorOf(of), "", []));
  const [request] = await incoming(other);
  await done(other.people.agree(request.id));
  await one.contact(of, ({ pending }) => !pending);
}

async function incoming({ people }: Page) {
  const found = () => people.requests.value.filter((request) => request.incoming);
  await seen(() => found().length > 0, people.requests, "a request came");
  return found();
}

/** Waits until somebody is seen so. */
async function isSeen(by: Page, of: Name, status: string): Promise<void> {
  const { presence } = await by.contact(of);
  await seen(
    () => presence.value.status === status,
    presence,
    `${of} is seen as ${status}, not ${presence.value.status}`,
  );
}

Deno.test(
  "a request is told at once, agreed to, and both see how the other is; invisible is offline to others while messages go",
  options,
  async () => {
    const [alice, bob] = [await page("alice"), await page("bob")];
    await done(alice.people.add("bob", "Bobby", []));
    const asked = await alice.contact("bob");
    ok(asked.pending);
    equal(alice.people.requests.value[0].incoming, false);
    const [request] = await incoming(bob);
    equal(request.name, "Alice");
    deepEqual(bob.alerts.map(({ kind, title }) => `${kind} ${title}`), ["request Alice"]);
    await done(bob.people.agree(request.id));
    equal((await alice.contact("bob", ({ pending }) => !pending)).name, "Bobby");
    equal(alice.people.nameOf("sip:BOB@example.test;gr=1", "Robert"), "Bobby");
    equal(bob.people.requests.value.length, 0);

    await isSeen(alice, "bob", "available");
    await isSeen(bob, "alice", "available");
    equal(alice.people.presenceState.value, "ready");
    await done(bob.people.setState({ status: "meeting", note: "Room 4", until: 0 }));
    await isSeen(alice, "bob", "meeting");
    equal((await alice.contact("bob")).presence.value.note, "Room 4");

    await done(bob.people.setState({ status: "invisible", note: "", until: 0 }));
    equal(bob.people.own.value.status, "invisible");
    await isSeen(alice, "bob", "offline");
    await isSeen(bob, "alice", "available");
    alice.link.client.sendPager(aorOf("bob"), "Are you there?");
    await bob.message("Are you there?");
    bob.link.client.sendPager(aorOf("alice"), "For you, yes.");
    await alice.message("For you, yes.");
    equal((await alice.contact("bob")).presence.value.status, "offline");
    await bob.close();

    // The page is loaded again: still hidden, and it knows.
    const again = await page("bob");
    await seen(() => again.people.own.value.status === "invisible", again.people.own, "it is known to be invisible");
    const shown = (await alice.contact("bob")).presence;
    equal(shown.value.status, "offline");
    const statuses: string[] = [];
    const end = shown.subscribe(({ status }) => statuses.push(status));
    await done(again.people.setState({ status: "away", note: "", until: 0 }));
    await isSeen(alice, "bob", "away");
    ok(!statuses.includes("available"), `never anything else: ${statuses}`);
    end();
    await Promise.all([alice.close(), again.close()]);
  },
);

Deno.test(
  "contacts are renamed, put into lists and blocked; a device with XCAP is seen to do the same",
  options,
  async () => {
    const [carol, dave] = [await page("carol"), await page("dave")];
    await acquainted(carol, dave, "dave");
    await done(carol.people.addList("Work"));
    await done(carol.people.addList("Chess"));
    deepEqual(carol.people.lists.value, ["Work", "Chess"]);
    await done(carol.people.rename(aorOf("dave"), "Davy"));
    await done(carol.people.move(aorOf("dave"), ["Work", "Chess"]));
    const { name, lists } = await carol.contact("dave");
    deepEqual([name, [...lists].sort()], ["Davy", ["Chess", "Work"]]);
    await done(carol.people.renameList("Chess", "Go"));
    deepEqual(carol.people.lists.value, ["Work", "Go"]);
    await done(carol.people.move(aorOf("dave"), ["Go"]));
    deepEqual((await carol.contact("dave")).lists, ["Go"]);
    await done(carol.people.removeList("Go"));
    deepEqual([carol.people.lists.value, (await carol.contact("dave")).lists], [["Work"], []]);
    const refused = await carol.people.addList("a/b");
    equal(refused?.status, 422);
    equal(refused?.fields.name !== undefined, true, JSON.stringify(refused));
    equal((await carol.people.add("nobody-here", "", []))?.status, 404);
    match((await carol.people.add("+15559999", "", []))?.text ?? "", /\+15559999/);

    await done(carol.people.block(aorOf("dave")));
    ok(carol.people.isBlocked("sip:dave@example.test"));
    deepEqual(carol.people.blocked.value, [{ uri: aorOf("dave"), name: "Davy" }]);
    await done(carol.people.unblock(aorOf("dave")));
    ok(!carol.people.isBlocked(aorOf("dave")));

    const phone = new XcapClient({ user: "carol", domain: "example.test", port: parley.webPort });
    const at = "resource-lists/list%5b@name=%22oma_buddylist%22%5d/list%5b1%5d/@name";
    const written = await phone.put(phone.own("resource-lists", "index", at), '"Job"');
    equal(written.status, 200, written.body);
    await seen(() => carol.people.lists.value.includes("Job"), carol.people.lists, "the other device's change is seen");
    phone.close();
    await done(carol.people.remove(aorOf("dave")));
    deepEqual(carol.people.contacts.value, []);
    await Promise.all([carol.close(), dave.close()]);
  },
);

Deno.test("somebody is found by name, address and number; who asks is told why nobody can be", options, async () => {
  const [erin, frank] = [await page("erin"), await page("frank")];
  await done(frank.settings.profile.change({ given_name: "Franklin", family_name: "Stone", hobbies: "Chess, go" }));
  await done(frank.settings.privacy.change({ searchable: true }));
  for (
    const words of ["frank", "Frank", "franklin  stone", "Stone, Franklin", aorOf("frank"), "chess", "+1555 000 05"]
  ) {
    const found = await erin.people.search(words);
    deepEqual("status" in found ? found : found.map(({ uri, name }) => `${uri} ${name}`), [
      "sip:frank@example.test Frank",
    ], words);
  }
  const [person] = await erin.people.search("chess") as readonly { facts: readonly string[] }[];
  deepEqual(person.facts, ["hobby: Chess"]);
  deepEqual(await erin.people.search("Nobody Atall"), []);
  await ada.settings({ "search.enabled": false });
  const refused = await erin.people.search("frank");
  ok("status" in refused && refused.status === 403 && refused.text !== "", JSON.stringify(refused));
  await ada.settings({ "search.enabled": true });
  await Promise.all([erin.close(), frank.close()]);
});

Deno.test("quick answers are the same on two devices; who writes over a newer list is told", options, async () => {
  const [one, other] = [await page("gina"), await page("gina")];
  const { quickAnswers } = one.settings;
  await seen(() => quickAnswers.state.value === "ready", quickAnswers.state, "they are read");
  deepEqual(quickAnswers.list.value, []);
  await done(quickAnswers.save(["On my way", 'Tom & <Ann> "too"']));
  const theirs = other.settings.quickAnswers;
  await seen(() => theirs.list.value.length === 2, theirs.list, "the other device has them");
  deepEqual(theirs.list.value, ["On my way", 'Tom & <Ann> "too"']);
  await done(theirs.save(["Later", "On my way"]));
  await seen(() => quickAnswers.list.value[0] === "Later", quickAnswers.list, "the first device has them");
  const refused = await quickAnswers.save(["x".repeat(1001)]);
  equal(refused?.status, 409, JSON.stringify(refused));
  match(refused?.text ?? "", /1001 characters/);
  deepEqual(quickAnswers.list.value, ["Later", "On my way"]);
  const both = await Promise.all([quickAnswers.save(["One"]), theirs.save(["Two"])]);
  deepEqual(both.map((outcome) => outcome?.status).toSorted(), [412, undefined]);
  await Promise.all([one.close(), other.close()]);
});

Deno.test(
  "profile and privacy are changed; a field that is refused is named, one that is vouched for is fixed",
  options,
  async () => {
    const hugo = await page("hugo");
    const { profile, privacy } = hugo.settings;
    await seen(() => profile.state.value === "ready", profile.state, "the profile is read");
    const field = (name: string) => profile.fields.value.find((one) => one.name === name)!;
    equal(field("display_name").value, "Hugo");
    await done(profile.change({ freetext: "Out of office", hobbies: "chess, go" }));
    deepEqual([field("freetext").value, field("hobbies").value], ["Out of office", "chess, go"]);
    const refused = await profile.change({ birth_date: "yesterday" });
    equal(refused?.status, 422);
    match(refused?.fields.birth_date ?? "", /YYYY-MM-DD/);
    equal(field("birth_date").value, "");
    await ada.put(ada.user(aorOf("hugo"), "/profile/locked"), { birth_date: "1980-01-31" });
    await profile.fresh.refresh();
    deepEqual([field("birth_date").fixed, field("birth_date").value], [true, "1980-01-31"]);
    deepEqual((await profile.change({ birth_date: "1999-01-01" }))?.fields, { birth_date: "" });
    await done(privacy.change({ contactsOnly: true, searchable: false, tellWriting: false }));
    deepEqual(
      [privacy.contactsOnly.value, privacy.searchable.value, privacy.tellDisplayed.value, privacy.tellWriting.value],
      [true, false, true, false],
    );
    await hugo.close();
    const again = await page("hugo", { store: hugo.store });
    const kept = again.settings.privacy;
    await seen(() => kept.contactsOnly.value, kept.contactsOnly, "the service has kept it");
    equal(kept.tellWriting.value, false);
    await again.close();
  },
);

Deno.test("recording is asked about once, and the answer is kept at the service", options, async () => {
  const ivy = await page("ivy");
  const { recording } = ivy.settings;
  await seen(() => recording.state.value !== "loading", recording.state, "it is read");
  equal(recording.state.value, "unasked");
  await done(recording.set(false));
  equal(recording.state.value, "off");
  await ivy.close();
  const again = await page("ivy");
  const { recording: kept } = again.settings;
  await seen(() => kept.state.value === "off", kept.state, "it is off, and not asked again");
  await done(kept.set(true));
  equal(kept.state.value, "on");
  ok(kept.taken.value.quota > 0);
  await again.close();
});

Deno.test("where somebody is, is seen by whom they let know, and by nobody else", options, async () => {
  const [jack, kim, leo] = [await page("jack"), await page("kim"), await page("leo")];
  await acquainted(jack, kim, "kim");
  await acquainted(jack, leo, "leo");
  const here = { latitude: 52.52, longitude: 13.405, radius: 40, place: "Café am Platz" };
  await done(jack.people.letLocate(aorOf("kim"), true));
  deepEqual([jack.people.mayLocate(aorOf("kim")), jack.people.mayLocate(aorOf("leo"))], [true, false]);
  await done(jack.people.shareLocation(here));
  const { presence } = await kim.contact("jack");
  await seen(() => presence.value.location !== null, presence, "Kim sees where Jack is");
  deepEqual(presence.value.location, { kind: "location", ...here });
  await done(jack.people.setState({ status: "busy", note: "", until: 0 }));
  await isSeen(leo, "jack", "busy");
  equal((await leo.contact("jack")).presence.value.location, null);
  await done(jack.people.letLocate(aorOf("kim"), false));
  await seen(() => presence.value.location === null, presence, "not any more");
  await done(jack.people.letLocate(aorOf("leo"), true));
  const { presence: leos } = await leo.contact("jack");
  await seen(() => leos.value.location !== null, leos, "Leo sees it now");
  await done(jack.people.shareLocation(null));
  await seen(() => leos.value.location === null, leos, "it is shared no longer");
  await Promise.all([jack.close(), kim.close(), leo.close()]);
});

Deno.test("two tabs of one browser say the same of their user", options, async () => {
  const store = new MemoryStore();
  const [left, right]: [Tabs, Tabs] = [
    { onValue: () => {}, post: (value) => queueMicrotask(() => right.onValue(structuredClone(value))) },
    { onValue: () => {}, post: (value) => queueMicrotask(() => left.onValue(structuredClone(value))) },
  ];
  const [one, two] = [await page("erin", { store, tabs: left }), await page("erin", { store, tabs: right })];
  const frank = await page("frank");
  await acquainted(frank, one, "erin");
  await done(one.people.setState({ status: "busy", note: "", until: 0 }));
  await isSeen(frank, "erin", "busy");
  await seen(() => two.people.own.value.status === "busy", two.people.own, "the other tab knows");
  await done(two.people.setState({ status: "available", note: "", until: 0 }));
  await isSeen(frank, "erin", "available");
  await done(one.settings.privacy.change({ tellDisplayed: false }));
  const { tellDisplayed } = two.settings.privacy;
  await seen(() => !tellDisplayed.value, tellDisplayed, "the other tab keeps to it");
  await Promise.all([one.close(), two.close(), frank.close()]);
});

Deno.test("after the box was away contacts, statuses and who is hidden are as they were", options, async () => {
  const [alice, bob, leo] = [await page("alice"), await page("bob"), await page("leo")];
  await acquainted(alice, leo, "leo");
  await done(bob.people.setState({ status: "busy", note: "Exam", until: 0 }));
  await done(leo.people.setState({ status: "invisible", note: "", until: 0 }));
  await isSeen(alice, "bob", "busy");
  await isSeen(alice, "leo", "offline");
  await parley.kill();
  await seen(() => alice.link.state.value !== "online", alice.link.state, "the link is lost");
  equal(alice.people.nameOf(aorOf("bob")), "Bobby");
  const { presence } = await alice.contact("leo");
  const shown: string[] = [];
  const end = presence.subscribe(({ status }) => shown.push(status));
  await parley.run();
  await Promise.all([alice, bob, leo].map(({ link }) => stateOf(link, "online")));
  await done(bob.people.setState({ status: "meeting", note: "", until: 0 }));
  await isSeen(alice, "bob", "meeting");
  await isSeen(alice, "leo", "offline");
  ok(shown.every((status) => status === "offline" || status === "unknown"), shown.join());
  end();
  equal(alice.people.state.value, "ready");
  await Promise.all([alice.close(), bob.close(), leo.close()]);
});
