import { utf8 } from "../../../../foundation/mod.ts";
import type { Admission, EventPackage, Notification, SipRequest } from "../../../../transport/sip/mod.ts";
import { to } from "../../../../transport/sip/testing/agent_world.ts";
import { EventWorld } from "../../../../transport/sip/testing/event_world.ts";
import type { ListWorld } from "./list_world.ts";

const HOST = "192.0.2.77";

/** Presence of whoever the test shows. */
class OtherPresence implements EventPackage {
  readonly name = "presence";
  readonly contentTypes: readonly string[] = ["application/pidf+xml"];
  readonly expires = { default: 3600, min: 60, max: 7200 };
  readonly people = new Map<string, string>();
  admit(resource: string): Admission {
    const shown = this.people.get(resource);
    if (shown === undefined) return { state: "refused", status: 404 };
    if (shown === "rejected") return { state: "refused", status: 403 };
    return { state: shown === "pending" ? "pending" : "active" };
  }
  full({ resource }: { readonly resource: string }): Notification {
    const shown = this.people.get(resource)!;
    const body = shown.startsWith("<") || shown === "no XML"
      ? shown
      : `<presence xmlns="urn:ietf:params:xml:ns:pidf" ` +
        `entity="${resource}"><tuple id="t"><status><basic>open</basic></status><note>${shown}</note></tuple></presence>`;
    return { contentType: "application/pidf+xml", body: utf8(body) };
  }
}

/** The core of another domain, `other.test`, with a network between it and the box. For tests only. */
export class OtherDomain {
  readonly sip: EventWorld;
  readonly presence = new OtherPresence();
  readonly #world: ListWorld;
  /** SUBSCRIBEs that came, retransmissions not counted. */
  readonly came: SipRequest[] = [];

  constructor(world: ListWorld) {
    this.#world = world;
    const { sip } = world;
    this.sip = new EventWorld({ time: sip.time, host: HOST });
    this.sip.server.register(this.presence);
    this.sip.core.answer = (transaction) => {
      const { request } = transaction;
      this.came.push(request);
      this.sip.server.handleSubscribe(transaction, { aor: request.from.uriText }, request.uri);
    };
    sip.wires.join(this.sip.wires);
    // The subscriber is on another network.
    const { fate } = sip.wires;
    sip.wires.fate = (n, head) =>
      head.startsWith("SUBSCRIBE ") || head.includes(`Via: SIP/2.0/UDP ${HOST}`) || head.includes("CSeq: 99")
        ? fate(n, head)
        : { copies: 0, delay: 0 };
  }

  /** Somebody is there, or is another one from now on: a note, `pending`, `rejected`, or a body. */
  show(name: string, shown: string): void {
    const uri = `sip:${name}@other.test`;
    this.#world.sip.locator.table.set(uri, [to(HOST)]);
    this.presence.people.set(uri, shown);
    this.sip.server.reauthorize("presence", uri);
    this.sip.server.changed("presence", uri);
  }

  /** What is on the way arrives. */
  async pass(ms = 1200): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      this.#world.sip.time.advance(ms / 4);
      await this.#world.settle();
    }
  }
}
