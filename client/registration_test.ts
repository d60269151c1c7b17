import assert from "node:assert/strict";
import { EMPTY, toLatin1, utf8 } from "../foundation/mod.ts";
import { type Flow, responseHead, type ResponseParts, type SipRequest } from "../transport/sip/mod.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

/** A registrar at home.test that answers as it is told, and a client of it. */
function world(...answers: readonly (readonly [status: number, parts?: ResponseParts])[]) {
  const network = new MemoryNetwork();
  const requests: SipRequest[] = [];
  const flows: Flow[] = [];
  const home = network.device("home.test");
  const left = [...answers];
  home.layer.user = {
    onRequest(transaction) {
      const { request, flow } = transaction;
      requests.push(request);
      flows.push(flow);
      const [status, parts] = left.length > 1 ? left.shift()! : left[0];
      transaction.respond(status, responseHead(request, status, { toTag: "home", ...parts }), EMPTY);
    },
    onStrayResponse() {},
  };
  const alice = network.device("phone.test", { aor: "sip:alice@home.test" });
  return { network, requests, flows, alice };
}

Deno.test("registers with its instance, the service's tags and a lasting Call-ID, and refreshes in time", async () => {
  const { network, requests, alice } = world([200, { headers: [["Expires", "600"]] }]);
  alice.client.start();
  await network.until(() => alice.client.registered, "the registration");
  const [first] = requests;
  const contact = first.get("Contact")!;
  for (const part of ['+sip.instance="<urn:uuid:phone>"', "reg-id=1", "+g.oma.sip-im", "+g.oma.sip-im.large-message"]) {
    assert.ok(contact.includes(part), `${part} in ${contact}`);
  }
  assert.equal(first.uri, "sip:home.test");
  assert.equal(first.get("Expires"), "600");
  await network.pass(539_000);
  assert.equal(requests.length, 1);
  await network.pass(2_000);
  assert.equal(requests.length, 2);
  assert.equal(requests[1].callId, first.callId);
  assert.ok(requests[1].cseq.number > first.cseq.number);
  assert.deepEqual(alice.notes.events, ["registered"], "told once");
});

Deno.test("answers a challenge; a password that is refused is not tried again", async () => {
  const challenge: ResponseParts = {
    headers: [["WWW-Authenticate", 'Digest realm="home.test", nonce="abc", qop="auth", algorithm=SHA-256']],
  };
  const { network, requests, alice } = world([401, challenge], [200], [401, challenge]);
  alice.client.start();
  await network.until(() => alice.client.registered, "the registration");
  assert.match(requests[1].get("Authorization")!, /username="phone".*realm="home\.test"/);
  alice.client.renew();
  await network.until(() => alice.notes.events.length === 2, "the refusal");
  assert.match(alice.notes.events[1], /^unregistered 401/);
  const { length } = requests;
  await network.pass(120_000);
  assert.equal(requests.length, length);
});

Deno.test("an interval that is too brief is made longer; a service that is away is asked again and again", async () => {
  const { network, requests, alice } = world([423, { headers: [["Min-Expires", "900"]] }], [503], [503], [200]);
  alice.client.start();
  await network.until(() => alice.client.registered, "the registration");
  assert.deepEqual(requests.map((request) => request.get("Expires")), ["600", "900", "900", "900"]);
  assert.equal(alice.notes.events.filter((event) => event.startsWith("unregistered 503")).length, 2);
});

Deno.test("a connection that breaks is followed by another registration", async () => {
  const { network, requests, flows, alice } = world([200]);
  alice.client.start();
  await network.until(() => alice.client.registered, "the registration");
  flows[0].close("the wire broke");
  await network.until(() => requests.length === 2, "the second registration");
  await network.until(() => alice.notes.events.length === 3, "told");
  assert.deepEqual(alice.notes.events, [
    "registered",
    "unregistered 0 the connection to the service is gone",
    "registered",
  ]);
});

Deno.test("leaving takes the registration and the settings back", async () => {
  const { network, requests, alice } = world([200, { headers: [["SIP-ETag", "e1"], ["Expires", "600"]] }]);
  alice.client.start();
  await network.until(() => alice.client.registered, "the registration");
  alice.client.publish({ barred: true });
  await network.until(() => alice.notes.events.includes("published"), "the publication");
  let done = false;
  alice.client.stop(5_000, () => done = true);
  await network.until(() => done, "the end");
  assert.deepEqual(requests.slice(2).map((request) => `${request.method} ${request.get("Expires")}`), [
    "PUBLISH 0",
    "REGISTER 0",
  ]);
  assert.equal(requests[2].get("SIP-If-Match"), "e1");
});

Deno.test("settings are published as one entity, refreshed without a body, and anew where the service has forgotten them", async () => {
  const ok: ResponseParts = { headers: [["SIP-ETag", "e1"], ["Expires", "300"]] };
  const { network, requests, alice } = world([200, ok], [200, ok], [412], [200, ok]);
  alice.client.publish({ answerMode: "manual", visible: false });
  await network.until(() => requests.length === 1, "PUBLISH");
  const [first] = requests;
  assert.equal(first.get("Event"), "poc-settings");
  const body = new TextDecoder().decode(first.body);
  assert.match(body, /id="urn:uuid:phone"/);
  assert.match(body, /<answer-mode>manual<\/answer-mode>/);
  assert.match(body, /invisible/);
  await network.pass(241_000);
  assert.equal(requests[1].get("SIP-If-Match"), "e1");
  assert.equal(requests[1].body.length, 0);
  await network.pass(241_000);
  await network.until(() => requests.length === 4, "the one anew");
  assert.equal(requests[3].has("SIP-If-Match"), false);
  assert.ok(requests[3].body.length > 0);
});

Deno.test("settings that the service refuses are told with its words, and not tried again", async () => {
  const { network, requests, alice } = world([403, { reason: "Settings Are Their User's Own" }]);
  alice.client.publish({ barred: true });
  await network.until(() => alice.notes.events.length === 1, "the refusal");
  assert.deepEqual(alice.notes.events, ["not published: Settings Are Their User's Own (403)"]);
  await network.pass(200_000);
  assert.equal(requests.length, 1);
});

Deno.test("a service that could not even be asked is asked at once when the way to it is a new one", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("phone.test", { aor: "sip:alice@home.test" });
  alice.client.start();
  await network.until(() => alice.notes.events.length === 1, "the failure");
  assert.deepEqual(alice.notes.events, ["unregistered 0 unroutable"]);
  const home = network.device("home.test");
  home.layer.user = {
    onRequest: (transaction) =>
      transaction.respond(200, responseHead(transaction.request, 200, { toTag: "home" }), EMPTY),
    onStrayResponse() {},
  };
  alice.client.renew();
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(alice.client.registered, true, "without any time having passed");
});

Deno.test("who has left is not registered again by a way that comes back", async () => {
  const { network, requests, alice } = world([200]);
  alice.client.stop(5_000, () => {});
  alice.client.renew();
  await network.pass(60_000);
  assert.equal(requests.length, 0);
});

Deno.test("the words of a refusal are Unicode", async () => {
  const { network, alice } = world([404, { reason: toLatin1(utf8("Gibt es nicht – ünbekannt")) }]);
  alice.client.start();
  await network.until(() => alice.notes.events.length === 1, "the refusal");
  assert.deepEqual(alice.notes.events, ["unregistered 404 Gibt es nicht – ünbekannt"]);
});
