import type { Endpoint } from "../../net/mod.ts";
import type { Dialog } from "../dialog.ts";
import type { Flow } from "../flow.ts";
import { tryParseUri } from "../uri.ts";
import type { Wires } from "../wires.ts";
import { preferredFlow } from "./contact_flow.ts";

/** Whoever knows the registered devices of users, in texts and numbers. */
export interface SubscriberDevices {
  /**
   * What the registered device of that user is known by which a request came from over this flow: the same text when it has come back
   * over another connection, or after a restart. "" where it is none, or cannot be told from others.
   */
  deviceOf(aor: string, flow: Flow): string;
  /**
   * The id of the flow that reaches it now; 0: it is registered, and reached by its Contact; null: it is not there, or not before it
   * makes a connection again.
   */
  flowOf(aor: string, device: string): number | null;
}

/** How a subscriber is reached, where routes and its Contact alone do not say it. */
export interface SubscriptionWay {
  /** The flow to prefer; 0: none, or none in this boot. */
  readonly flowId: number;
  /** Only a connection that its device makes reaches it: WebSocket (RFC 7118), outbound (RFC 5626). */
  readonly flowOnly: boolean;
  /** Where its datagrams come from, where its Contact says something else (a NAT). */
  readonly source: Endpoint | null;
  /** As `SubscriberDevices.deviceOf` says. */
  readonly device: string;
}

/** Routes, or the Contact, lead there by themselves. */
export const DIRECT: SubscriptionWay = { flowId: 0, flowOnly: false, source: null, device: "" };

/** The ways to the subscribers. */
export class SubscriptionWays {
  readonly #wires: Wires;
  readonly #devices: SubscriberDevices | null;

  constructor(wires: Wires, devices: SubscriberDevices | null) {
    this.#wires = wires;
    this.#devices = devices;
  }

  /** That of a SUBSCRIBE which came over this flow. */
  of(dialog: Dialog, flow: Flow, watcher: string): SubscriptionWay {
    if (dialog.routeSet.length > 0) return DIRECT;
    const flowId = preferredFlow(dialog, flow);
    const target = tryParseUri(dialog.remoteTarget);
    const isGruu = target !== null && target.params.has("gr");
    if (flowId === 0 && !isGruu) return DIRECT;
    const flowOnly = flowId !== 0 && target !== null &&
      (target.host.endsWith(".invalid") || target.params.has("ob") || flow.transport === "ws" ||
        flow.transport === "wss");
    return {
      flowId,
      flowOnly,
      source: flow.transport === "udp" && flowId !== 0 ? flow.remote : null,
      device: this.#devices?.deviceOf(watcher, flow) ?? "",
    };
  }

  /** The way on which to go now: the same one, or with another flow; null where there is none until the device is back. */
  now(way: SubscriptionWay, watcher: string): SubscriptionWay | null {
    if (way === DIRECT) return way;
    const flow = way.flowId === 0 ? null : this.#wires.flow(way.flowId);
    if (flow !== null && flow.open) {
      if (way.device !== "" || this.#devices === null) return way;
      // Some subscribe first, and register then.
      const device = this.#devices.deviceOf(watcher, flow);
      return device === "" ? way : { ...way, device };
    }
    const flowId = this.#another(way, watcher);
    if (flowId === null) return null;
    return flowId === way.flowId ? way : { ...way, flowId };
  }

  /** The flow that a way prefers; null for none. */
  flowOf({ flowId }: SubscriptionWay): Flow | null {
    return flowId === 0 ? null : this.#wires.flow(flowId);
  }

  /**
   * True where a request failed that went over `tried` (null: over none) because its device is not there at the moment: it waits for
   * the device then.
   */
  isAway(way: SubscriptionWay, watcher: string, tried: Flow | null): boolean {
    if (way.device === "" || (tried !== null && tried.open && tried.id === way.flowId)) return false;
    const flowId = this.#devices?.flowOf(watcher, way.device) ?? null;
    // It may not have been noticed yet that the connection of its registration is gone.
    return flowId === null || (flowId !== 0 && !this.#isOpen(flowId));
  }

  #isOpen(flowId: number): boolean {
    return flowId !== 0 && this.#wires.flow(flowId)?.open === true;
  }

  #another({ source, device, flowOnly }: SubscriptionWay, watcher: string): number | null {
    if (source !== null) {
      const { host, port } = source;
      return this.#wires.flowTo({ transport: "udp", host, port, tlsName: "" })?.id ?? 0;
    }
    if (device === "") return 0;
    const flowId = this.#devices?.flowOf(watcher, device) ?? 0;
    return flowId === 0 && flowOnly ? null : flowId;
  }
}
