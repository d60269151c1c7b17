import assert from "node:assert/strict";
import { systemClock } from "../../../foundation/mod.ts";
import { endpointText } from "../../net/mod.ts";
import { makeCertificate, NO_TLS } from "../../net/machine/mod.ts";
import { flowSuite, type Rig } from "./flow_suite.ts";
import { ipv6Missing, testWires } from "./testing.ts";
import { WebSocketFlow } from "./websocket_flow.ts";
import { SipDoor } from "./sip_door.ts";

const noIpv6 = ipv6Missing();
const authority = await makeCertificate(["Test authority"], systemClock, { authority: true });
const server = await makeCertificate(["example.test", "127.0.0.1"], systemClock, { issuer: authority });

async function rig(transport: "udp" | "tcp" | "tls", host: string, udp: "auto" | "plain"): Promise<Rig> {
  const tls = { ...NO_TLS, certificates: [server], authorities: authority.certificate, publicRoots: false };
  const a = testWires({ udp, tls });
  const b = testWires({ udp, tls });
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const door = await a.wires.listen(`${transport}://${bracketed}:0`);
  // A door of the client's own: connections of ours need one to be called back at.
  await b.wires.listen(`${transport}://${bracketed}:0`);
  if (udp === "auto") assert.deepEqual([...a.fallbacks, ...b.fallbacks], []);
  return {
    server: a,
    client: b,
    connect: () => b.wires.flowTo({ transport, host, port: door.local.port, tlsName: "example.test" })!,
    close: async () => {
      await Promise.all([b.close(), a.close()]);
    },
  };
}

async function webSocketRig(host: string): Promise<Rig> {
  const a = testWires();
  const b = testWires();
  const http = Deno.serve({ hostname: host, port: 0, onListen: () => {} }, (request, info) => {
    // Asked for before the upgrade: afterwards the runtime does not know it any more.
    const remote = { host: info.remoteAddr.hostname, port: info.remoteAddr.port };
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "sip" });
    a.wires.acceptWebSocket(socket, remote, { host, port: http.addr.port }, false);
    return response;
  });
  const to = { host, port: http.addr.port };
  return {
    server: a,
    client: b,
    connect: () => {
      const socket = new WebSocket(`ws://${endpointText(to)}/ws`, "sip");
      const door = new SipDoor("ws", { local: to, close: () => Promise.resolve() }, to, () => {});
      const flow = new WebSocketFlow(b.wires, door, socket, to, to, false, b.wires.admission.source(host));
      b.wires.opened(flow);
      return flow;
    },
    close: async () => {
      await Promise.all([b.close(), a.close()]);
      await http.shutdown();
    },
  };
}

for (const host of ["127.0.0.1", "::1"]) {
  const skip = host === "::1" ? noIpv6 : "";
  const family = host === "::1" ? "IPv6" : "IPv4";
  for (const udp of ["plain", "auto"] as const) {
    flowSuite({
      name: `udp ${udp === "auto" ? "batched" : "plain"} ${family}`,
      skip,
      datagrams: true,
      longest: 60_000,
      open: () => rig("udp", host, udp),
    });
  }
  flowSuite({ name: `tcp ${family}`, skip, longest: 65_000, open: () => rig("tcp", host, "plain") });
  flowSuite({ name: `tls ${family}`, skip, secure: true, longest: 65_000, open: () => rig("tls", host, "plain") });
}
flowSuite({ name: "websocket", skip: "", longest: 65_000, open: () => webSocketRig("127.0.0.1") });
