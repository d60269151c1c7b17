import assert from "node:assert/strict";
import { responseTo, World } from "./testing/transaction_world.ts";

const BIG = new Uint8Array(1400).fill(97);

/** The times, in ms after the first, at which the flow got the request again. */
function resendTimes(world: World, sent: () => number, until: number): number[] {
  const times: number[] = [];
  let known = sent();
  for (let at = 100; at <= until; at += 100) {
    world.time.advance(100);
    for (; known < sent(); known++) times.push(at);
  }
  return times;
}

Deno.test("timer E: a request on UDP goes again after 0.5, 1, 2 s and then every 4 s, until timer F says timeout at 32 s", () => {
  const world = new World();
  const flow = world.flow();
  const transaction = world.start("MESSAGE", flow);
  const times = resendTimes(world, () => flow.sent.length, 40_000);
  assert.deepEqual(times, [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
  assert.deepEqual(world.core.failures, ["timeout"]);
  assert.equal(transaction.pending, false);
  assert.equal(world.layer.clientCount, 0);
  assert.ok(flow.sent.every((head) => head === flow.sent[0]), "each time the same octets");
  assert.equal(world.metric(`sip_retransmissions_total{kind="request"}`), 10);
});

Deno.test("timer F at 32 s also over TCP, where nothing is sent twice", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.start("MESSAGE", flow);
  world.time.advance(31_900);
  assert.deepEqual(world.core.failures, []);
  world.time.advance(200);
  assert.deepEqual(world.core.failures, ["timeout"]);
  assert.equal(flow.sent.length, 1);
  assert.equal(flow.watchers, 0);
});

Deno.test("Proceeding: after a 1xx the request still goes again on UDP, at intervals of T2", () => {
  const world = new World();
  const flow = world.flow();
  world.start("MESSAGE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 100));
  const times = resendTimes(world, () => flow.sent.length, 13_000);
  assert.deepEqual(times, [500, 4500, 8500, 12500]);
  assert.deepEqual(world.core.statuses, [100]);
  world.time.advance(20_000);
  assert.deepEqual(world.core.failures, ["timeout"]);
});

Deno.test("Completed: the final response goes up once, its repetitions are absorbed for T4 on UDP, then they are strays", () => {
  const world = new World();
  const flow = world.flow();
  const transaction = world.start("MESSAGE", flow);
  const ok = responseTo(flow.last(), 200);
  world.wires.receive(flow, ok);
  world.wires.receive(flow, ok);
  assert.deepEqual(world.core.statuses, [200]);
  assert.equal(transaction.pending, false);
  world.time.advance(4_900);
  world.wires.receive(flow, ok);
  assert.equal(world.core.strays.length, 0);
  world.time.advance(200);
  assert.equal(world.layer.clientCount, 0);
  world.wires.receive(flow, ok);
  assert.equal(world.core.strays.length, 1);
  assert.equal(flow.sent.length, 1, "nothing is sent again after the final response");
});

Deno.test("timer K is zero on TCP: the transaction is gone with its final response", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.start("MESSAGE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 404));
  assert.deepEqual(world.core.statuses, [404]);
  assert.equal(world.layer.clientCount, 0);
  assert.equal(flow.watchers, 0);
});

Deno.test("each of the classes 2xx to 6xx is final for a non-INVITE", () => {
  for (const status of [200, 302, 404, 503, 604]) {
    const world = new World();
    const flow = world.flow();
    world.start("MESSAGE", flow);
    world.wires.receive(flow, responseTo(flow.last(), status));
    world.time.advance(40_000);
    assert.deepEqual(world.core.statuses, [status]);
    assert.deepEqual(world.core.failures, []);
    assert.equal(world.layer.clientCount, 0);
  }
});

Deno.test("a flow that closes fails its transactions with transport, after the call that closed it", async () => {
  const world = new World();
  const flow = world.flow("tcp");
  const other = world.start("MESSAGE", world.flow("tcp", "192.0.2.10"));
  world.start("MESSAGE", flow);
  world.start("MESSAGE", flow);
  flow.close("reset by peer");
  assert.deepEqual(world.core.failures, []);
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport", "transport"]);
  assert.equal(other.pending, true);
  assert.equal(world.layer.clientCount, 1);
});

Deno.test("a send that is refused fails the transaction, never inside request()", async () => {
  const world = new World();
  const flow = world.flow("tcp");
  flow.full = true;
  const transaction = world.start("MESSAGE", flow);
  assert.equal(transaction.pending, true);
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"]);
  assert.equal(transaction.pending, false);
  assert.equal(world.layer.clientCount, 0);
});

Deno.test("a request on a flow that is dead already fails the same way, and starts no timers", async () => {
  const world = new World();
  const flow = world.flow("tcp");
  flow.close("gone");
  world.start("INVITE", flow);
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"]);
  assert.equal(world.time.timers.size, 0);
  world.time.advance(200_000);
  assert.deepEqual(world.core.failures, ["transport"]);
});

Deno.test("an abandoned transaction hands nothing up, and still ends", async () => {
  const world = new World();
  const flow = world.flow();
  world.start("MESSAGE", flow).abandon();
  const failing = world.start("MESSAGE", world.flow("tcp"));
  failing.abandon();
  world.flow("tcp").close("gone");
  await Promise.resolve();
  world.wires.receive(flow, responseTo(flow.last(), 200));
  world.time.advance(6_000);
  assert.deepEqual(world.core.statuses, []);
  assert.deepEqual(world.core.failures, []);
  assert.equal(world.layer.clientCount, 0);
});

Deno.test("a user that throws is reported and disturbs nobody else", () => {
  const world = new World();
  const flow = world.flow();
  const branch = world.layer.newBranch();
  const head =
    `MESSAGE sip:b@example.test SIP/2.0\r\nVia: ${world.layer.viaFor(flow, branch)}\r\nFrom: <sip:a@x.test>;tag=1\r\n` +
    `To: <sip:b@example.test>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n`;
  world.layer.request(flow, branch, "MESSAGE", head, new Uint8Array(0), {
    onResponse() {
      throw new Error("a defect of the core");
    },
    onFailure() {},
  });
  world.wires.receive(flow, responseTo(flow.last(), 200));
  world.start("MESSAGE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 202));
  assert.deepEqual(world.core.statuses, [202]);
});

Deno.test("above the cap a request fails with transport and nothing is sent", async () => {
  const world = new World({ limits: { client: 1 } });
  const flow = world.flow();
  world.start("MESSAGE", flow);
  const second = world.start("MESSAGE", flow);
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"]);
  assert.equal(second.pending, false);
  assert.equal(flow.sent.length, 1);
  assert.equal(world.metric(`sip_client_failures_total{why="overload"}`), 1);
});

Deno.test("a response matches by branch and CSeq method (§17.1.3)", () => {
  const world = new World();
  const flow = world.flow();
  world.start("MESSAGE", flow);
  const ok = responseTo(flow.last(), 200);
  world.wires.receive(flow, ok.replace("1 MESSAGE", "1 OPTIONS"));
  world.wires.receive(flow, ok.replace(/branch=z9hG4bK/, "branch=z9hG4bKx"));
  assert.deepEqual(world.core.statuses, []);
  assert.equal(world.core.strays.length, 2);
  world.wires.receive(flow, ok);
  assert.deepEqual(world.core.statuses, [200]);
});

Deno.test("§18.1.1: above 1300 octets UDP gives way to TCP, where there is a TCP door", () => {
  const world = new World();
  const destination = { transport: "udp", host: "192.0.2.9", port: 5060, tlsName: "" } as const;
  assert.equal(world.layer.flowForSize(destination, 1300)?.transport, "udp");
  assert.equal(world.layer.flowForSize(destination, 1301)?.transport, "tcp");
  assert.equal(world.layer.flowForSize({ ...destination, transport: "tls" }, 9000)?.transport, "tls");
  world.wires.transports = ["udp"];
  for (const flow of world.wires.flows) flow.close("door closed");
  assert.equal(world.layer.flowForSize(destination, 9000)?.transport, "udp");
});

Deno.test("§18.1.1: where TCP is refused the large request goes by UDP, with UDP in its Via, and the next ones at once", async () => {
  const world = new World();
  world.wires.connecting = true;
  const destination = { transport: "udp", host: "192.0.2.9", port: 5060, tlsName: "" } as const;
  const tcp = world.layer.flowForSize(destination, 2000)!;
  const transaction = world.start("MESSAGE", world.flow("tcp"), BIG, destination);
  const other = world.start("MESSAGE", world.flow("tcp"), BIG, { ...destination, transport: "tcp" });
  assert.equal(transaction.flow, tcp);
  world.flow("tcp").close("connection refused");
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"], "only the one that never was meant for UDP");
  assert.equal(other.pending, false);
  const udp = world.flow("udp");
  assert.equal(transaction.flow, udp);
  const via = udp.last().via;
  assert.equal(via.transport, "UDP");
  assert.equal(via.branch, transaction.branch);
  assert.deepEqual(udp.bodies[0], BIG);
  world.time.advance(600);
  assert.equal(udp.sent.length, 2, "timer E runs");
  world.wires.receive(udp, responseTo(udp.last(), 200));
  assert.deepEqual(world.core.statuses, [200]);
  assert.equal(world.layer.flowForSize(destination, 2000)?.transport, "udp");
  world.time.advance(301_000);
  assert.equal(world.layer.flowForSize(destination, 2000)?.transport, "tcp");
});

Deno.test("a request that in the end is far shorter than was expected when TCP was chosen goes back to UDP like any other", () => {
  const world = new World();
  world.wires.connecting = true;
  const destination = { transport: "udp", host: "192.0.2.9", port: 5060, tlsName: "" } as const;
  assert.equal(world.layer.flowForSize(destination, 1301), world.flow("tcp"));
  world.start("MESSAGE", world.flow("tcp"), new Uint8Array(0), destination);
  world.flow("tcp").close("connection refused");
  assert.deepEqual(world.core.failures, []);
  const udp = world.flow("udp");
  world.wires.receive(udp, responseTo(udp.last(), 200));
  assert.deepEqual(world.core.statuses, [200]);
});

Deno.test("a connection that was made and then broke is no refusal: the request fails", async () => {
  const world = new World();
  world.wires.connecting = true;
  const destination = { transport: "udp", host: "192.0.2.9", port: 5060, tlsName: "" } as const;
  world.layer.flowForSize(destination, 2000);
  const tcp = world.flow("tcp");
  world.start("MESSAGE", tcp, BIG, destination);
  tcp.established = true;
  tcp.close("reset by peer");
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"]);
});
