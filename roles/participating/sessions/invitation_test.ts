import assert from "node:assert/strict";
import { TrustedHops, TrustEgress } from "../../sip_core/mod.ts";
import { accept, answer, mediaOf, offer, SessionWorld } from "./testing/session_world.ts";

const BOB = "sip:bob@203.0.113.1";

/** A world whose exits do what they do. */
function trusting(): SessionWorld {
  const world = new SessionWorld();
  Object.assign(world.services, { egress: new TrustEgress(new TrustedHops([])) });
  world.device("bob", BOB);
  return world;
}

Deno.test("what is between the parties goes along; what belongs to one leg does not", () => {
  const world = trusting();
  world.invite(undefined, {
    headers: "Subject: lunch\r\nX-Flavour: mint\r\nAccept-Contact: *;+g.oma.sip-im\r\nConversation-ID: c1\r\n" +
      "User-Agent: secret\r\nProxy-Authorization: Digest x\r\nP-Preferred-Identity: <sip:x@y>\r\nSupported: gruu\r\n",
  });
  const [{ request }] = world.requests("INVITE");
  assert.equal(request.get("Subject"), "lunch");
  assert.equal(request.get("Max-Forwards"), "69", "a loop through this box comes to an end");
  assert.match(request.head, /\r\nX-Flavour: mint\r\n/);
  assert.equal(request.get("Accept-Contact"), "*;+g.oma.sip-im");
  assert.equal(request.get("Conversation-ID"), "c1");
  assert.equal(request.get("P-Asserted-Identity"), "<sip:alice@example.test>");
  assert.doesNotMatch(request.head, /secret|Proxy-Authorization|Preferred|gruu|198\.51\.100\.9/);
});

Deno.test("who asks for privacy has it on the invitee's leg", () => {
  const world = trusting();
  world.invite(undefined, { headers: "Privacy: id;user\r\nP-Asserted-Identity: <sip:evil@x>\r\n" });
  const [{ request }] = world.requests("INVITE");
  assert.match(request.get("From")!, /^"Anonymous" <sip:anonymous@anonymous\.invalid>;tag=/);
  assert.equal(request.has("P-Asserted-Identity"), false);
});

Deno.test("for another domain the invitation goes to its server, by the route where there is one", () => {
  const world = new SessionWorld();
  Object.assign(world.services, { egress: new TrustEgress(new TrustedHops([])) });
  world.names.set("other.test", [{ transport: "tcp", host: "192.0.2.77", port: 5060, tlsName: "" }]);
  const invited = world.invite(undefined, { uri: "sip:zoe@other.test" });
  const [sent] = world.requests("INVITE");
  assert.equal(sent.request.uri, "sip:zoe@other.test");
  assert.equal(sent.flow.remote.host, "192.0.2.77");
  assert.equal(sent.request.has("P-Asserted-Identity"), false, "not told to strangers");
  accept(sent, answer());
  assert.equal(invited.last.status, 200);
  assert.equal(world.sessions.list()[0].to, "sip:zoe@other.test");
});

Deno.test("from another domain only the recipient's side is asked", () => {
  const world = new SessionWorld({ settings: { requireLogin: true } });
  world.device("bob", BOB);
  const invited = world.invite(undefined, { from: "sip:zoe@other.test" });
  accept(world.requests("INVITE")[0], answer());
  assert.equal(invited.last.status, 200);
  const transit = world.invite(undefined, { from: "sip:zoe@other.test", uri: "sip:yan@third.test" });
  assert.equal(world.sessions.size, 1, "between strangers it is only on its way through");
  assert.notEqual(transit.last?.status, 200);
});

Deno.test("devices that the inviter rules out are not asked", () => {
  const world = new SessionWorld();
  world.device("bob", BOB, { params: ';+sip.instance="<urn:1>";automata="FALSE"' });
  world.device("bob", "sip:bob@203.0.113.2", { params: ";automata" });
  world.invite(undefined, { headers: "Reject-Contact: *;automata\r\n" });
  assert.deepEqual(world.requests("INVITE").map(({ request }) => request.uri), [BOB]);
  assert.equal(world.invite(undefined, { headers: "Accept-Contact: what\r\n" }).last.status, 400);
});

Deno.test("a session takes the place of another: Replaces names the invitee's own dialog", () => {
  const world = new SessionWorld();
  world.user("carol");
  const { invited, sent } = world.session();
  const { last, request } = invited;
  const replaces = `${request.callId};to-tag=${last.to.tag};from-tag=${request.from.tag}`;
  const taking = world.invite(offer(), { from: "sip:carol@example.test", headers: `Replaces: ${replaces}\r\n` });
  const [, second] = world.requests("INVITE");
  const [callId] = second.request.get("Replaces")!.split(";");
  assert.equal(callId, sent.request.callId);
  assert.match(
    second.request.get("Replaces")!,
    new RegExp(`to-tag=uas${sent.branch.length};from-tag=${sent.request.from.tag}$`),
  );
  assert.equal(second.request.get("Require"), "replaces");
  accept(second, answer());
  assert.equal(taking.last.status, 200);
  const gone = world.invite(offer(), { headers: "Replaces: nothing;to-tag=a;from-tag=b\r\n" });
  assert.equal(gone.last.status, 481);
});

Deno.test("large message mode is told by its tag, on both legs", () => {
  const world = new SessionWorld();
  world.device("bob", BOB);
  const invited = world.invite(undefined, { headers: "Accept-Contact: *;+g.oma.sip-im.large-message\r\n" });
  const [sent] = world.requests("INVITE");
  assert.match(sent.request.get("Contact")!, /;\+g\.oma\.sip-im\.large-message/);
  accept(sent, answer());
  assert.match(invited.last.get("Contact")!, /;\+g\.oma\.sip-im\.large-message/);
  assert.equal(world.sessions.list()[0].kind, "large");
  assert.equal(mediaOf(invited.last).maxSize, world.settings.maxContent);
});

Deno.test("a fallback may take what no device took, and is asked only then", () => {
  const taken: string[] = [];
  const world = new SessionWorld({
    fallbacks: [{
      take: (call, { status, kind }) => {
        taken.push(`${status} ${kind}`);
        call.refuse(404, { reason: "Fallen back" });
        return true;
      },
    }],
  });
  assert.equal(world.invite().last.reason, "Fallen back");
  world.device("bob", BOB);
  const invited = world.invite();
  world.requests("INVITE")[0].answer(480);
  assert.equal(invited.last.reason, "Fallen back");
  assert.deepEqual(taken, ["480 session", "480 session"]);
  assert.equal(world.sessions.size, 0);
});

Deno.test("the session timer is asked for and granted", () => {
  const world = new SessionWorld({ settings: { sessionExpires_s: 600 } });
  world.device("bob", BOB);
  const invited = world.invite(undefined, { headers: "Supported: timer\r\nSession-Expires: 3600\r\n" });
  const [sent] = world.requests("INVITE");
  assert.match(sent.request.get("Session-Expires")!, /^600/);
  accept(sent, answer());
  assert.match(invited.last.get("Session-Expires")!, /^600/);
});

Deno.test("a device whose connection is dead is asked on its other one, or not at all", () => {
  const world = new SessionWorld();
  const facts = { flowOnly: true, instance: "<urn:1>", transport: "tcp" };
  const flow = world.flowWith("tcp", "203.0.113.1", 40_000);
  world.device("bob", "sip:bob@203.0.113.1;ob", {
    ...facts,
    regId: 1,
    flowId: 999,
    registeredAt: world.time.now() + 1,
  });
  assert.equal(world.invite().last.status, 480);
  assert.equal(world.failedFlows.length, 1);
  world.device("bob", "sip:bob@203.0.113.1;ob", {
    ...facts,
    regId: 1,
    flowId: 999,
    registeredAt: world.time.now() + 1,
  });
  world.device("bob", "sip:bob@203.0.113.2;ob", { ...facts, regId: 2, flowId: flow.id });
  world.invite();
  assert.equal(world.requests("INVITE")[0].flow, flow);
});
