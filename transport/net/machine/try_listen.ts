import type { Endpoint } from "../address.ts";

/** Whether an address could be bound right now: null, or the system's reason. Nothing stays open. */
export function tryListen(kind: "udp" | "tcp", { host, port }: Endpoint): string | null {
  try {
    if (kind === "udp") Deno.listenDatagram({ transport: "udp", hostname: host, port }).close();
    else Deno.listen({ hostname: host, port }).close();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
