import type { Received } from "../../../sip_core/testing/core_world.ts";
import { MsrpWire } from "./msrp_wire.ts";
import { accept, answer, mediaOf, offer, type SdpFacts, type SessionWorld } from "./session_world.ts";

/** alice and bob with a session. For tests only. */
export class JoinedWire extends MsrpWire {
  invited!: Received;

  /** bob connects to the box, or is connected to. */
  async session(
    offered: SdpFacts = {},
    answered: SdpFacts = {},
    facts: Parameters<SessionWorld["invite"]>[1] = {},
  ): Promise<void> {
    const { world } = this;
    world.device("bob", "sip:bob@203.0.113.1");
    this.invited = world.invite(offer(offered), facts);
    const [sent] = world.requests("INVITE");
    const bobActive = !(answered.more ?? ["a=setup:active"]).includes("a=setup:passive");
    this.end(this.bob, 1, "msrp://203.0.113.1:8888/bob1;tcp");
    this.end(this.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp");
    // An active invitee may be faster than its 200.
    this.bob.session.start(bobActive ? "active" : "passive", { path: mediaOf(sent.request).path });
    if (bobActive) await this.settle();
    accept(sent, answer(answered));
    world.within(this.invited, "ACK");
    this.alice.session.start("active", { path: mediaOf(this.invited.last).path });
    await this.settle();
  }
}
