import type { TLSSocket } from "node:tls";

/** What the runtime has under a socket. */
interface Handle {
  readStart(): number;
  readStop(): number;
}

/**
 * Makes `pause`, and every pipe, stop a TLS connection for real. The runtime (Deno 2.9.5) stops handing octets up, but goes on
 * reading and decrypting into memory without bound; here the TCP handle below is stopped and started along with it. To be
 * called when the handshake is done. Reaches into the handles, as there is no other way: where they look different nothing is
 * changed, and the tests that fill a paused TLS connection fail.
 */
export function repairPause(socket: TLSSocket): void {
  const handle = (socket as unknown as { _handle?: Handle & { _parent?: Partial<Handle> } })._handle;
  const below = handle?._parent;
  if (handle === undefined || typeof below?.readStop !== "function" || typeof below.readStart !== "function") return;
  const { readStart, readStop } = handle;
  handle.readStop = () => {
    below.readStop!();
    return readStop.call(handle);
  };
  handle.readStart = () => {
    const result = readStart.call(handle);
    below.readStart!();
    return result;
  };
}
