import type { IntakeDeps } from "../../../deferred/intake/intake_deps.ts";
import { offer } from "../../../deferred/intake/testing/intake_world.ts";
import type { MemoryStates } from "../../explosion/testing/memory_states.ts";
import { DEFAULT_SESSIONS } from "../../../participating/mod.ts";
import { readSessionBody } from "../../../session_media/mod.ts";
import { Exchange } from "../../../sip_core/mod.ts";
import type { Received } from "../../../sip_core/testing/core_world.ts";
import { LargeWorld } from "../../explosion/testing/large_world.ts";
import { FakeRoom } from "../../focus/testing/fake_rooms.ts";
import { adhocTerms } from "../../policy/exports.ts";
import { RoomFiles } from "../room_files.ts";

const ALICE = "sip:alice@example.test";
const TYPE = "application/pdf";

/** What an INVITE says of a file. */
export interface FileInvite {
  readonly callId?: string;
  readonly transferId?: string;
  readonly size?: number;
  /** Lines of the media section in the place of those that a file has. */
  readonly lines?: readonly string[];
}

/** alice is in a room with others, and offers it files. For tests only. */
export class FileWorld extends LargeWorld {
  readonly room: FakeRoom;
  files: RoomFiles;
  /** Who is in the room and does not hear alice. */
  readonly unhearing = new Set<string>();
  #files = 0;

  constructor(
    { hidden = false, group = "", states, ...more }: Partial<IntakeDeps> & {
      readonly hidden?: boolean;
      readonly group?: string;
      readonly states?: MemoryStates;
    } = {},
  ) {
    super(states, more);
    const terms = { ...adhocTerms({ adhoc_size: 500 }, ""), displayName: "Chess", hidesIdentity: hidden };
    const kind = group === "" ? "ad-hoc" : "group";
    this.room = new FakeRoom("conf-1", { kind, group, policy: null, creator: ALICE, subject: "" }, terms);
    const listeners = this.room.listenersOf.bind(this.room);
    this.room.listenersOf = (of) => listeners(of).filter(({ aor }) => !this.unhearing.has(aor));
    this.files = this.#made();
    this.enters(ALICE);
  }

  override restart(): void {
    super.restart();
    this.files = this.#made();
  }

  enters(aor: string): void {
    const entrant = { aor, number: "", anonymous: false, name: "", how: "dialed-in", hidden: false } as const;
    const seat = this.room.seat(entrant, { onMediaClosed() {}, onDismissed() {} });
    if ("status" in seat) throw new Error(seat.reason);
    seat.standing = seat.participant.standing = "connected";
  }

  /** They are in, too. */
  others(...aors: string[]): void {
    for (const aor of aors) this.enters(aor);
  }

  /** alice's INVITE. */
  async offers(facts: FileInvite = {}): Promise<Received> {
    const { callId = "file", transferId = "t1", size = 5 } = facts;
    const {
      lines = [`a=file-selector:name:"plan.pdf" type:${TYPE} size:${size}`, `a=file-transfer-id:${transferId}`],
    } = facts;
    const received = this.receive({
      method: "INVITE",
      uri: this.room.uri,
      from: ALICE,
      to: this.room.uri,
      callId,
      headers: "Contact: <sip:alice@198.51.100.9>;+g.oma.sip-im\r\nSubject: from alice\r\nX-Secret: alice\r\n" +
        "Content-Type: application/sdp\r\n",
      body: offer(`msrp://198.51.100.9:7654/file${++this.#files};tcp`, ["a=sendonly", ...lines]),
    });
    const exchange = new Exchange(received);
    exchange.identity = { aor: ALICE, displayName: "Alice", number: "" };
    exchange.subscriber = this.users.get(ALICE) ?? null;
    exchange.target = this.room.uri;
    exchange.ours = true;
    const reading = readSessionBody({ contentType: "application/sdp", body: received.request.body });
    if (reading.kind !== "session") throw new Error(reading.kind);
    this.files.take(exchange, ALICE, this.room, reading.body);
    await this.quiet();
    return received;
  }

  /** Offers it, sends it, and hangs up; gives what its sender was told. `before`: behind the 200 to the INVITE. */
  async sendsFile(
    body: string | Uint8Array,
    facts: FileInvite & { readonly messageId?: string; readonly contentType?: string; readonly before?: () => void } =
      {},
  ): Promise<readonly string[]> {
    const { messageId = "m1xxxx", contentType = TYPE, before } = facts;
    const received = await this.offers({ size: body.length, ...facts });
    const sender = this.join({ received });
    await this.quiet();
    before?.();
    sender.say(body, { messageId, contentType });
    await this.quiet();
    this.within(received, "BYE");
    // What crosses it is waited for.
    this.time.advance(2_100);
    return sender.told;
  }

  #made(): RoomFiles {
    return new RoomFiles({ ...this.deps(), sessions: DEFAULT_SESSIONS }, this.large.jobs);
  }
}
