import { utf8 } from "../../../foundation/mod.ts";
import type { FakeTime } from "../../../foundation/testing.ts";
import { silentLog } from "../../../foundation/mod.ts";
import type { Admission, EventPackage, Notification, Subscription } from "../event_package.ts";
import { EventServer, type EventServerOptions } from "../events/notifier.ts";
import type { SipRequest } from "../message.ts";
import type { UserAgentOptions } from "../user_agent.ts";
import { AgentWorld } from "./agent_world.ts";
import type { FakeFlow } from "./fake_wires.ts";

/** A package whose state is a text that the test sets. For tests only. */
export class TestPackage implements EventPackage {
  readonly name: string = "presence";
  readonly contentTypes: readonly string[] = ["application/pidf+xml", "text/plain"];
  readonly expires = { default: 3600, min: 60, max: 7200 };
  state = "closed";
  admission: Admission = { state: "active" };
  readonly admitted: string[] = [];

  admit(resource: string, watcher: string): Admission {
    this.admitted.push(`${watcher} → ${resource}`);
    return this.admission;
  }
  full(subscription: Subscription): Notification | null {
    return { contentType: subscription.accept[0], body: utf8(`full ${this.state} ${subscription.sent}`) };
  }
}

/** A package that sends differences. */
export class PartialPackage extends TestPackage {
  override readonly name = "reg";
  partial(subscription: Subscription): Notification | null {
    if (this.state === "same") return null;
    return { contentType: subscription.accept[0], body: utf8(`partial ${this.state} ${subscription.sent}`) };
  }
}

interface SubscribeParts {
  readonly uri?: string;
  readonly event?: string;
  readonly expires?: number | null;
  readonly more?: string;
  readonly contact?: string;
  readonly callId?: string;
  readonly toTag?: string;
  readonly cseq?: number;
  readonly body?: string;
}

/** An event server over fake wires, and a subscriber's hand to write to it. For tests only. */
export class EventWorld extends AgentWorld {
  readonly server: EventServer;
  readonly presence = new TestPackage();
  readonly reg = new PartialPackage();
  identity: { readonly aor: string } | null = { aor: "sip:watcher@a.test" };
  resource = "sip:bob@b.test";
  #branch = 0;

  constructor(
    options: { time?: FakeTime; host?: string } & Partial<EventServerOptions> & Partial<UserAgentOptions> = {},
  ) {
    super(options);
    const { agent, time, metrics } = this;
    this.server = new EventServer({ log: silentLog, metrics, ...options, agent, clock: time, timers: time.timers });
    this.server.register(this.presence);
    this.server.register(this.reg);
    this.core.answer = (transaction) => {
      if (transaction.request.method === "PUBLISH") {
        this.server.handlePublish(transaction, this.identity, this.resource);
      } else this.server.handleSubscribe(transaction, this.identity, this.resource);
    };
  }

  /** A request from the other side arrives; gives the answer's status and headers. */
  request(method: string, parts: SubscribeParts = {}, flow: FakeFlow = this.flow("udp")): SipAnswer {
    const answer = this.arrives(method, parts, flow)();
    if (answer === null) throw new Error("no answer");
    return answer;
  }

  /** A request whose answer may take its time: what to ask for it; null until it is there. */
  arrives(method: string, parts: SubscribeParts = {}, flow: FakeFlow = this.flow("udp")): () => SipAnswer | null {
    const { uri = "sip:bob@b.test", event = "presence", expires = 600, more = "", callId = "sub1", toTag = "" } = parts;
    const { contact = "<sip:watcher@192.0.2.9:5060>", cseq = 1, body = "" } = parts;
    const before = flow.sent.length;
    const text =
      `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${flow.transport.toUpperCase()} 192.0.2.9:5060;branch=z9hG4bKs${++this
        .#branch};rport\r\nMax-Forwards: 70\r\nFrom: <sip:watcher@a.test>;tag=w1\r\n` +
      `To: <sip:bob@b.test>${
        toTag === "" ? "" : `;tag=${toTag}`
      }\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n` +
      (event === "" ? "" : `Event: ${event}\r\n`) + (expires === null ? "" : `Expires: ${expires}\r\n`) +
      (contact === "" ? "" : `Contact: ${contact}\r\n`) + `${more}Content-Length: ${body.length}\r\n\r\n`;
    this.wires.receive(flow, text, utf8(body));
    return () => {
      const answer = flow.sent.slice(before).find((head) => head.startsWith("SIP/2.0"));
      return answer === undefined ? null : new SipAnswer(answer);
    };
  }

  /** The NOTIFYs sent so far, as `state | body`. */
  get notifies(): string[] {
    return this.sent("NOTIFY").map(({ message }) =>
      `${message.get("Subscription-State")} | ${new TextDecoder().decode(message.body)}`
    );
  }

  /** The request line of the last NOTIFY's target. */
  get lastNotify(): SipRequest {
    return this.lastSent("NOTIFY");
  }
}

/** An answer in short. */
export class SipAnswer {
  readonly head: string;
  readonly status: number;
  constructor(head: string) {
    this.head = head;
    this.status = Number(head.slice(8, 11));
  }
  header(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)\\r$`, "m").exec(this.head)?.[1];
  }
  get toTag(): string {
    return /^To: .*;tag=([^;\r]+)/m.exec(this.head)?.[1] ?? "";
  }
}
