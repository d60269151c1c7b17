/** Who is blocked reaches nobody's device past its user either: not by its address, not by a Route, not by a token or a tag. */
import { equal, ok } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ParleyProcess, users } from "../support/parley.ts";
import { type ClientTransport, header, leave, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

async function device(user: string, transport: ClientTransport): Promise<SipClient> {
  const port = transport === "ws" ? parley.webPort : parley.port;
  const client = await SipClient.open({ user, domain: parley.domain, port, transport });
  equal(statusOf(await client.register()), 200);
  return client;
}

const CALL = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const MESSAGES = CALL.replace(
  "m=audio 4000 RTP/AVP 0",
  "m=message 2855 TCP/MSRP *\r\na=accept-types:text/plain\r\na=path:msrp://127.0.0.1:2855/a1b2c3d4e5f6a7b8;tcp",
);

/** Everything that would show or do something at a device. */
const REQUESTS: readonly [method: string, headers: readonly string[], body: string][] = [
  ["MESSAGE", ["Content-Type: text/plain"], "hello"],
  ["INVITE", ["Content-Type: application/sdp"], CALL],
  ["INVITE", ["Content-Type: application/sdp"], MESSAGES],
  ["INVITE", [], ""],
  ["REFER", ["Refer-To: <sip:bob@example.test>"], ""],
  ["SUBSCRIBE", ["Event: dialog"], ""],
  ["NOTIFY", ["Event: message-summary", "Subscription-State: active"], ""],
  ["OPTIONS", [], ""],
  ["INFO", ["Content-Type: text/plain"], "hello"],
];

type Way = { readonly uri: string; readonly headers?: readonly string[]; readonly toTag?: string };

async function send(
  from: SipClient,
  [method, headers, body]: (typeof REQUESTS)[number],
  way: Way,
): Promise<TextMessage> {
  return await from.request({
    method,
    uri: way.uri,
    body,
    ...(way.toTag === undefined ? {} : { toTag: way.toTag }),
    headers: [`Contact: ${from.contact}`, ...headers, ...(way.headers ?? [])],
  });
}

async function block(who: string): Promise<void> {
  const documents = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
  const rules = `<?xml version="1.0" encoding="UTF-8"?>
<ruleset xmlns="urn:ietf:params:xml:ns:common-policy" xmlns:oxe="urn:oma:xml:xdm:extensions"><rule id="block">
<conditions><identity><one id="sip:${who}@example.test"/></identity></conditions>
<actions><oxe:allow-reject-invite>true</oxe:allow-reject-invite></actions></rule></ruleset>`;
  const { status, body } = await documents.put(
    documents.own("org.openmobilealliance.access-rules", "access-rules"),
    rules,
  );
  ok(status === 200 || status === 201, `${status} ${body}`);
  documents.close();
}

/** What came in since the last time, without registrations. */
function came(client: SipClient): string[] {
  return client.requests.splice(0).map(({ start }) => start.split(" ")[0]);
}

Deno.test(
  "whom a user has blocked reaches none of their devices by its address, a Route or a made-up tag [FLT-1]",
  options,
  async (t) => {
    const alice = await device("alice", "udp");
    const browser = await device("alice", "ws");
    const bob = await device("bob", "udp");
    const carol = await device("carol", "tcp");
    await block("bob");
    alice.answer = ({ start }) => start.startsWith("INVITE ") ? 486 : 200;
    browser.answer = alice.answer;
    const address = `sip:alice@${alice.sentBy}`;
    const ways: readonly [name: string, way: Way][] = [
      ["user", { uri: alice.aor }],
      ["address", { uri: address }],
      ["address by another name", { uri: `sip:whoever@${alice.sentBy};transport=udp` }],
      ["address in another spelling", { uri: `sip:alice@[::ffff:127.0.0.1]:${alice.local.port}` }],
      ["Route", { uri: "sip:x@elsewhere.test", headers: [`Route: <sip:${alice.sentBy};lr>`] }],
      ["Route behind ours", {
        uri: bob.aor,
        headers: [`Route: <sip:127.0.0.1:${parley.port};lr>, <sip:${alice.sentBy};lr>`],
      }],
      ["made-up tag", { uri: address, toTag: "made-up" }],
    ];
    for (const [name, way] of ways) {
      await t.step(name, async () => {
        for (const request of REQUESTS) {
          const what = `${request[0]} ${request[2].includes("audio") ? "audio" : ""}`;
          const answer = await send(bob, request, way);
          equal(statusOf(answer), 403, `${what}: ${answer.start}`);
        }
      });
    }
    equal([...came(alice), ...came(browser)].join(), "");
    await t.step("who is not blocked reaches that one device, and is not told where it is", async () => {
      alice.answerLines = [`Contact: ${alice.contact}`];
      equal(statusOf(await send(carol, REQUESTS[0], { uri: address })), 200);
      equal(statusOf(await send(carol, REQUESTS[1], { uri: address })), 486);
      equal(came(browser).join(), "");
      const options = await send(carol, ["OPTIONS", [], ""], { uri: address });
      equal(statusOf(options), 200);
      equal(header(options, "contact"), "");
      // One transaction may have been repeated over UDP.
      equal([...new Set(came(alice))].join(), "MESSAGE,INVITE,ACK,OPTIONS");
    });
    await leave([alice, browser, bob, carol]);
  },
);

Deno.test("a dialog that was let through goes on; its token opens no other one", options, async () => {
  const alice = await device("alice", "ws");
  const bob = await device("bob", "udp");
  alice.answerLines = [`Contact: ${alice.contact}`];
  // The rules of the step before are Alice's still.
  const documents = new XcapClient({ user: "alice", domain: parley.domain, port: parley.webPort });
  await documents.delete(documents.own("org.openmobilealliance.access-rules", "access-rules"));
  documents.close();
  const callId = randomUUID();
  const fromTag = "bob1";
  const invite = { method: "INVITE", uri: alice.aor, callId, fromTag, body: CALL };
  const headers = [`Contact: ${bob.contact}`, "Content-Type: application/sdp"];
  const accepted = await bob.request({ ...invite, headers });
  equal(statusOf(accepted), 200);
  const target = /<([^>]+)>/.exec(header(accepted, "contact"))![1];
  const toTag = /;tag=([^;\s]+)/.exec(header(accepted, "to"))![1];
  const routes = accepted.headers.get("record-route")!.flatMap((line) => line.split(/,\s*/)).toReversed();
  const route = `Route: ${routes.join(", ")}`;
  await block("bob");
  const inside = { uri: target, to: `<${alice.aor}>`, callId, fromTag, toTag };
  equal(statusOf(await bob.request({ ...inside, method: "INVITE", body: CALL, headers: [...headers, route] })), 200);
  const before = came(alice);
  ok(before.filter((method) => method === "INVITE").length === 2, before.join());
  // The same token, to begin something, and in a dialog that it is not of.
  const text = ["Content-Type: text/plain", route];
  const begun = await bob.request({ method: "MESSAGE", uri: target, callId, body: "round", headers: text });
  ok(statusOf(begun) >= 400, begun.start);
  const other = await bob.request({ ...inside, callId: randomUUID(), method: "MESSAGE", body: "round", headers: text });
  equal(statusOf(other), 403);
  equal(came(alice).filter((method) => method === "MESSAGE").join(), "");
  equal(statusOf(await bob.request({ ...inside, method: "BYE", headers: [route] })), 200, "who is blocked may hang up");
  await leave([alice, bob]);
});
