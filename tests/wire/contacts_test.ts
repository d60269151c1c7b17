/** Contacts, consent, blocking and profiles at the real doors: by REST, by XCAP, and what messages make of them. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const RL = "urn:ietf:params:xml:ns:resource-lists";
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "gina", "hugo", "ivy", "jack", "kim", "leo"] as const;
type Name = (typeof NAMES)[number];
let parley: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  const people = users(...NAMES).map((user, n) => ({
    ...user,
    displayName: `${user.name[0].toUpperCase()}${user.name.slice(1)}`,
    e164: `+1555000${String(n).padStart(2, "0")}`,
  }));
  parley = await ParleyProcess.start({ users: people, config: "[signup]\nopen = true\n[notices]\nfirst_use = true\n" });
  ada = await Rest.setUp(parley);
});
Deno.test.afterAll(async () => {
  await parley?.[Symbol.asyncDispose]();
});

interface Contact {
  readonly uri: string;
  readonly name: string;
  readonly lists: readonly string[];
  readonly blocked: boolean;
}
interface Request {
  readonly id: string;
  readonly uri: string;
  readonly direction: string;
}
interface Added {
  readonly outcome: string;
  readonly request: Request;
  readonly number: string;
  readonly text: string;
  readonly link: string;
}

const aorOf = (name: Name) => `sip:${name}@example.test`;
const numberOf = (name: Name) => `+1555000${String(NAMES.indexOf(name)).padStart(2, "0")}`;
const xcapOf = (name: Name) => new XcapClient({ user: name, domain: "example.test", port: parley.webPort });
const signedIn = (name: Name) => ada.logIn({ uri: aorOf(name), password: `pw-${name}` });

/** A user with a browser and a phone. */
async function person(name: Name) {
  const rest = await signedIn(name);
  const path = (more = "") => rest.user(aorOf(name), more);
  return {
    rest,
    path,
    xcap: xcapOf(name),
    add: (contact: string, more: Record<string, string> = {}) =>
      rest.post<Added>(path("/contacts"), { contact, ...more }),
    contacts: async () => (await rest.get<{ contacts: Contact[] }>(path("/contacts"))).contacts,
    names: async () => (await rest.get<{ contacts: Contact[] }>(path("/contacts"))).contacts.map(({ name }) => name),
    requests: async () => (await rest.get<{ requests: Request[] }>(path("/contact-requests"))).requests,
    /** Nobody has to ask before adding them. */
    opens: () => rest.patch(path("/privacy"), { ask_before_added: false, searchable_by_number: true }),
    phone: async () => {
      const phone = await SipClient.open({ user: name, domain: "example.test", port: parley.port });
      equal(statusOf(await phone.register()), 200);
      return phone;
    },
  };
}

const indexOf = (xcap: XcapClient) => xcap.own("resource-lists", "index");
const entryAt = (xcap: XcapClient, uri: string) =>
  xcap.own(
    "resource-lists",
    "index",
    `resource-lists/list%5b@name=%22oma_buddylist%22%5d/entry%5b@uri=%22${encodeURIComponent(uri)}%22%5d`,
  );
const lists = (...entries: string[]) =>
  `<resource-lists xmlns="${RL}"><list name="oma_buddylist">${entries.join("")}</list></resource-lists>`;
const entry = (uri: string, name = "") =>
  `<entry uri="${uri}">${name === "" ? "" : `<display-name>${name}</display-name>`}</entry>`;
const contactPath = (uri: string) => `/contacts/${encodeURIComponent(uri)}`;

Deno.test(
  "contacts are added by SIP URI, user name and number, and managed; XCAP clients see the same list [GM-2] [GM-4] [GM-8] [GM-11] [GM-18]",
  options,
  async () => {
    const alice = await person("alice");
    for (const name of ["bob", "carol", "dave"] as const) await (await person(name)).opens();
    equal((await alice.add("sip:bob@example.test")).outcome, "added");
    equal((await alice.add("carol")).outcome, "added");
    equal((await alice.add(`${numberOf("dave").slice(0, 5)} ${numberOf("dave").slice(5)}`)).outcome, "added");
    const { body, etag } = await alice.xcap.get(indexOf(alice.xcap));
    deepEqual([...body.matchAll(/<entry uri="([^"]*)"/g)].map(([, uri]) => uri), [
      "sip:bob@example.test",
      "sip:carol@example.test",
      "sip:dave@example.test",
    ]);
    const seen = await alice.rest.ask("GET", alice.path("/contacts"));
    equal(seen.etag, `"${etag}"`);
    // What a client writes stands in REST, and the other way round; who is late learns it.
    const renamed = entry("sip:bob@example.test", "Robert");
    equal((await alice.xcap.put(entryAt(alice.xcap, "sip:bob@example.test"), renamed)).status, 200);
    deepEqual(await alice.names(), ["Robert", "Carol", "Dave"]);
    const late = { headers: { "if-match": seen.etag }, body: { name: "Bobby" } };
    (await alice.rest.ask("PATCH", alice.path(contactPath("sip:bob@example.test")), late)).refused(412, "stale");
    await alice.rest.post(alice.path("/lists"), { name: "friends", display_name: "My friends" });
    await alice.rest.patch(alice.path(contactPath("sip:bob@example.test")), { name: "Bobby", list: "friends" });
    match((await alice.xcap.get(indexOf(alice.xcap))).body, /<list name="friends">[\s\S]*Bobby[\s\S]*<\/list>/);
    await alice.rest.delete(alice.path(contactPath("sip:carol@example.test")));
    await alice.rest.patch(alice.path("/lists/friends"), { name: "work" });
    await alice.rest.delete(alice.path("/lists/work"));
    deepEqual(await alice.names(), ["Dave", "Bobby"]);
    equal((await alice.xcap.delete(entryAt(alice.xcap, "sip:dave@example.test"))).status, 200);
    deepEqual(await alice.names(), ["Bobby"]);
    alice.xcap.close();
  },
);

Deno.test(
  "who is added has the adder as a contact too, and is told; by XCAP as by REST [NOT-11] [GM-15]",
  options,
  async () => {
    const [erin, frank, gina] = [await person("erin"), await person("frank"), await person("gina")];
    await frank.opens();
    await gina.opens();
    const [phone, other] = [await frank.phone(), await gina.phone()];
    equal((await erin.add("frank")).outcome, "added");
    await phone.requestArrived(({ body }) => body === "Erin (sip:erin@example.test) has added you as a contact.");
    deepEqual((await frank.contacts()).map(({ uri }) => uri), ["sip:erin@example.test"]);
    const put = await erin.xcap.put(entryAt(erin.xcap, "sip:gina@example.test"), entry("sip:gina@example.test"));
    equal(put.status, 201, put.body);
    await other.requestArrived(({ body }) => body === "Erin (sip:erin@example.test) has added you as a contact.");
    deepEqual((await gina.contacts()).map(({ uri }) => uri), ["sip:erin@example.test"]);
    erin.xcap.close();
    await leave([phone, other]);
  },
);

Deno.test(
  "with authorisation on, nobody is added or written to before they have agreed, by whichever way [GM-5]",
  options,
  async () => {
    const [hugo, ivy, jack] = [await person("hugo"), await person("ivy"), await person("jack")];
    const [from, to] = [await hugo.phone(), await ivy.phone()];
    equal((await hugo.add("ivy", { message: "From the fair." })).outcome, "asked");
    await to.requestArrived(({ body }) => /^Hugo \(sip:hugo@example.test\) asks .*From the fair\./.test(body));
    deepEqual([await hugo.contacts(), await ivy.contacts()], [[], []]);
    equal(statusOf(await from.message(aorOf("ivy"), "too early")), 403);
    const [{ id, direction, uri }] = await ivy.requests();
    deepEqual([direction, uri], ["incoming", "sip:hugo@example.test"]);
    (await ada.ask("POST", ada.user(aorOf("ivy"), `/contact-requests/${id}/agree`))).refused(403);
    await ivy.rest.post(ivy.path(`/contact-requests/${id}/agree`));
    await from.requestArrived(({ body }) => /^Ivy \(sip:ivy@example.test\) has agreed/.test(body));
    deepEqual([await hugo.names(), await ivy.names()], [["Ivy"], ["Hugo"]]);
    equal(statusOf(await from.message(aorOf("ivy"), "in time")), 200);
    await to.requestArrived(({ body }) => body === "in time");
    ok(!to.requests.some(({ body }) => body === "too early"));
    // The same over XCAP: what has no consent is taken out again.
    const put = await hugo.xcap.put(
      entryAt(hugo.xcap, "sip:jack@example.test"),
      entry("sip:jack@example.test", "Jack"),
    );
    equal(put.status, 201, put.body);
    const [request] = await eventually(async () => {
      const waiting = await jack.requests();
      return waiting.length > 0 && (await hugo.names()).length === 1 ? waiting : null;
    }, "the request at jack's");
    await jack.rest.delete(jack.path(`/contact-requests/${request.id}`));
    deepEqual([await hugo.names(), await jack.contacts(), await hugo.requests()], [["Ivy"], [], []]);
    hugo.xcap.close();
    await leave([from, to]);
  },
);

Deno.test(
  "a number is looked up: its owner's User-ID stands in the list, an unknown one never, and its owner is invited [GM-12] [SEC-8]",
  options,
  async () => {
    const [kim, leo] = [await person("kim"), await person("leo")];
    await leo.opens();
    const unknown = await kim.add("+1 555 999 9999");
    equal(unknown.outcome, "unknown-number");
    match(unknown.text, /nobody here has the number \+15559999999/);
    match(unknown.link, new RegExp(`^http://127\\.0\\.0\\.1:${parley.webPort}/join$`));
    const page = await fetch(unknown.link);
    equal(page.status, 200);
    match(await page.text(), /<form/);
    const refused = await kim.xcap.put(indexOf(kim.xcap), lists(entry("tel:+15559999999")));
    equal(refused.status, 409);
    match(refused.body, /constraint-failure[^>]*\+15559999999[^>]*\/join/);
    equal((await kim.xcap.get(indexOf(kim.xcap))).status, 404);
    equal((await kim.xcap.put(indexOf(kim.xcap), lists(entry(`tel:${numberOf("leo")}`, "Leo")))).status, 201);
    const body = await eventually(async () => {
      const { body } = await kim.xcap.get(indexOf(kim.xcap));
      return body.includes("sip:leo@example.test") ? body : null;
    }, "the User-ID");
    ok(!body.includes("tel:"), body);
    kim.xcap.close();
  },
);

Deno.test(
  "a contact's new name is unique in the list, unless the operator says otherwise [GM-6] [GM-7]",
  options,
  async () => {
    const alice = await person("alice");
    for (const name of ["carol", "frank"] as const) await (await person(name)).opens();
    await alice.add("carol", { name: "Caro" });
    await alice.add("frank");
    const rename = () =>
      alice.rest.ask("PATCH", alice.path(contactPath("sip:frank@example.test")), { body: { name: "Caro" } });
    match((await rename()).refused(409, "conflict").detail, /sip:carol@example\.test" is called "Caro"/);
    const target = entryAt(alice.xcap, "sip:frank@example.test");
    const put = await alice.xcap.put(target, entry("sip:frank@example.test", "Caro"));
    equal(put.status, 409);
    match(put.body, /<uniqueness-failure[\s\S]*<alt-value>Caro \(2\)<\/alt-value>/);
    await ada.settings({ "contacts.same_names": true });
    equal((await rename()).status, 200);
    await ada.settings({ "contacts.same_names": false });
    alice.xcap.close();
  },
);

Deno.test(
  "who is blocked reaches nobody until unblocked, by the user or the help-desk [FLT-1] [GM-11]",
  options,
  async () => {
    const [gina, leo] = [await person("gina"), await person("leo")];
    const [phone, rogue] = [await gina.phone(), await leo.phone()];
    equal(statusOf(await rogue.message(aorOf("gina"), "before")), 200);
    const blocked = gina.path(`/blocked/${encodeURIComponent("sip:leo@example.test")}`);
    equal((await gina.rest.ask("PUT", blocked)).status, 204);
    equal(statusOf(await rogue.message(aorOf("gina"), "while blocked")), 403);
    match((await gina.xcap.get(indexOf(gina.xcap))).body, /oma_blockedcontacts[\s\S]*sip:leo@example\.test/);
    const rules = gina.xcap.own("org.openmobilealliance.access-rules", "access-rules");
    match((await gina.xcap.get(rules)).body, /wp_im_blockedcontacts[\s\S]*oma_blockedcontacts/);
    await ada.delete(ada.user(aorOf("gina"), `/blocked/${encodeURIComponent("sip:leo@example.test")}`));
    equal(statusOf(await rogue.message(aorOf("gina"), "after")), 200);
    await phone.requestArrived(({ body }) => body === "after");
    ok(!phone.requests.some(({ body }) => body === "while blocked"));
    gina.xcap.close();
    await leave([phone, rogue]);
  },
);

Deno.test(
  "who registers has a default profile, as private as can be, is told so, and changes it [REG-4] [UPROF-2] [UPROF-3]",
  options,
  async () => {
    await ada.settings({ "privacy.show_status": true });
    const uri = "sip:nora@example.test";
    await ada.post("/users", {
      uri,
      password: "pw-nora",
      display_name: "Nora",
      e164: "+15550100",
      state: "unsubscribed",
    });
    const phone = await SipClient.open({
      user: "nora",
      domain: "example.test",
      port: parley.port,
      password: "pw-nora",
    });
    equal(statusOf(await phone.register()), 200);
    const { body } = await phone.requestArrived(({ body }) => body.startsWith("Welcome."));
    match(body, /default profile has been made for you.*you can change it/);
    const nora = await ada.logIn({ uri, password: "pw-nora" });
    const flags = await nora.get(nora.user(uri, "/privacy"));
    deepEqual(flags, {
      uri,
      searchable_by_number: false,
      show_status: true,
      locatable: false,
      invisible: false,
      ask_before_added: true,
      contacts_only: null,
      polite_block: false,
    });
    await ada.settings({ "privacy.show_status": false });
    equal((await nora.get(nora.user(uri, "/privacy"))).show_status, true, "a new default is for new users");
    await nora.patch(nora.user(uri, "/privacy"), { show_status: false });
    const xcap = new XcapClient({ user: "nora", domain: "example.test", port: parley.webPort, password: "pw-nora" });
    const own = await xcap.get(xcap.own("org.parley.privacy", "index"));
    match(own.body, /<show-status>false<\/show-status>/);
    const profile = await xcap.get(xcap.own("org.openmobilealliance.user-profile", "user-profile"));
    match(profile.body, /uri="sip:nora@example\.test"[\s\S]*<display-name>Nora<\/display-name>/);
    ok(!/birth-date|gender|5550100/.test(profile.body), "empty until the user says more");
    // Told once, however often devices come.
    equal(statusOf(await phone.register()), 200);
    equal(phone.requests.filter(({ body }) => body.startsWith("Welcome.")).length, 1);
    xcap.close();
    await leave([phone]);
  },
);

Deno.test(
  "the public profile is fetched by others, updated and cleared; User-ID and friendly name stay [UPROF-1] [UPROF-4] [UPROF-5]",
  options,
  async () => {
    const dave = await person("dave");
    const bob = xcapOf("bob");
    const target = dave.xcap.own("org.openmobilealliance.user-profile", "user-profile");
    await dave.rest.patch(dave.path("/profile"), {
      display_name: "David",
      birth_date: "1990-05-01",
      gender: "male",
      addresses: ["sip:dave@example.test", "mailto:dave@example.test"],
      hobbies: ["chess"],
    });
    const read = (await bob.get(target)).body;
    match(read, /<comm-addr>sip:dave@example\.test<\/comm-addr><comm-addr>mailto:dave@example\.test<\/comm-addr>/);
    match(read, /1990-05-01[\s\S]*<gender>male<\/gender>[\s\S]*<hobby>chess<\/hobby>/);
    equal((await ada.get<{ display_name: string }>(ada.user(aorOf("dave")))).display_name, "David");
    equal((await dave.rest.ask("DELETE", dave.path("/profile"))).status, 204);
    const cleared = (await bob.get(target)).body;
    match(cleared, /uri="sip:dave@example\.test"[\s\S]*<display-name>David<\/display-name>/);
    ok(!/birth-date|gender|hobby|mailto/.test(cleared), cleared);
    // Neither does an XCAP client get rid of them.
    equal((await dave.xcap.delete(target)).status, 409);
    const type = { "content-type": "application/vnd.oma.user-profile+xml" };
    const empty =
      `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="sip:dave@example.test"/></user-profiles>`;
    equal((await dave.xcap.put(target, empty, type)).status, 200);
    await eventually(
      async () => (await bob.get(target)).body.includes("<display-name>David</display-name>"),
      "the friendly name",
    );
    const other = empty.replace("dave", "bob");
    match((await dave.xcap.put(target, other, type)).body, /Wrong User Profile URI/);
    bob.close();
    dave.xcap.close();
  },
);

Deno.test("what is private is read by nobody else, on no path [UPROF-2]", options, async () => {
  const jack = await person("jack");
  await jack.rest.patch(jack.path("/privacy"), { polite_block: true });
  await jack.rest.ask("PUT", jack.path(`/blocked/${encodeURIComponent("sip:kim@example.test")}`));
  const kim = await person("kim");
  for (
    const path of ["/contacts", "/lists", "/contact-requests", "/privacy", "/profile", "/documents"]
  ) (await kim.rest.ask("GET", jack.path(path))).refused(403, "forbidden");
  for (
    const [auid, name] of [
      ["org.parley.privacy", "index"],
      ["resource-lists", "index"],
      ["org.openmobilealliance.access-rules", "access-rules"],
      ["org.parley.contact-requests", "index"],
      ["org.openmobilealliance.locked-user-profile", "locked-user-profile"],
    ]
  ) {
    const target = jack.xcap.own(auid, name);
    equal((await kim.xcap.get(target)).status, 403, target);
    equal((await kim.xcap.put(target, "<a/>")).status, 403, target);
  }
  // The operator sees what there is; what it says is for owners alone, and leaves a trace.
  const { documents } = await ada.get<{ documents: { id: string; size: number }[] }>(
    ada.user(aorOf("jack"), "/documents"),
  );
  ok(documents.some(({ id, size }) => id === "org.parley.privacy/index" && size > 0));
  await ada.post("/admins", {
    name: "otto",
    display_name: "Otto",
    role: "operator",
    password: "correct horse battery",
  });
  const otto = await ada.logIn({ name: "otto", password: "correct horse battery" });
  const document = ada.user(aorOf("jack"), `/documents/${encodeURIComponent("org.parley.privacy/index")}`);
  (await otto.ask("GET", document)).refused(403, "forbidden");
  match((await ada.ask("GET", document)).text, /<polite-block>true/);
  const { entries } = await ada.get<{ entries: { event: string; actor: string }[] }>("/audit?event=document.read");
  equal(entries[0].actor, "admin:ada");
  equal((await otto.ask("DELETE", document)).status, 204);
  notEqual((await jack.xcap.get(jack.xcap.own("org.parley.privacy", "index"))).status, 200);
  kim.xcap.close();
  jack.xcap.close();
});
