/** Messages to many from outside: a list that the sender brings (RFC 5365), and a group. */
import { equal, match, ok } from "node:assert/strict";
import { GROUPS, groupText } from "../support/group_documents.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { header, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const FULL = Deno.env.get("PARLEY_FULL") !== undefined;
/** Recipients; of these so many are offline; and so many groups besides. */
const PEOPLE = FULL ? 495 : 60, OFFLINE = FULL ? 100 : 12, GROUPS_IN_LIST = 5;
const name = (i: number) => `u${String(i).padStart(3, "0")}`;
const address = (user: string) => `sip:${user}@example.test`;
const EXPLODER = "sip:exploder@example.test";

interface Entry {
  readonly uri: string;
  readonly copy?: string;
  readonly anonymize?: boolean;
}

function listBody(entries: readonly Entry[], text: string): { headers: string[]; body: string } {
  const rows = entries.map(({ uri, copy, anonymize }) =>
    `<entry uri="${uri}"${copy === undefined ? "" : ` cp:copyControl="${copy}"`}${
      anonymize ? ' cp:anonymize="true"' : ""
    }/>`
  );
  const list =
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" ` +
    `xmlns:cp="urn:ietf:params:xml:ns:copycontrol"><list>${rows.join("")}</list></resource-lists>`;
  return {
    headers: ["Content-Type: multipart/mixed;boundary=b1", "Require: recipient-list-message"],
    body: `--b1\r\nContent-Type: text/plain;charset=UTF-8\r\n\r\n${text}\r\n--b1\r\n` +
      `Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n${list}\r\n--b1--\r\n`,
  };
}

async function online(parley: ParleyProcess, user: string, transport: "udp" | "tcp" = "udp"): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port, transport });
  equal(statusOf(await client.register(3600)), 200);
  return client;
}

const copies = (client: SipClient, text: string): TextMessage[] =>
  client.requests.filter(({ start, body }) => start.startsWith("MESSAGE ") && body.includes(text));

function sendTo(sender: SipClient, entries: readonly Entry[], text: string): Promise<TextMessage> {
  return sender.request({ method: "MESSAGE", uri: EXPLODER, ...listBody(entries, text) });
}

Deno.test(
  "one message to many: who is there has it, who is away gets it later, groups are refused, and the sender is told so; a kill in the middle loses nobody [SND-2] [GR-5]",
  options,
  async () => {
    const people = Array.from({ length: PEOPLE }, (_, i) => name(i));
    await using parley = await ParleyProcess.start({ users: users("alice", ...people) });
    const alice = await online(parley, "alice", "tcp");
    const xcap = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
    const groups = Array.from({ length: GROUPS_IN_LIST }, (_, i) => address(`group${i}`));
    for (const [i, uri] of groups.entries()) {
      equal((await xcap.put(xcap.own(GROUPS, `group${i}`), groupText(uri, { members: ["alice"] }))).status, 201);
    }
    xcap.close();
    const there = new Map<string, SipClient>();
    for (const user of people.slice(OFFLINE)) there.set(user, await online(parley, user));
    const entries = [...people.map(address), ...groups].map((uri) => ({ uri }));

    equal(statusOf(await sendTo(alice, entries, "to all of you")), 202);
    const last = there.get(people.at(-1)!)!;
    await last.requestArrived(({ body }) => body.includes("to all of you"));
    const report = await alice.requestArrived(({ body }) => body.startsWith("Your message of"));
    match(
      report.body,
      new RegExp(
        `to ${PEOPLE + GROUPS_IN_LIST} recipients: ${
          PEOPLE - OFFLINE
        } delivered, ${OFFLINE} kept .*, ${GROUPS_IN_LIST} refused`,
      ),
    );
    match(header(report, "from"), /sip:exploder@example\.test/);
    for (const [user, client] of there) {
      const got = copies(client, "to all of you");
      equal(got.length, 1, user);
      match(header(got[0], "from"), /sip:alice@example\.test/, "an answer goes to the sender alone");
      equal(header(got[0], "to").includes(user), true);
      equal(got[0].body, "to all of you");
    }

    // Killed as soon as somebody has the second one.
    const answer = await sendTo(alice, entries, "once more");
    equal(statusOf(answer), 202);
    await there.get(people[OFFLINE])!.requestArrived(({ body }) => body.includes("once more"));
    await parley.kill();
    await parley.run();
    for (const [user, client] of there) {
      await client.requestArrived(({ body }) => body.includes("once more"));
      ok(copies(client, "once more").length <= 2, `${user} got it ${copies(client, "once more").length} times`);
    }
    for (const user of people.slice(0, OFFLINE)) {
      const late = await online(parley, user);
      await late.requestArrived(({ body }) => body.includes("to all of you"));
      await late.requestArrived(({ body }) => body.includes("once more"));
      equal(copies(late, "once more").length, 1, `${user}: what is stored is stored once`);
      late.close();
    }
    for (const client of [alice, ...there.values()]) client.close();
  },
);

Deno.test(
  "what is wrong with a list is said: no list, too many, malformed, nobody left; a URI that is there twice counts once",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob", "conf-anna"),
      config: "[rooms]\nlist_size = 3\n",
    });
    const alice = await online(parley, "alice", "tcp");
    const bob = await online(parley, "bob");
    const bobs = { uri: address("bob") };
    const twice = await sendTo(alice, [bobs, { uri: "sip:bob@EXAMPLE.test:5060" }, bobs], "twice");
    equal(statusOf(twice), 202, twice.raw);
    await bob.requestArrived(({ body }) => body === "twice");
    const anna = await online(parley, "conf-anna");
    equal(statusOf(await sendTo(alice, [{ uri: address("conf-anna") }], "not a room")), 202);
    await anna.requestArrived(({ body }) => body === "not a room");
    anna.close();
    const many = await sendTo(alice, [1, 2, 3, 4].map((i) => ({ uri: address(`x${i}`) })), "x");
    equal(statusOf(many), 413);
    match(header(many, "warning"), /122 too many participants/);
    const nobody = await sendTo(alice, [], "x");
    equal(statusOf(nobody), 403);
    match(header(nobody, "warning"), /131 No destinations/);
    equal(statusOf(await sendTo(alice, [{ uri: "bob" }], "x")), 400);
    const plain = await alice.request({
      method: "MESSAGE",
      uri: EXPLODER,
      body: "x",
      headers: ["Content-Type: text/plain"],
    });
    equal(statusOf(plain), 400);
    const nested = await alice.request({
      method: "MESSAGE",
      uri: EXPLODER,
      headers: [...listBody([bobs], "x").headers, "X-IM-Exploded-By: <sip:group@example.test>"],
      body: listBody([bobs], "x").body,
    });
    equal(statusOf(nested), 403);
    match(header(nested, "warning"), /104 isfocus already assigned/);
    equal(copies(bob, "twice").length, 1);
    alice.close();
    bob.close();
  },
);

Deno.test(
  "who may know who else has it is for the sender to say: to and cc are told, bcc and the unnamed are not",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave") });
    const alice = await online(parley, "alice", "tcp");
    const bob = await online(parley, "bob", "tcp");
    const list = [
      { uri: address("bob"), copy: "to" },
      { uri: address("carol"), copy: "bcc" },
      { uri: address("dave"), copy: "cc", anonymize: true },
    ];
    equal(statusOf(await sendTo(alice, list, "who else")), 202);
    const { body } = await bob.requestArrived(({ body }) => body.includes("who else"));
    match(body, /Content-Disposition: recipient-list-history/);
    match(body, /sip:bob@example\.test/);
    match(body, /anonymous@anonymous\.invalid/);
    ok(!/carol|dave/.test(body), body);
    alice.close();
    bob.close();
  },
);

Deno.test(
  "a message to a group goes to its members, but for the sender; one may be in several; an answer goes to the sender alone; who is no member may not [GR-5] [GM-10]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
    for (const [owner, name] of [["alice", "team"], ["carol", "club"]]) {
      const xcap = new XcapClient({ user: owner, domain: parley.domain, port: parley.webPort });
      const group = groupText(address(name), {
        members: [owner, "bob"],
        invites: true,
        membersMay: ["allow-initiate-conference"],
      });
      equal((await xcap.put(xcap.own(GROUPS, name), group)).status, 201);
      xcap.close();
    }
    const [alice, bob, carol] = [
      await online(parley, "alice"),
      await online(parley, "bob"),
      await online(parley, "carol"),
    ];
    equal(statusOf(await alice.message(address("team"), "team, listen")), 202);
    const copy = await bob.requestArrived(({ body }) => body === "team, listen");
    equal(statusOf(await carol.message(address("club"), "club, listen")), 202);
    await bob.requestArrived(({ body }) => body === "club, listen");
    const refused = await carol.message(address("team"), "let me in");
    equal(statusOf(refused), 403);
    match(header(refused, "warning"), /11[69] user is not/);
    const nobody = await alice.message(address("nogroup"), "x");
    equal(statusOf(nobody), 404);

    // An answer goes to whom the copy is from: the sender alone.
    const sender = /<([^>]*)>/.exec(header(copy, "from"))![1];
    equal(statusOf(await bob.message(sender, "I listen")), 200);
    await alice.requestArrived(({ body }) => body === "I listen");
    equal(copies(carol, "I listen").length, 0);
    for (const client of [alice, bob, carol]) client.close();
  },
);
