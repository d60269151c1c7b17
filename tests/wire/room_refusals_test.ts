/** Who may not, and what is said to them: the rules of groups and rooms over real sockets (oma-reference §3.3.1 to §3.3.3). */
import { equal, match, ok } from "node:assert/strict";
import { GROUPS, type GroupText, groupText } from "../support/group_documents.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { FACTORY, type InviteFacts, listText, refusalOf, RoomCaller, withList } from "../support/room_caller.ts";
import { header, statusOf } from "../support/sip_client.ts";
import { Subscription } from "../support/subscription.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const address = (name: string) => `sip:${name}@example.test`;
const PROFILE = "org.openmobilealliance.user-profile";
const PEOPLE = ["alice", "bob", "carol", "dave", "erin"];
/** Nobody knows how old carol is. */
const BORN: Readonly<Record<string, string>> = { alice: "1980-01-01", bob: "1990-02-03", erin: "2019-05-06" };

const range = (from: string, until: string) =>
  `<oxe:time-range><oxe:start-time>${from}</oxe:start-time><oxe:end-time>${until}</oxe:end-time></oxe:time-range>`;
const active = (inner: string) => `<oxe:session-active-policy>${inner}</oxe:session-active-policy>`;
const service = (enabler: string) =>
  `<oxe:supported-services><oxe:service enabler="${enabler}"/></oxe:supported-services>`;
const ADULTS = '<oxe:age-restrictions must-understand="true"><oxe:age from="18"/></oxe:age-restrictions>';

const JOIN: GroupText = { members: ["bob", "dave"], membersMay: ["join-handling"] };
const PUBLIC: GroupText = { othersMay: ["join-handling"] };
/** Everything that is asked about here, owned by alice. */
const GROUP: Readonly<Record<string, GroupText>> = {
  chess: JOIN,
  silent: { members: ["bob"], may: { carol: ["join-handling"] } },
  team: { members: ["bob", "dave"], invites: true, may: { bob: ["allow-initiate-conference"] } },
  pair: { ...JOIN, max: 1 },
  crowd: PUBLIC,
  adults: { ...PUBLIC, more: ADULTS },
  masks: { ...PUBLIC, othersMay: ["join-handling", "allow-anonymity"] },
  yesterday: {
    ...JOIN,
    more: active(`<oxe:schedule>${range("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")}</oxe:schedule>`),
  },
  today: {
    ...JOIN,
    more: active(`<oxe:schedule>${range("2020-01-01T00:00:00Z", "2120-02-01T00:00:00Z")}</oxe:schedule>`),
  },
  walkie: { ...JOIN, more: service("org.openmobilealliance:PoC-session") },
  talkers: { ...JOIN, more: service("org.openmobilealliance:IM-session") },
  short: { ...JOIN, more: active("<oxe:max-duration>PT1S</oxe:max-duration>") },
};

let parley: ParleyProcess;
const callers = new Map<string, RoomCaller>();
const as = (name: string): RoomCaller => callers.get(name)!;

Deno.test.beforeAll(async () => {
  const config = "[rooms]\nadhoc_size = 3\ngroup_size = 2\nlist_size = 4\n";
  parley = await ParleyProcess.start({ users: users(...PEOPLE), config });
  for (const [name, born] of Object.entries(BORN)) {
    const client = new XcapClient({ user: name, domain: parley.domain, port: parley.webPort });
    const text = `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${address(name)}">` +
      `<birth-date>${born}</birth-date></user-profile></user-profiles>`;
    const { status, body } = await client.put(client.own(PROFILE, "user-profile"), text);
    ok(status === 200 || status === 201, `${status} ${body}`);
    client.close();
  }
  const owner = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
  for (const [name, group] of Object.entries(GROUP)) {
    const { status, body } = await owner.put(owner.own(GROUPS, name), groupText(address(name), group));
    equal(status, 201, body);
  }
  owner.close();
  for (const name of PEOPLE) callers.set(name, await RoomCaller.open(parley, name));
});
Deno.test.afterAll(async () => {
  for (const caller of callers.values()) caller.close();
  await parley[Symbol.asyncDispose]();
});

interface Row {
  readonly who: string;
  readonly title: string;
  readonly group: string;
  readonly facts?: InviteFacts;
  readonly gets: string;
}

const PRIVACY: InviteFacts = { headers: ["Privacy: id"] };
/** Oma-reference §3.3.2, row by row; the numbers and words of §3.0. */
const ROWS: readonly Row[] = [
  { title: "there is no such group", who: "bob", group: "nogroup", gets: "404 113 group document does not exist" },
  {
    title: "a conference dials in",
    who: "bob",
    group: "chess",
    facts: { contactParams: ";isfocus;+g.oma.sip-im" },
    gets: "403 104 isfocus already assigned",
  },
  {
    title: "a member without the right to begin",
    who: "dave",
    group: "team",
    gets: "403 119 user is not authorised to initiate the IM session",
  },
  { title: "a stranger begins", who: "carol", group: "team", gets: "403 116 user is not part of the group" },
  {
    title: "a member whom no rule lets in",
    who: "bob",
    group: "silent",
    gets: "403 106 user not authorised to join chat group",
  },
  { title: "a stranger", who: "carol", group: "chess", gets: "403 116 user is not part of the group" },
  { title: "an anonymous caller", who: "bob", group: "chess", facts: PRIVACY, gets: "403 102 Anonymity not allowed" },
  { title: "the wrong time", who: "bob", group: "yesterday", gets: "403 100 Function not allowed due to schedule" },
  { title: "another service", who: "bob", group: "walkie", gets: "403 100 Function not allowed due to services" },
  {
    title: "a list where there is none to bring",
    who: "bob",
    group: "chess",
    facts: { list: [address("dave")] },
    gets: "420",
  },
];
for (const { title, who, group, facts, gets } of ROWS) {
  Deno.test(`INVITE of a group, refused: ${title}: ${gets}`, options, async () => {
    const answer = await as(who).invite(address(group), facts);
    equal(refusalOf(answer), gets, answer.raw);
    equal(header(answer, "contact"), "", "a refusal names nobody");
  });
}

Deno.test(
  "a group for adults takes an adult, no child, and nobody whose age is not known [UPROF-10] [UPROF-11]",
  options,
  async () => {
    for (const who of ["erin", "carol"]) {
      const answer = await as(who).invite(address("adults"));
      equal(refusalOf(answer), "403 100 Function not allowed due to age", answer.raw);
    }
    await (await as("bob").enters(address("adults"))).bye();
  },
);

const LET_IN: readonly (readonly [title: string, who: string, group: string, facts?: InviteFacts])[] = [
  ["a member by rule", "bob", "chess"],
  ["the owner, who needs no rule", "alice", "silent"],
  ["who hides, where that is allowed", "bob", "masks", PRIVACY],
  ["the right time", "bob", "today"],
  ["the right service", "bob", "talkers"],
];
for (const [title, who, group, facts] of LET_IN) {
  Deno.test(`INVITE of a group, let in: ${title}`, options, async () => {
    const dialog = await as(who).enters(address(group), facts);
    match(header(dialog.answer, "contact"), /;isfocus/);
    match(dialog.answer.body, /a=chatroom:/);
    await dialog.bye();
  });
}

Deno.test(
  "a group is full by what its owner says, and by what the operator does; who leaves makes room [ADM-5]",
  options,
  async () => {
    for (const [group, people] of [["pair", ["alice"]], ["crowd", ["alice", "bob"]]] as const) {
      const inside = [];
      for (const name of people) inside.push(await as(name).enters(address(group)));
      const refused = await as("dave").invite(address(group));
      equal(refusalOf(refused), "486 122 too many participants", refused.raw);
      await inside[0].bye();
      inside[0] = await as("dave").enters(address(group));
      for (const dialog of inside) await dialog.bye();
    }
  },
);

Deno.test("a session that the server invites to: all members are asked by who may begin it", options, async () => {
  const dialog = await as("bob").enters(address("team"));
  const other = await as("dave").takes(({ raw }) => raw.includes(dialog.room));
  equal((await dialog.say("together")).status, 200);
  await other.heard("together");
  for (const each of [dialog, other]) await each.bye();
});

Deno.test("a session ends with its time, and says so", options, async () => {
  const dialog = await as("bob").enters(address("short"));
  const bye = await dialog.ended();
  match(header(bye, "reason"), /^SIP;cause=200;text="/);
  const again = await as("dave").invite(dialog.room);
  equal(refusalOf(again), "404", "it is over");
});

Deno.test(
  "who may come into a chat that somebody began: who was asked, and nobody when it is over [CHAT-9]",
  options,
  async () => {
    const dialog = await as("alice").enters(FACTORY, { list: [address("bob")] });
    const other = await as("bob").takes(({ raw }) => raw.includes(dialog.room));
    const uninvited = await as("carol").invite(dialog.room);
    equal(refusalOf(uninvited), "403 127 Service not authorised", uninvited.raw);
    await other.bye();
    await dialog.ended();
    for (const name of ["alice", "bob", "carol"]) equal(refusalOf(await as(name).invite(dialog.room)), "404");
  },
);

/** What a list at the factory gets (oma-reference §3.3.1). */
const LISTS: readonly (readonly [title: string, facts: InviteFacts, gets: string])[] = [
  [
    "too many",
    { list: ["bob", "carol", "dave"].map(address) },
    "486 122 too many participants",
  ],
  [
    "too many, some of whom are nobody",
    { list: ["bob", "nobody", "noone"].map(address) },
    "486 122 too many participants",
  ],
  ["nobody", { list: [] }, "403 131 No destinations"],
  ["oneself alone", { list: [address("alice"), "sip:alice@EXAMPLE.TEST:5060"] }, "403 131 No destinations"],
  ["a group alone", { list: [address("chess")] }, "403 131 No destinations"],
  ["the factory itself", { list: [FACTORY] }, "403 131 No destinations"],
  ["somebody who is not", { list: [address("nobody")] }, "403 131 No destinations"],
  ["malformed XML", broken(listText([address("bob")]).replace("</list>", "")), "400"],
  ["an entry that is no URI", broken(listText(["not a uri"])), "400"],
  ["another document", broken('<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf"/>'), "400"],
  ["a list that is required and not there", { headers: ["Require: recipient-list-invite"] }, "400"],
  ["something else that is required", { headers: ["Require: recipient-list-invite, teleport"] }, "420"],
];
for (const [title, facts, gets] of LISTS) {
  Deno.test(`a chat begun with a list: ${title}: ${gets}`, options, async () => {
    const isBroken = facts.body !== undefined || facts.list !== undefined;
    const plain = isBroken ? {} : { headers: ["Content-Type: application/sdp", ...facts.headers ?? []] };
    const answer = await as("alice").invite(FACTORY, isBroken ? facts : { ...plain, body: "$SDP" });
    equal(refusalOf(answer), gets, answer.raw);
    if (gets === "400") match(answer.start, /400 .*(?:[Ll]ist|recipients)/, "and why");
  });
}

/** A description with that beside it. */
function broken(list: string): InviteFacts {
  const { type, body } = withList("$SDP", list);
  return { headers: type, body };
}

Deno.test(
  "a list with a URI twice, a group, the service itself and its sender: who is left is asked once",
  options,
  async () => {
    const list = [address("bob"), "sip:bob@EXAMPLE.test:5060", address("bob"), address("alice")];
    const before = invitesOf("bob");
    const dialog = await as("alice").enters(FACTORY, { list });
    const other = await as("bob").takes(({ raw }) => raw.includes(dialog.room));
    equal((await dialog.say("once")).status, 200);
    await other.heard("once");
    equal(invitesOf("bob") - before, 1);
    // The room itself, in a list of whom to bring into it.
    const itself = await dialog.refer("cid:l1@x", REFER_LIST, listText([dialog.room, address("chess"), FACTORY]));
    equal(refusalOf(itself), "403 131 No destinations", itself.raw);
    const alone = await dialog.refer(dialog.room);
    equal(refusalOf(alone), "403 104 isfocus already assigned", alone.raw);
    await other.bye();
    await dialog.ended();
  },
);

const REFER_LIST = [
  "Require: multiple-refer, norefersub",
  "Refer-Sub: false",
  "Content-Type: application/resource-lists+xml",
  "Content-Disposition: recipient-list",
  "Content-ID: <l1@x>",
];
function invitesOf(name: string): number {
  return as(name).client.requests.filter(({ start }) => start.startsWith("INVITE ")).length;
}

Deno.test(
  "REFER needs a right: to bring in others and to put them out; without it 403, and nobody is asked or loses anything [CHAT-20] [ADM-1]",
  options,
  async () => {
    const [hers, his] = [await as("alice").enters(address("chess")), await as("bob").enters(address("chess"))];
    const before = invitesOf("carol");
    for (
      const [to, gets] of [
        [address("carol"), "403 127 Service not authorised"],
        [`${address("alice")};method=BYE`, "403 127 Service not authorised"],
        [`${address("carol")};method=BYE`, "403 127 Service not authorised"],
        ["cid:l1@x", "403 127 Service not authorised"],
      ]
    ) {
      const [headers, body] = to.startsWith("cid:")
        ? [REFER_LIST, listText([address("carol")])]
        : [["Refer-Sub: false"], ""];
      const answer = await his.refer(to, headers, body);
      equal(refusalOf(answer), gets, `${to}: ${answer.raw}`);
    }
    // From outside of the dialog, by somebody who has nothing to do with it.
    for (const uri of [address("chess"), hers.room]) {
      const outside = await as("dave").client.request({
        method: "REFER",
        uri,
        headers: [`Refer-To: <${address("carol")}>`, `Contact: ${as("dave").client.contact}`],
      });
      equal(refusalOf(outside), "403 127 Service not authorised", outside.raw);
    }
    const long = await hers.refer("cid:l1@x", REFER_LIST, listText([1, 2, 3, 4, 5].map((i) => address(`x${i}`))));
    equal(refusalOf(long), "486 122 too many participants", long.raw);
    const malformed = await hers.refer("cid:l1@x", REFER_LIST, "<resource-lists");
    equal(refusalOf(malformed), "400", malformed.raw);
    const absent = await hers.refer("cid:other@x", REFER_LIST, listText([address("carol")]));
    equal(refusalOf(absent), "415", absent.raw);
    match(absent.start, /no part has the Content-ID/);
    equal(invitesOf("carol"), before);
    equal((await his.say("still here")).status, 200);
    await hers.heard("still here");

    // The owner may.
    const expelled = await hers.refer(`${address("bob")};method=BYE`, ["Refer-Sub: false"]);
    equal(statusOf(expelled), 202, expelled.raw);
    await his.ended();
    const again = await as("bob").invite(address("chess"));
    equal(refusalOf(again), "403 127 Service not authorised", again.raw);
    await hers.bye();
  },
);

Deno.test(
  "who may watch a group: whom its rules let, and nobody else; the factory takes no REFER",
  options,
  async () => {
    for (const [name, gets] of [["carol", "403 138 subscription of conference events not allowed"], ["alice", "200"]]) {
      const watch = new Subscription(as(name).client, {
        event: "conference",
        accept: "application/conference-info+xml",
        target: address("chess"),
        to: address("chess"),
      });
      const answer = await watch.subscribe();
      equal(refusalOf(answer), gets, answer.raw);
      if (gets === "200") equal(statusOf(await watch.subscribe({ expires: 0 })), 200);
    }
    const { client } = as("alice");
    const headers = [`Refer-To: <${address("bob")}>`, `Contact: ${client.contact}`];
    const answer = await client.request({ method: "REFER", uri: FACTORY, headers });
    equal([statusOf(answer), header(answer, "allow")].join(), "405,INVITE");
  },
);
