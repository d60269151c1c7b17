/** What waits, as its users see it from outside: the document, subscriptions, retrieval over MSRP, deletion, notices. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { msrpSdp } from "../support/msrp_callers.ts";
import { MsrpPeer } from "../support/msrp_peer.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];
let parley: ParleyProcess;
let alice: SipClient;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users(...NAMES), config: `[contacts]\nauthorisation = "never"\n` });
  alice = await device("alice", true);
});
Deno.test.afterAll(async () => {
  alice?.close();
  await parley?.[Symbol.asyncDispose]();
});

const AUID = "org.openmobilealliance.deferred-list", TYPE = "application/vnd.oma.im.deferred-list+xml";

/** A client; who does not register is offline to senders, and may ask all the same. */
async function device(user: string, registered = false): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port, transport: "tcp" });
  if (registered) equal(statusOf(await client.register()), 200);
  return client;
}

function documents(user: string): XcapClient {
  return new XcapClient({ user, domain: parley.domain, port: parley.webPort });
}

async function waiting(user: string, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const more = { headers: [`Subject: about ${text}`] };
    equal(statusOf(await alice.message(`sip:${user}@${parley.domain}`, text, more)), 202, "stored");
  }
}

const deferredUri = () => `sip:deferred@${parley.domain}`;

/** References and states of a list. */
function listed(text: string): { readonly reference: string; readonly status: string }[] {
  return [...text.matchAll(/<history [^>]*>/g)].map(([tag]) => ({
    reference: /history-reference="([^"]*)"/.exec(tag)![1],
    status: /\w+:status="([^"]*)"/.exec(tag)![1],
  }));
}

const entry = (reference: string, rest = "") =>
  `deferred-list/history%5b@history-reference=%22${reference}%22%5d${rest}`;

function naming(...references: string[]): string {
  const all = references.map((one) => `<history history-reference="${one}"><pager/></history>`).join("");
  return `<?xml version="1.0"?><deferred-list xmlns="urn:oma:xml:im:history-list">${all}</deferred-list>`;
}

async function subscribe(client: SipClient, event: string, accept: string, watched = ""): Promise<{
  readonly answer: TextMessage;
  next(): Promise<TextMessage>;
}> {
  const callId = randomUUID();
  const lists = "resource-lists";
  const answer = await client.request({
    method: "SUBSCRIBE",
    uri: watched === "" ? deferredUri() : client.aor,
    callId,
    cseq: 1,
    headers: [
      `Event: ${event}`,
      `Accept: ${accept}`,
      `Contact: ${client.contact}`,
      "Expires: 600",
      ...(watched === "" ? [] : [`Content-Type: application/${lists}+xml`]),
    ],
    body: watched === ""
      ? ""
      : `<${lists} xmlns="urn:ietf:params:xml:ns:${lists}"><list><entry uri="${watched}"/></list></${lists}>`,
  });
  let taken = 0;
  return {
    answer,
    next: async () => {
      const number = taken++;
      const all = () =>
        client.requests.filter((one) => one.start.startsWith("NOTIFY ") && header(one, "call-id") === callId);
      await client.requestArrived(() => all().length > number, 12_000);
      return all()[number];
    },
  };
}

/** An INVITE of a client that fetches; the 2xx has its ACK. */
async function fetchAll(client: SipClient, peer: MsrpPeer, list = ""): Promise<TextMessage> {
  const sdp = msrpSdp({ path: peer.uri, types: "message/cpim", lines: ["a=accept-wrapped-types:*", "a=recvonly"] });
  const [callId, fromTag] = [randomUUID(), randomUUID().slice(0, 8)];
  const mixed =
    `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--b\r\nContent-Type: ${TYPE}\r\n\r\n${list}\r\n--b--\r\n`;
  const answer = await client.request({
    method: "INVITE",
    uri: deferredUri(),
    callId,
    fromTag,
    cseq: 1,
    headers: [
      `Contact: ${client.contact};+g.oma.sip-im`,
      `Content-Type: ${list === "" ? "application/sdp" : 'multipart/mixed;boundary="b"'}`,
    ],
    body: list === "" ? sdp : mixed,
  });
  if (statusOf(answer) !== 200) return answer;
  const target = /<([^>]+)>/.exec(header(answer, "contact"))![1];
  const cseq = header(answer, "cseq").split(" ")[0];
  await client.raw(
    `ACK ${target} SIP/2.0\r\nVia: SIP/2.0/TCP ${client.sentBy};branch=z9hG4bK${randomUUID()}\r\nMax-Forwards: 70\r\n` +
      `From: <${client.aor}>;tag=${fromTag}\r\nTo: ${header(answer, "to")}\r\nCall-ID: ${callId}\r\n` +
      `CSeq: ${cseq} ACK\r\nContent-Length: 0\r\n\r\n`,
  );
  return answer;
}

const pathOf = (answer: TextMessage) => /^a=path:(\S+)/m.exec(answer.body)![1];
const bye = (client: SipClient) => client.requestArrived((one) => one.start.startsWith("BYE "), 60_000);
const textsOf = (peer: MsrpPeer) =>
  peer.frames.filter(({ method, body }) => method === "SEND" && body.length > 0)
    .map(({ body }) => new TextDecoder().decode(body).split("\r\n\r\n").at(-1));

Deno.test(
  "the document lists what waits, never its text; a history that is deleted there is gone",
  options,
  async () => {
    const bob = documents("bob");
    equal((await bob.get(bob.own(AUID, "deferred-list"))).status, 404, "nothing waits");
    await waiting("bob", "first secret", "second secret", "third secret");
    const whole = await bob.get(bob.own(AUID, "deferred-list"));
    equal(whole.status, 200, whole.body);
    match(whole.headers.get("content-type")!, new RegExp(TYPE.replace(/[+.]/g, "\\$&")));
    equal(listed(whole.body).length, 3);
    ok(listed(whole.body).every(({ status }) => status === "new"));
    match(whole.body, /<subject>about first secret<\/subject>/);
    match(whole.body, new RegExp(`<from>${alice.aor}</from>`));
    ok(!whole.body.replaceAll(/<subject>.*?<\/subject>/g, "").includes("secret"));
    const [first, second] = listed(whole.body);
    const one = await bob.get(bob.own(AUID, "deferred-list", entry(first.reference, "/size")));
    equal(one.body, `<size>${"first secret".length}</size>`);

    const expiry = await bob.put(
      bob.own(AUID, "deferred-list", entry(first.reference, "/expiry")),
      "<expiry>2031-01-01T00:00:00Z</expiry>",
    );
    equal(expiry.status, 409);
    match(expiry.body, /constraint-failure/);
    const other = documents("carol");
    equal((await other.get(bob.own(AUID, "deferred-list"))).status, 403);
    equal((await other.delete(bob.own(AUID, "deferred-list"))).status, 403);

    const gone = await bob.delete(bob.own(AUID, "deferred-list", entry(first.reference)));
    equal(gone.status, 200, gone.body);
    const rest = await bob.get(bob.own(AUID, "deferred-list"));
    equal(rest.etag, gone.etag);
    ok(rest.etag !== whole.etag);
    deepEqual(listed(rest.body).map(({ reference }) => reference), [second.reference, listed(whole.body)[2].reference]);

    const phone = await device("bob", true);
    deepEqual(await phone.messages(2), ["second secret", "third secret"], "what was deleted is delivered to nobody");
    await leave([phone]);
  },
);

Deno.test("DELETE of the whole document removes all that waits", options, async () => {
  const judy = documents("judy");
  await waiting("judy", "one", "two");
  equal((await judy.delete(judy.own(AUID, "deferred-list"))).status, 200);
  equal((await judy.get(judy.own(AUID, "deferred-list"))).status, 404);
});

Deno.test(
  "subscribers to the deferred URI are told at once and of changes; xcap-diff tells of the document",
  options,
  async () => {
    const carol = await device("carol");
    await waiting("carol", "one");
    const list = await subscribe(carol, "sip-profile", TYPE);
    equal(statusOf(list.answer), 200, list.answer.raw);
    const first = await list.next();
    equal(header(first, "content-type"), TYPE);
    deepEqual(listed(first.body).map(({ status }) => status), ["new"]);
    const summary = await subscribe(carol, "message-summary", "application/simple-message-summary");
    match(
      (await summary.next()).body,
      /^Messages-Waiting: yes\r\nMessage-Account: sip:carol@[^\r]*\r\nPager-Message: 1\/0\r\n/,
    );
    const path = `${AUID}/users/${carol.aor}/deferred-list`;
    const diff = await subscribe(carol, "xcap-diff", "application/xcap-diff+xml", path);
    const before = /new-etag="([^"]*)"/.exec((await diff.next()).body)![1];
    await waiting("carol", "two");
    deepEqual(listed((await list.next()).body).map(({ status }) => status), ["notified", "new"]);
    match((await summary.next()).body, /Pager-Message: 2\/0/);
    const change = await diff.next();
    match(change.body, /<\w*:?document [^>]*new-etag=/);
    match(change.body, new RegExp(`sel="${path}"`));
    ok(/new-etag="([^"]*)"/.exec(change.body)![1] !== before);
    const alias = await subscribe(carol, "ua-profile", TYPE);
    equal(statusOf(alias.answer), 200, alias.answer.raw);
    equal(listed((await alias.next()).body).length, 2);
    const other = await subscribe(carol, "presence", "application/pidf+xml");
    equal(statusOf(other.answer), 489);
    carol.close();
  },
);

Deno.test(
  "an INVITE to the deferred URI fetches all that waits over MSRP, in order; then BYE and nothing waits",
  options,
  async () => {
    await waiting("dave", "one", "two", "three");
    const dave = await device("dave");
    const peer = await MsrpPeer.open({ port: parley.msrpPort });
    const answer = await fetchAll(dave, peer);
    equal(statusOf(answer), 200, answer.raw);
    match(answer.body, /^a=sendonly/m);
    peer.send({ to: pathOf(answer), range: "1-0/0" });
    const end = await bye(dave);
    match(header(end, "reason"), /all delivered/);
    deepEqual(textsOf(peer), ["one", "two", "three"]);
    const sends = peer.frames.filter(({ method, body }) => method === "SEND" && body.length > 0);
    equal(sends[0].headers.get("content-type"), "message/cpim");
    match(
      new TextDecoder().decode(sends[0].body),
      /^From: [^\r]*<sip:alice@[^>]*>\r\nTo: <sip:dave@[^>]*>\r\nDateTime: /,
    );
    const own = documents("dave");
    equal((await own.get(own.own(AUID, "deferred-list"))).status, 404);
    const again = await fetchAll(dave, peer);
    equal(statusOf(again), 200, "a fetch of nothing");
    await dave.requestArrived((one) => one.start.startsWith("BYE ") && /Nothing waits/.test(header(one, "reason")));
    peer.close();
    dave.close();
  },
);

Deno.test("references: what is named comes; unknown ones, and another user's, are the same 404", options, async () => {
  await waiting("erin", "one", "two", "three");
  await waiting("frank", "frank's");
  const [erin, frank] = [await device("erin"), await device("frank")];
  const own = documents("erin");
  const all = listed((await own.get(own.own(AUID, "deferred-list"))).body).map(({ reference }) => reference);
  const peer = await MsrpPeer.open({ port: parley.msrpPort });
  const unknown = await fetchAll(erin, peer, naming(all[0], "d-00000000000000000000"));
  const anothers = await fetchAll(frank, peer, naming(all[0]));
  for (const refused of [unknown, anothers]) equal(refused.start, "SIP/2.0 404 No Such Message Waits For You");
  equal(peer.frames.length, 0, "before anything is sent");
  const malformed = await fetchAll(erin, peer, "<deferred-list");
  equal(statusOf(malformed), 400);
  const answer = await fetchAll(erin, peer, naming(all[1]));
  equal(statusOf(answer), 200, answer.raw);
  peer.send({ to: pathOf(answer), range: "1-0/0" });
  await bye(erin);
  deepEqual(textsOf(peer), ["two"]);
  const left = await own.get(own.own(AUID, "deferred-list"));
  deepEqual(listed(left.body).map(({ reference }) => reference), [all[0], all[2]]);
  for (const one of [peer, erin, frank]) one.close();
});

/** It takes the 30 s that such a client has; in usual runs `session_delivery_test` shows the same in time of its own. */
const FULL = { ...options, ignore: Deno.env.get("PARLEY_FULL") !== "1" };

Deno.test("a client that takes the session and then no bytes is timed out; its messages stay", FULL, async () => {
  await waiting("grace", "one");
  const grace = await device("grace");
  const peer = await MsrpPeer.open({ port: parley.msrpPort });
  peer.answer = () => null;
  const answer = await fetchAll(grace, peer);
  equal(statusOf(answer), 200, answer.raw);
  peer.send({ to: pathOf(answer), range: "1-0/0" });
  await bye(grace);
  const own = documents("grace");
  equal(listed((await own.get(own.own(AUID, "deferred-list"))).body).length, 1);
  peer.close();
  grace.close();
});

Deno.test("a MESSAGE to the delete URI deletes what its list names, all or none", options, async () => {
  await waiting("heidi", "one", "two");
  const heidi = await device("heidi");
  const own = documents("heidi");
  const references = async () =>
    listed((await own.get(own.own(AUID, "deferred-list"))).body).map(({ reference }) => reference);
  const [first, second] = await references();
  const ask = (body: string, type = TYPE) =>
    heidi.request({ method: "MESSAGE", uri: `sip:delete@${parley.domain}`, headers: [`Content-Type: ${type}`], body });
  equal(statusOf(await ask(naming(first, "d-00000000000000000000"))), 404);
  equal((await references()).length, 2);
  equal(statusOf(await ask("<deferred-list")), 400);
  const type = await ask("hello", "text/plain");
  equal(statusOf(type), 415);
  ok(header(type, "accept").includes(TYPE));
  equal(statusOf(await ask(naming(first))), 200);
  deepEqual(await references(), [second]);
  heidi.close();
});

Deno.test(
  "who publishes `notify` is sent the list on registration, not the messages; `push` brings them",
  options,
  async () => {
    const ivan = await device("ivan");
    const publish = async (wish: "notify" | "push") => {
      const settings =
        '<poc-settings xmlns="urn:oma:params:xml:ns:poc:poc-settings" xmlns:im="urn:oma:xml:im:service-settings">' +
        `<entity id="phone"><im:service-settings><im:deferred-settings><im:offline-delivery>${wish}</im:offline-delivery>` +
        "</im:deferred-settings></im:service-settings></entity></poc-settings>";
      const published = await ivan.request({
        method: "PUBLISH",
        uri: ivan.aor,
        headers: ["Event: poc-settings", "Expires: 3600", "Content-Type: application/poc-settings+xml"],
        body: settings,
      });
      equal(statusOf(published), 200, published.raw);
    };
    await publish("notify");
    await waiting("ivan", "one", "two");
    equal(statusOf(await ivan.register()), 200);
    const [list] = await ivan.messages(1);
    deepEqual(listed(list).map(({ status }) => status), ["new", "new"]);
    const [notice] = ivan.requests.filter(({ start }) => start.startsWith("MESSAGE "));
    equal(header(notice, "content-type"), TYPE);
    match(header(notice, "from"), /<sip:deferred@/);
    const own = documents("ivan");
    const states = listed((await own.get(own.own(AUID, "deferred-list"))).body).map(({ status }) => status);
    deepEqual(states, ["notified", "notified"]);
    // The wish is another one now: no registration is needed for it to count.
    await publish("push");
    deepEqual((await ivan.messages(3)).slice(1), ["one", "two"]);
    await leave([ivan]);
  },
);
