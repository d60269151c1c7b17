import assert from "node:assert/strict";
import { DenoDnsWire, systemDnsServers, systemHosts } from "./deno_resolver.ts";

const QUERY = Uint8Array.of(1, 2, 3);

/** A loopback DNS server's sockets on one port, UDP and TCP, that answer a query with what they are told to. */
function sockets() {
  const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = { host: "127.0.0.1", port: tcp.addr.port };
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: server.port });
  return {
    tcp,
    udp,
    server,
    [Symbol.dispose]: () => {
      tcp.close();
      udp.close();
    },
  };
}

Deno.test("over UDP: several replies of the server, none of others, a port of its own for each query", async () => {
  using open = sockets();
  const { udp, server } = open;
  const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const replies: number[] = [];
  const second = Promise.withResolvers<void>();
  const exchange = new DenoDnsWire().ask(server, QUERY, false, (reply) => {
    replies.push(reply[0]);
    if (replies.length === 2) second.resolve();
  }, (reason) => second.reject(new Error(reason)));
  const [query, from] = await udp.receive();
  assert.deepEqual(query, QUERY);
  await other.send(Uint8Array.of(66), from);
  await udp.send(Uint8Array.of(7), from);
  await udp.send(Uint8Array.of(8), from);
  await second.promise;
  assert.deepEqual(replies, [7, 8]);
  exchange.close();
  exchange.close();
  const again = new DenoDnsWire().ask(server, QUERY, false, () => {}, () => {});
  const [, port] = await udp.receive();
  assert.notEqual((port as Deno.NetAddr).port, (from as Deno.NetAddr).port);
  again.close();
  other.close();
});

Deno.test("over TCP: length before the message, in pieces; a close before the reply is an error", async () => {
  using open = sockets();
  const { tcp, server } = open;
  const asked = (): Promise<string> =>
    new Promise((resolve) => {
      const exchange = new DenoDnsWire().ask(server, QUERY, true, (reply) => {
        exchange.close();
        resolve(reply.join());
      }, resolve);
    });
  const answer = asked();
  const connection = await tcp.accept();
  const buffer = new Uint8Array(10);
  const size = await connection.read(buffer);
  assert.deepEqual(buffer.subarray(0, size!), Uint8Array.of(0, 3, 1, 2, 3));
  for (const octet of [0, 2, 9, 8]) await connection.write(Uint8Array.of(octet));
  assert.equal(await answer, "9,8");
  connection.close();
  const none = asked();
  (await tcp.accept()).close();
  assert.match(await none, /closed|reset/i);
});

Deno.test("no server there: an error, not a wait", async () => {
  const { port } = (() => {
    using open = sockets();
    return open.server;
  })();
  const reason = await new Promise((resolve) =>
    new DenoDnsWire().ask({ host: "127.0.0.1", port }, QUERY, true, () => resolve("reply"), resolve)
  );
  assert.match(String(reason), /refused/i);
});

Deno.test("a machine without the files has no servers and no names", () => {
  assert.deepEqual(systemDnsServers("/nonexistent/resolv.conf"), []);
  assert.equal(systemHosts("/nonexistent/hosts").size, 0);
});
