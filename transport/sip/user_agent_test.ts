import assert from "node:assert/strict";
import { silentLog, utf8 } from "../../foundation/mod.ts";
import { Dialog } from "./dialog.ts";
import { AgentWorld, to } from "./testing/agent_world.ts";
import { requestText } from "./testing/transaction_world.ts";
import { parseMessage, type SipRequest } from "./message.ts";
import type { OutgoingRequest } from "./user_agent.ts";

const HELLO: OutgoingRequest = {
  method: "MESSAGE",
  uri: "sip:bob@192.0.2.7",
  from: "<sip:alice@a.test>",
  to: "<sip:bob@b.test>",
};

Deno.test("a request has all that RFC 3261 §8.1.1 asks for, and what was given", () => {
  const world = new AgentWorld({ product: "Parley" });
  const sent = world.agent.send({
    ...HELLO,
    routes: ["<sip:192.0.2.8;lr>"],
    contact: "alice",
    headers: [["Subject", "Hi"]],
    contentType: "text/plain",
    body: utf8("hé"),
  }, world);
  const { message, flow } = world.sent("MESSAGE")[0];
  const request = message as SipRequest;
  assert.equal(request.check(), null);
  assert.equal(flow.remote.host, "192.0.2.8");
  assert.equal(request.uri, "sip:bob@192.0.2.7");
  assert.equal(request.get("Route"), "<sip:192.0.2.8;lr>");
  assert.equal(request.get("Max-Forwards"), "70");
  assert.equal(request.from.tag, sent.fromTag);
  assert.ok(request.callId.length >= 20);
  assert.equal(request.get("CSeq"), "1 MESSAGE");
  assert.equal(request.get("Contact"), "<sip:alice@192.0.2.1:5060>");
  assert.equal(request.get("Subject"), "Hi");
  assert.equal(request.get("User-Agent"), "Parley");
  assert.equal(request.get("Content-Length"), "3");
  assert.equal(new TextDecoder().decode(request.body), "hé");
  world.answer("MESSAGE", 200);
  assert.deepEqual(world.answers, ["200"]);
});

Deno.test("failover: silence, 503 and a dead connection lead to the next destination with another branch", async () => {
  const world = new AgentWorld();
  world.locator.table.set("sip:b.test", [to("192.0.2.1", 1), to("192.0.2.2", 2, "tcp"), to("192.0.2.3", 3)]);
  world.agent.send({ ...HELLO, uri: "sip:b.test" }, world);
  world.time.advance(33_000);
  world.sent("MESSAGE").at(-1)!.flow.close("reset");
  await Promise.resolve();
  world.answer("MESSAGE", 503);
  const tries = world.sent("MESSAGE").map(({ message }) => message);
  const branches = new Set(tries.map((message) => message.via.branch));
  assert.equal(branches.size, 3);
  assert.equal(new Set(tries.map((message) => `${message.callId} ${message.get("CSeq")}`)).size, 1);
  assert.deepEqual(world.answers, ["503"], "the last destination's answer is the answer");
  assert.deepEqual(world.locator.failures, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
});

Deno.test("what requests have in common is written anew where one differs: Contact, product and end of the head", () => {
  const world = new AgentWorld({ product: "Parley" });
  const send = (uri: string, user: string, type: string, text: string) => {
    const callId = `c${world.sent("MESSAGE").length}`;
    const parts = { uri, contact: user, lines: "Event: x\r\n", contentType: type, body: utf8(text), callId };
    world.agent.send({ ...HELLO, ...parts }, world);
    const { message } = world.sent("MESSAGE").find((one) => one.message.callId === callId)!;
    assert.equal((message as SipRequest).check(), null);
    const names = ["Contact", "Event", "User-Agent", "Content-Type", "Content-Length"] as const;
    return names.map((name) => message.get(name)).join(" ");
  };
  const udp = "sip:192.0.2.7", tcp = "sip:192.0.2.7;transport=tcp", secure = "sips:192.0.2.7";
  assert.equal(send(udp, "a", "text/plain", "hi"), "<sip:a@192.0.2.1:5060> x Parley text/plain 2");
  assert.equal(send(udp, "b", "text/html", "hi"), "<sip:b@192.0.2.1:5060> x Parley text/html 2");
  assert.equal(send(tcp, "b", "text/html", "hiya"), "<sip:b@192.0.2.1:5060;transport=tcp> x Parley text/html 4");
  assert.equal(send(secure, "", "text/html", "hiya"), "<sips:192.0.2.1:5060> x Parley text/html 4");
  assert.equal(send(udp, "", "text/html", "hiya"), "<sip:192.0.2.1:5060> x Parley text/html 4");
});

Deno.test("§18.1.1: what is near 1300 octets goes by TCP, wherever in the request they are", () => {
  const octets = (fill: number, parts: (text: string) => Partial<OutgoingRequest>) => {
    const world = new AgentWorld();
    world.agent.send({ ...HELLO, contact: "alice", ...parts("z".repeat(fill)) }, world);
    const { message, flow } = world.sent("MESSAGE")[0];
    return { transport: flow.transport, size: message.head.length + message.body.length };
  };
  const places: ((text: string) => Partial<OutgoingRequest>)[] = [
    (text) => ({ body: utf8(text), contentType: "text/plain" }),
    (text) => ({ headers: [["Subject", text]] }),
    (text) => ({ lines: `Subject: ${text}\r\n` }),
    (text) => ({ contactParams: `;x=${text}` }),
    (text) => ({ uri: `sip:${text}@192.0.2.7` }),
    (text) => ({ routes: [`<sip:192.0.2.8;lr;x=${text}>`] }),
    (text) => ({ callId: text }),
  ];
  for (const [n, parts] of places.entries()) {
    for (let fill = 700; fill < 1200; fill += 10) {
      const { transport, size } = octets(fill, parts);
      if (transport === "udp") assert.ok(size <= 1300, `${n}: ${size} octets by UDP`);
      else assert.ok(size > 1000, `${n}: ${size} octets by TCP`);
    }
  }
});

Deno.test("a large request whose TCP is refused goes to the same place by UDP, and no other is tried", async () => {
  const world = new AgentWorld();
  world.wires.connecting = true;
  world.locator.table.set("sip:b.test", [to("192.0.2.1", 1), to("192.0.2.2", 2)]);
  world.agent.send({ ...HELLO, uri: "sip:b.test", body: utf8("z".repeat(1_400)) }, world);
  const [first] = world.sent("MESSAGE");
  assert.equal(first.flow.transport, "tcp");
  first.flow.close("connection refused");
  await Promise.resolve();
  const { flow } = world.sent("MESSAGE").at(-1)!;
  assert.equal(`${flow.transport} ${flow.remote.host}`, "udp 192.0.2.1");
  world.answer("MESSAGE", 200);
  assert.deepEqual(world.answers, ["200"]);
});

Deno.test("no destination at all, and none that answers", async () => {
  const world = new AgentWorld();
  world.agent.send({ ...HELLO, uri: "sip:nowhere.test" }, world);
  world.agent.send({ ...HELLO, uri: "sip:c1@df7jal23ls0d.invalid;transport=ws" }, world);
  assert.deepEqual(world.answers, [], "nobody is told before `send` has returned");
  await Promise.resolve();
  assert.deepEqual(world.answers, ["unroutable", "unroutable"]);
  assert.deepEqual(world.locator.asked, ["sip:nowhere.test"], "a .invalid host is never looked up");
  world.agent.send(HELLO, world);
  world.time.advance(33_000);
  assert.equal(world.answers.at(-1), "timeout");
});

Deno.test("a live flow is preferred, a dead one is not; one that dies under the request leads to the other way", async () => {
  const world = new AgentWorld();
  const flow = world.inbound("ws");
  world.agent.send({ ...HELLO, uri: "sip:c1@x.invalid", flowId: flow.id }, world);
  assert.equal(flow.lines()[0], "MESSAGE sip:c1@x.invalid SIP/2.0");
  flow.close("gone");
  await Promise.resolve();
  assert.deepEqual(world.answers, ["unroutable"]);
  world.agent.send({ ...HELLO, flowId: flow.id }, world);
  assert.equal(world.sent("MESSAGE").at(-1)!.flow.remote.host, "192.0.2.7");
});

Deno.test("targets of our own domains go through our own bindings: their contact, path and flow", async () => {
  const gruu = "sip:bob@b.test;gr=urn:uuid:1";
  let flowId = 0;
  const world = new AgentWorld({
    ownTarget: (uri) => {
      if (uri.host !== "b.test") return null;
      return uri.text === gruu ? { uri: "sip:bob@192.0.2.77:5999", routes: [], flowId } : "offline";
    },
  });
  const flow = world.inbound("tcp");
  flowId = flow.id;
  world.agent.send({ ...HELLO, uri: gruu }, world);
  assert.equal(flow.lines()[0], "MESSAGE sip:bob@192.0.2.77:5999 SIP/2.0");
  flowId = 999;
  world.agent.send({ ...HELLO, uri: gruu }, world);
  assert.equal(world.sent("MESSAGE").at(-1)!.flow.remote.host, "192.0.2.77");
  world.agent.send({ ...HELLO, uri: "sip:carol@b.test" }, world);
  await Promise.resolve();
  assert.deepEqual(world.answers, ["unroutable"]);
});

Deno.test("a challenge is answered once, with the next number", () => {
  const world = new AgentWorld({ authorize: () => [["Authorization", 'Digest username="alice"']] });
  world.agent.send(HELLO, world);
  world.answer("MESSAGE", 401);
  const again = world.lastSent("MESSAGE");
  assert.equal(again.get("CSeq"), "2 MESSAGE");
  assert.equal(again.get("Authorization"), 'Digest username="alice"');
  world.answer("MESSAGE", 401);
  assert.deepEqual(world.answers, ["401"]);
});

Deno.test("inside a dialog: its tags, routes, numbers; the ACK of a 2xx", () => {
  const world = new AgentWorld();
  const invite = parseMessage(requestText("INVITE", {
    via: "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
    more: "Contact: <sip:alice@192.0.2.9:5070>\r\nRecord-Route: <sip:192.0.2.8;lr>\r\n",
  })) as SipRequest;
  const dialog = Dialog.uas(invite, "tb") as Dialog;
  world.agent.sendInDialog(dialog, { method: "INFO" }, world);
  const { message, flow } = world.sent("INFO")[0];
  assert.equal(flow.remote.host, "192.0.2.8");
  assert.equal((message as SipRequest).uri, "sip:alice@192.0.2.9:5070");
  assert.deepEqual([message.from.tag, message.to.tag, message.callId], ["tb", "a1", "c1@example.test"]);
  assert.equal(message.get("CSeq"), "1 INFO");
  assert.equal(world.agent.ack(dialog, 1, flow), true);
  const ack = parseMessage(flow.sent.at(-1)!) as SipRequest;
  assert.equal(ack.check(), null);
  assert.deepEqual([ack.method, ack.get("CSeq"), ack.get("Route")], ["ACK", "1 ACK", "<sip:192.0.2.8;lr>"]);
});

Deno.test("abandoned and cancelled requests try nothing else; too many at a time are refused", async () => {
  const world = new AgentWorld({ maxInFlight: 1 });
  world.locator.table.set("sip:b.test", [to("192.0.2.1", 1), to("192.0.2.2", 2)]);
  const first = world.agent.send({ ...HELLO, uri: "sip:b.test" }, world);
  world.agent.send(HELLO, world);
  await Promise.resolve();
  assert.deepEqual(world.answers, ["unroutable"]);
  first.abandon();
  world.time.advance(33_000);
  assert.deepEqual(world.answers, ["unroutable"]);
  assert.equal(new Set(world.sent("MESSAGE").map(({ flow }) => flow)).size, 1);
  world.agent.send(HELLO, world);
  world.answer("MESSAGE", 200);
  assert.equal(world.answers.at(-1), "200");
  assert.equal(world.metric("sip_agent_requests"), 0);
});

Deno.test("who gives a request up in the turn that it failed in hears nothing; a user that throws harms nobody", async () => {
  const errors: string[] = [];
  const world = new AgentWorld({ log: { ...silentLog, error: (message) => void errors.push(message) } });
  world.agent.send({ ...HELLO, uri: "sip:nowhere.test" }, world).abandon();
  const thrower = {
    onResponse() {},
    onFailure() {
      throw new Error("a mistake");
    },
  };
  world.agent.send({ ...HELLO, uri: "sip:nowhere.test" }, thrower);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(world.answers, []);
  assert.deepEqual(errors, ["the user of a request failed"]);
  assert.equal(world.metric("sip_agent_requests"), 0);
});
