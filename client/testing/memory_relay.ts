import { Metrics, silentLog } from "../../foundation/mod.ts";
import { Relay, type RelayLimits } from "../../transport/msrp/relay/mod.ts";
import { ha1 } from "../../transport/sip/mod.ts";
import { nodeHash } from "../../transport/sip/digest/node_hash.ts";
import type { Device, MemoryNetwork } from "./memory_network.ts";

/** A relay (RFC 4976) on the wire of a memory network, for the accounts of all its devices. For tests only. */
export class MemoryRelay {
  readonly device: Device;
  readonly relay: Relay;
  /** For `DeviceOptions.relay`. */
  readonly uri: string;
  /** Who may use it: none of those in here. */
  readonly barred = new Set<string>();

  constructor(network: MemoryNetwork, host: string, limits: Partial<RelayLimits> = {}) {
    this.device = network.device(host, { door: true });
    this.uri = `msrp://${host}:2855;tcp`;
    this.relay = new Relay({
      node: this.device.board,
      clock: network.time,
      timers: network.time.timers,
      metrics: new Metrics(),
      log: silentLog,
      hash: nodeHash,
      accounts: {
        realms: [host],
        ha1: (username, realm, algorithm) =>
          this.barred.has(username) ? null : ha1(nodeHash, algorithm, username, realm, `pw-${username}`),
        mayRelay: () => true,
      },
      lockOut: { locked: () => 0, failed: () => 0, passed: () => {} },
      requireTls: false,
      limits,
    });
    this.device.board.doorman = this.relay;
  }
}
