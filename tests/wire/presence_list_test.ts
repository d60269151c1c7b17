/** Lists of contacts: one subscription for all of them. */
import { equal, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { resourceListText, rlsServicesText } from "../support/presence_documents.ts";
import { PresencePerson } from "../support/presence_people.ts";
import { header, statusOf, type TextMessage } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const CONTACTS = 200;
const LIST = "sip:alice-friends@example.test";
const names = Array.from({ length: CONTACTS }, (_, i) => `c${i}`);
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  const config = '[presence]\nstrangers = "allow"\nnotify_interval = 0\n[contacts]\nauthorisation = "never"\n';
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", ...names), config });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

/** Alice with a list of these people. */
async function aliceWith(uris: readonly string[], transport: "tcp" | "udp" = "tcp"): Promise<PresencePerson> {
  const alice = await PresencePerson.open(parley, "alice", transport);
  await putList(alice, uris);
  const { documents } = alice;
  const url = `http://127.0.0.1:${parley.webPort}${
    documents.own("resource-lists", "index")
  }/~~/resource-lists/list%5b@name=%22friends%22%5d`;
  const { status, body } = await documents.put(documents.own("rls-services", "index"), rlsServicesText(LIST, { url }));
  ok(status === 200 || status === 201, body);
  return alice;
}

async function putList({ documents }: PresencePerson, uris: readonly string[]): Promise<void> {
  const { status, body } = await documents.put(
    documents.own("resource-lists", "index"),
    resourceListText("friends", uris),
  );
  ok(status === 200 || status === 201, body);
}

const octets = ({ raw }: TextMessage) => new TextEncoder().encode(raw).length;
const fullState = ({ body }: TextMessage) => /fullState="true"/.test(body);

Deno.test(
  "200 contacts: one SUBSCRIBE, all of them named in the first NOTIFY and told at once, then only who changed [PRE-1] [rp:PRS-4]",
  options,
  async () => {
    const alice = await aliceWith(names.map((name) => `sip:${name}@example.test`));
    const people = [await PresencePerson.open(parley, "c0"), await PresencePerson.open(parley, "c199", "tcp")];
    const [first, last] = people;
    try {
      await first.says("open", "working");
      const list = alice.presence.list(LIST);
      const answer = await list.subscribe();
      equal(statusOf(answer), 200);
      equal(header(answer, "require"), "eventlist");
      const full = await list.next();
      equal(header(full, "require"), "eventlist");
      ok(fullState(full));
      equal(list.copy.table.size, CONTACTS);
      await list.until(() => Object.values(list.copy.summary).every((text) => text.includes(":")), "the state of each");
      equal(list.copy.summary[first.aor], "active: open open");
      equal(list.copy.summary["sip:c7@example.test"], "active: closed");
      const before = list.notifies.length;
      await last.says("open", "meeting");
      await list.until(() => list.copy.summary[last.aor] === "active: open open", "who changed");
      const partial = list.notifies.at(-1)!;
      ok(!fullState(partial) && !partial.body.includes(first.aor), partial.body);
      ok(list.notifies.length <= before + 2);
      const whole = list.notifies.slice(0, before).reduce((sum, notify) => sum + octets(notify), 0);
      console.log(
        `list of ${CONTACTS}: full state ${whole} octets in ${before} NOTIFYs, one change ${octets(partial)}`,
      );
      ok(octets(partial) < 3000 && whole < CONTACTS * 1200);
    } finally {
      for (const person of [alice, ...people]) await person.close();
    }
  },
);

Deno.test("who is added to the list, or taken off it, is told of while the subscription goes on", options, async () => {
  const alice = await aliceWith(["sip:c1@example.test"]);
  try {
    const list = alice.presence.list(LIST);
    equal(statusOf(await list.subscribe()), 200);
    await list.next();
    await putList(alice, ["sip:c1@example.test", "sip:c2@example.test"]);
    await list.until(() => list.copy.table.size === 2, "the new one");
    await putList(alice, ["sip:c2@example.test"]);
    await list.until(
      () => list.copy.table.size === 1 && list.copy.table.find("sip:c2@example.test") !== undefined,
      "one left",
    );
    equal(statusOf(await list.subscribe({ expires: 0 })), 200);
    await list.is("terminated", "timeout");
  } finally {
    await alice.close();
  }
});

Deno.test("rules of each contact hold in a list as they do alone", options, async () => {
  const [bob, carol] = [await PresencePerson.open(parley, "bob"), await PresencePerson.open(parley, "carol")];
  const alice = await aliceWith([bob.aor, carol.aor, "sip:nobody@example.test"]);
  try {
    await bob.says("open", "busy");
    await carol.rules({ id: "no", watchers: [alice.aor], handling: "block" });
    const list = alice.presence.list(LIST);
    equal(statusOf(await list.subscribe()), 200);
    await list.next();
    await list.until(() => list.copy.summary[bob.aor] === "active: open open", "bob");
    equal(list.copy.summary[carol.aor], "terminated rejected");
    equal(list.copy.summary["sip:nobody@example.test"], "terminated noresource");
    await bob.rules({ id: "no", watchers: [alice.aor], handling: "polite-block" });
    await list.until(() => list.copy.summary[bob.aor] === "active: closed", "politely");
    await carol.rules({ id: "yes", watchers: [alice.aor], handling: "allow" });
    await list.until(() => list.copy.summary[carol.aor].startsWith("active"), "carol lets her in");
  } finally {
    for (const person of [bob, carol]) await person.documents.delete(person.documents.own("pres-rules", "index"));
    for (const person of [alice, bob, carol]) await person.close();
  }
});

Deno.test("a SUBSCRIBE brings its own list (RFC 5367)", options, async () => {
  const bob = await PresencePerson.open(parley, "bob");
  const alice = await PresencePerson.open(parley, "alice", "tcp");
  try {
    const list = alice.presence.list("sip:example.test");
    const text = resourceListText("mine", [bob.aor, "sip:c3@example.test"]);
    equal(statusOf(await list.subscribeTo(text)), 200);
    await list.next();
    equal(list.copy.table.size, 2);
    await bob.says("closed", "away");
    await list.until(
      () => list.copy.presenceOf(bob.aor)?.components.some(({ content }) => content.includes("rpid:away")) === true,
      "bob",
    );
  } finally {
    for (const person of [alice, bob]) await person.close();
  }
});

Deno.test("a list is its owner's, and wants a client that knows lists", options, async () => {
  const alice = await aliceWith(["sip:c1@example.test"]);
  const bob = await PresencePerson.open(parley, "bob", "tcp");
  try {
    equal(statusOf(await bob.presence.list(LIST).subscribe()), 403);
    const plain = await alice.presence.watch(LIST).subscribe();
    equal(statusOf(plain), 421);
    equal(header(plain, "require"), "eventlist");
    equal(statusOf(await alice.presence.list("sip:no-such-list@example.test").subscribe()), 404);
  } finally {
    for (const person of [alice, bob]) await person.close();
  }
});
