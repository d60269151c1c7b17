import { utf8 } from "../../../foundation/mod.ts";
import type { FakeTime } from "../../../foundation/testing.ts";
import type { Notification, Subscription } from "../event_package.ts";
import type { EventServerOptions } from "../events/notifier.ts";
import type { Flow } from "../flow.ts";
import { EventWorld, SipAnswer, TestPackage } from "./event_world.ts";
import { MemoryStates } from "./memory_states.ts";

/** A package whose subscriptions outlast a restart: it keeps what the subscriber was told last. For tests only. */
export class KeptPackage extends TestPackage {
  readonly resumed: string[] = [];
  readonly over: string[] = [];

  keep({ kept }: Subscription): unknown {
    return kept;
  }
  resume(subscription: Subscription, kept: unknown): void {
    subscription.kept = kept;
    this.resumed.push(`${subscription.id} ${subscription.watcher} ${kept}`);
  }
  delivered(subscription: Subscription): void {
    subscription.kept = this.state;
  }
  ended({ id }: Subscription): void {
    this.over.push(id);
  }
  override full(subscription: Subscription): Notification | null {
    return { contentType: subscription.accept[0], body: utf8(`full ${this.state}`) };
  }
}

/** An event server whose subscriptions are stored, in a log that the test commits. For tests only. */
export class DurableWorld extends EventWorld {
  readonly kept = new KeptPackage();
  readonly states: MemoryStates;
  readonly #options: Partial<EventServerOptions>;

  constructor(states = new MemoryStates(), time?: FakeTime, options: Partial<EventServerOptions> = {}) {
    super({ ...options, time, states });
    this.states = states;
    this.#options = options;
    this.server.register(this.kept);
  }

  /** A SUBSCRIBE that begins a subscription, stored and answered. */
  subscribed(parts: Parameters<EventWorld["request"]>[1] = {}, flow = this.flow("udp")): SipAnswer {
    const answer = this.arrives("SUBSCRIBE", parts, flow);
    this.states.commit();
    return answer()!;
  }

  /** Another box with what was stored here, after the same time; restored. */
  restarted(after_ms = 0, change: (world: DurableWorld) => void = () => {}): DurableWorld {
    this.time.advance(after_ms);
    const world = new DurableWorld(this.states.restarted(), this.time, this.#options);
    change(world);
    world.server.restore();
    return world;
  }
}

/** Devices that the test registers: by user and device, the flow that reaches them. For tests only. */
export class FakeDevices {
  readonly flows = new Map<string, number | null>();
  /** What the device on a flow is called. */
  readonly names = new Map<number, string>();

  deviceOf(_aor: string, flow: Flow): string {
    return this.names.get(flow.id) ?? "";
  }
  flowOf(aor: string, device: string): number | null {
    return this.flows.get(`${aor} ${device}`) ?? null;
  }
}
