/** The floor of the bench: the same runtime sends back what comes, over UDP and TCP, and does nothing else. */
const port = Number(Deno.args[0]);
/** Octets of a pending read of a connection. */
const size = Number(Deno.args[1] ?? 65_536);
const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
const tcp = Deno.listen({ hostname: "127.0.0.1", port });

async function echoDatagrams(): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (true) {
    const [bytes, from] = await udp.receive(buffer);
    await udp.send(bytes, from);
  }
}

async function echoStream(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(size);
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    for (let at = 0; at < read;) at += await connection.write(buffer.subarray(at, read));
  }
}

echoDatagrams();
console.log("echo ready");
for await (const connection of tcp) echoStream(connection);
