import type { Endpoint } from "../../net/mod.ts";
import type { Flow, FlowWatcher, TransportName } from "../flow.ts";
import type { Door, FlowBasis, FlowContext } from "./flow_context.ts";
import type { FlowMeters } from "./flow_meters.ts";

/** What every flow has: a number, two ends, watchers, one death. */
export abstract class BaseFlow<Context extends FlowBasis = FlowContext> implements Flow {
  readonly id: number;
  readonly transport: TransportName;
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly inbound: boolean;
  readonly remote: Endpoint;
  readonly door: Door;
  open = true;
  protected readonly context: Context;
  protected readonly meters: FlowMeters;
  #watchers: Set<FlowWatcher> | null = null;
  #reason = "";

  constructor(context: Context, door: Door, remote: Endpoint, inbound: boolean) {
    this.id = context.nextId();
    this.context = context;
    this.door = door;
    this.transport = door.transport;
    this.reliable = door.transport !== "udp";
    this.secure = door.transport === "tls" || door.transport === "wss";
    this.remote = remote;
    this.inbound = inbound;
    this.meters = context.meters(door.transport);
  }

  get local(): Endpoint {
    return this.door.local;
  }

  get peerNames(): readonly string[] {
    return NO_NAMES;
  }

  abstract send(head: string, body: Uint8Array): boolean;
  abstract close(reason: string): void;

  watch(watcher: FlowWatcher): void {
    if (!this.open) {
      this.#tell(watcher);
      return;
    }
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
  }

  unwatch(watcher: FlowWatcher): void {
    this.#watchers?.delete(watcher);
  }

  /** True while somebody wants to hear of its death. */
  get watched(): boolean {
    return this.#watchers !== null && this.#watchers.size > 0;
  }

  /** Ends the flow for all who know it, once; false when it had ended before. */
  protected die(reason: string): boolean {
    if (!this.open) return false;
    this.open = false;
    this.#reason = reason;
    this.context.closed(this);
    const watchers = this.#watchers;
    this.#watchers = null;
    if (watchers !== null) { for (const watcher of watchers) this.#tell(watcher); }
    return true;
  }

  /** A message was queued: it counts as sent. */
  protected queued(head: string, body: Uint8Array): void {
    this.meters.sent.value++;
    const { trace } = this.context;
    if (trace !== null) trace.push(false, this, head, body.length);
  }

  /** Hands a message up. What the handler throws is a defect of ours: it is logged and ends nothing else. */
  protected handUp(head: string, body: Uint8Array): void {
    this.meters.received.value++;
    const { trace } = this.context;
    if (trace !== null) trace.push(true, this, head, body.length);
    try {
      this.context.handler.onMessage(this, head, body);
    } catch (error) {
      this.defect("onMessage", error);
    }
  }

  protected handUpGarbage(reason: string): void {
    this.meters.garbage.add();
    try {
      this.context.handler.onGarbage(this, reason);
    } catch (error) {
      this.defect("onGarbage", error);
    }
  }

  protected handUpRefused(head: string, status: 400 | 413 | 513, reason: string): void {
    this.context.trace?.push(true, this, head, 0);
    try {
      this.context.handler.onRefused(this, head, status, reason);
    } catch (error) {
      this.defect("onRefused", error);
    }
  }

  protected defect(where: string, error: unknown): void {
    this.meters.defects.add();
    this.context.log.error("handler of a flow failed", {
      where,
      transport: this.transport,
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    });
  }

  #tell(watcher: FlowWatcher): void {
    try {
      watcher.onFlowClosed(this, this.#reason);
    } catch (error) {
      this.defect("onFlowClosed", error);
    }
  }
}

const NO_NAMES: readonly string[] = [];
