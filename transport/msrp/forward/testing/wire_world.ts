import { setImmediate } from "node:timers";
import { Metrics, silentLog } from "../../../../foundation/mod.ts";
import { FakeTime } from "../../../../foundation/testing.ts";
import type { Endpoint } from "../../../net/mod.ts";
import type { MsrpTransport } from "../../connection.ts";
import type { Dialer, Duplex } from "../../duplex.ts";
import { MemoryDuplex, type MemoryDuplexOptions } from "../../memory_duplex.ts";
import { Switchboard, type SwitchboardLimits } from "../../switchboard.ts";
import { WirePeer } from "./wire_peer.ts";

export type Look = Pick<MemoryDuplexOptions, "peerNames" | "hasFingerprint" | "piece" | "transport">;

/** Switchboards and raw peers on one memory network, addressed by host. Time stands still until told. For tests only. */
export class WireWorld implements Dialer {
  readonly time = new FakeTime();
  /** Connections that the boxes made, by host. */
  readonly dialled: { transport: MsrpTransport; to: Endpoint; name: string; peer: WirePeer | null }[] = [];
  /** How a box looks to the box it dials; by the name of the dialled one. */
  looks: Record<string, Look> = {};
  readonly #lines: { host: string; duplex: Duplex }[] = [];
  readonly #boxes = new Map<string, Switchboard>();
  readonly #refuse = new Set<string>();

  box(host: string, limits?: Partial<SwitchboardLimits>): Switchboard {
    const { time } = this;
    const box = new Switchboard({
      clock: time,
      timers: time.timers,
      log: silentLog,
      metrics: new Metrics(),
      dialer: this,
      doors: [
        { transport: "tcp", advertised: { host, port: 2855 } },
        { transport: "tls", advertised: { host, port: 2856 } },
      ],
      limits,
    });
    this.#boxes.set(host, box);
    return box;
  }

  /** A raw peer that connects to a box. */
  connect(box: Switchboard, look: Look = {}): WirePeer {
    const [here, there] = MemoryDuplex.pair(
      { host: "192.0.2.1", port: 40_000 },
      { host: "192.0.2.9", port: 2855 },
      { hasFingerprint: () => false, transport: "tcp", ...look },
    );
    const peer = new WirePeer(here);
    box.accept(there);
    return peer;
  }

  refuse(host: string): void {
    this.#refuse.add(host);
  }

  dial(transport: MsrpTransport, to: Endpoint, name: string): Duplex | null {
    if (this.#refuse.has(to.host)) return null;
    const look = this.looks[to.host] ?? {};
    const [here, there] = MemoryDuplex.pair({ host: "192.0.2.9", port: 50_000 }, to, {
      transport,
      hasFingerprint: () => false,
      ...look,
    });
    this.#lines.push({ host: to.host, duplex: here });
    const box = this.#boxes.get(to.host);
    if (box !== undefined) {
      box.accept(there);
      this.dialled.push({ transport, to, name, peer: null });
    } else this.dialled.push({ transport, to, name, peer: new WirePeer(there) });
    return here;
  }

  /** The raw peer that was dialled at that host, the last one. */
  reached(host: string): WirePeer {
    const found = this.dialled.findLast(({ to }) => to.host === host)?.peer;
    if (found === undefined || found === null) throw new Error(`nobody dialled "${host}"`);
    return found;
  }

  /** What boxes dialled to that host. */
  lines(host: string): Duplex[] {
    return this.#lines.filter((line) => line.host === host).map(({ duplex }) => duplex);
  }

  /** Lets everything that is on its way arrive: all of it is memory, which turns of the event loop move. */
  async settle(rounds = 6): Promise<void> {
    for (let i = 0; i < rounds; i++) await new Promise<void>((resolve) => setImmediate(() => resolve()));
  }

  /** Lets time pass and what it starts arrive. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      this.time.advance(Math.min(1000, left));
      await this.settle(1);
    }
    await this.settle();
  }
}
