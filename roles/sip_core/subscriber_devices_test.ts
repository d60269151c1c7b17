import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { FakeFlow, FakeWires } from "../../transport/sip/testing/fake_wires.ts";
import type { Binding } from "./location.ts";
import { deviceName, subscriberDevices } from "./subscriber_devices.ts";

const ALICE = "sip:alice@a.test";

function setUp() {
  const wires = new FakeWires(new FakeTime());
  const bindings: Binding[] = [];
  const devices = subscriberDevices({ location: { bindings: () => bindings }, wires });
  const flow = (transport: "udp" | "tcp" | "ws", port: number) => {
    const made = new FakeFlow(wires, wires.flows.length + 1, transport, wires.address, { host: "192.0.2.9", port });
    wires.flows.push(made);
    return made;
  };
  const register = (over: FakeFlow, parts: Partial<Binding> = {}) => {
    const binding: Binding = {
      contact: "sip:a1@192.0.2.9:5060",
      params: "",
      q: 1,
      instance: "",
      regId: 0,
      path: [],
      callId: "c",
      cseq: 1,
      expiresAt: 1e15,
      registeredAt: 0,
      flowId: over.id,
      flowOnly: over.transport === "ws",
      source: over.remote,
      transport: over.transport,
      userAgent: "",
      accessNetwork: "",
      ...parts,
    };
    bindings.push(binding);
    return binding;
  };
  return { bindings, devices, flow, register };
}

Deno.test("a device is known by its instance, else by its Contact's user part and host, from the flow or the place it comes from", () => {
  const { devices, flow, register } = setUp();
  const phone = flow("ws", 4000), desk = flow("udp", 5060), stranger = flow("tcp", 9999);
  register(phone, { instance: "<urn:uuid:1>", contact: "sip:x@abc.invalid;transport=ws" });
  register(desk);
  assert.deepEqual([phone, desk, stranger].map((one) => devices.deviceOf(ALICE, one)), [
    "i<urn:uuid:1>",
    "ca1@192.0.2.9",
    "",
  ]);
  const again = flow("udp", 5060);
  assert.equal(devices.deviceOf(ALICE, again), "ca1@192.0.2.9", "a UDP flow that was forgotten and made anew");
  assert.equal(deviceName(register(flow("tcp", 1), { contact: "sip:192.0.2.9" })), "");
  register(phone, { contact: "sip:other@abc.invalid" });
  assert.equal(devices.deviceOf(ALICE, phone), "", "two devices over one connection");
});

Deno.test("where it is reached now: its flow; by its Contact over UDP; nowhere while its connection is gone", () => {
  const { bindings, devices, flow, register } = setUp();
  const ws = flow("ws", 4000), tcp = flow("tcp", 4001), udp = flow("udp", 5060);
  register(ws, { instance: "w" });
  register(tcp, { instance: "t", contact: "sip:a@192.0.2.9:5080;transport=tcp" });
  register(udp, { instance: "u" });
  register(flow("udp", 6000), { instance: "nat", contact: "sip:a@10.0.0.1" });
  register(udp, { instance: "edge", path: ["<sip:edge;lr>"] });
  const where = () => ["iw", "it", "iu", "inat", "iedge", "inobody"].map((name) => devices.flowOf(ALICE, name));
  assert.deepEqual(where(), [ws.id, tcp.id, 0, 4, 0, null]);
  ws.close("gone");
  tcp.close("gone");
  assert.deepEqual(where(), [null, null, 0, 4, 0, null]);
  const other = flow("ws", 4002);
  register(other, { instance: "w", regId: 2 });
  assert.equal(devices.flowOf(ALICE, "iw"), other.id, "the other flow of the same device (RFC 5626)");
  bindings.length = 0;
  assert.deepEqual(where(), [null, null, null, null, null, null]);
});

Deno.test("phones of one user that all name themselves after him are told apart by where they are", () => {
  const { bindings, devices, flow, register } = setUp();
  const one = flow("tcp", 4001), other = flow("tcp", 4002);
  register(one, { contact: "sip:alice@10.0.0.1:50001;transport=tcp", flowOnly: true });
  register(other, { contact: "sip:alice@10.0.0.2:50002;transport=tcp", flowOnly: true });
  const device = devices.deviceOf(ALICE, one);
  assert.equal(devices.flowOf(ALICE, device), one.id);
  one.close("gone");
  bindings.shift();
  assert.equal(devices.flowOf(ALICE, device), null, "the other one is not it");
  const again = flow("tcp", 4003);
  const back = register(again, { contact: "sip:alice@10.0.0.1:50009;transport=tcp", flowOnly: true });
  assert.deepEqual([devices.flowOf(ALICE, device), deviceName(back)], [again.id, device]);
});
