import { type Locator, tryNameAddr, tryParseUri, type Uri } from "../../transport/sip/mod.ts";
import type { Exchange } from "./exchange.ts";

interface Peer {
  readonly nextHop: Uri;
  /** IP literals its server was last found at. */
  addresses: ReadonlySet<string>;
}

/**
 * The cores of other domains that are known by configuration (`[[peer]]`), until the gateway knows better. A request for a
 * sender of such a domain may come in from the address of that domain's next hop, or over TLS in the domain's name.
 */
export class Peers {
  readonly #peers = new Map<string, Peer>();
  readonly #locator: Locator;

  constructor(peers: ReadonlyMap<string, Uri>, locator: Locator) {
    this.#locator = locator;
    for (const [domain, nextHop] of peers) {
      const peer: Peer = { nextHop, addresses: new Set() };
      this.#peers.set(domain, peer);
      this.#find(peer);
    }
  }

  /** True where the sender's domain is a peer's and the request came from that peer (PRI-12: from nobody else). */
  admits(exchange: Exchange): boolean {
    const sender = tryNameAddr(exchange.request.get("From") ?? "");
    const uri = sender === null ? null : tryParseUri(sender.uriText);
    const peer = uri === null ? undefined : this.#peers.get(uri.host);
    if (peer === undefined) return false;
    const { flow } = exchange;
    if (flow.peerNames.some((name) => name.toLowerCase().replace(/^sips?:/, "") === uri!.host)) return true;
    // A name may point elsewhere by now; a numeric one is found inside the call.
    this.#find(peer);
    return peer.addresses.has(flow.remote.host);
  }

  #find(peer: Peer): void {
    this.#locator.locate(peer.nextHop, (destinations) => {
      if (destinations.length > 0) peer.addresses = new Set(destinations.map((destination) => destination.host));
    });
  }
}
