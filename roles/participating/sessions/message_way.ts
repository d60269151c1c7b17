import type { OwnSide } from "../../session_media/mod.ts";
import type { MediaListener, MediaNames, MediaPlane, Party, SessionMedia } from "./media_plane.ts";
import type { Agreement } from "./negotiation.ts";
import type { PartySide } from "./party_side.ts";
import type { Traffic } from "./session_events.ts";

const NOTHING: Traffic = { messages: 0, octets: 0 };

/** The way of one session's messages through this box, from the first offer to the end. */
export class MessageWay {
  readonly #plane: MediaPlane;
  readonly #inviter: PartySide;
  readonly #invitee: PartySide;
  readonly #names: MediaNames;
  readonly #listener: MediaListener;
  #media: SessionMedia | null = null;
  #openFor: OwnSide | null = null;

  constructor(
    plane: MediaPlane,
    inviter: PartySide,
    invitee: PartySide,
    names: MediaNames,
    listener: MediaListener,
  ) {
    this.#plane = plane;
    this.#inviter = inviter;
    this.#invitee = invitee;
    this.#names = names;
    this.#listener = listener;
  }

  /** Null where no messages pass here. */
  get media(): SessionMedia | null {
    return this.#media;
  }

  sentBy(party: "inviter" | "invitee"): Traffic {
    return this.#media?.sentBy(party) ?? NOTHING;
  }

  /**
   * Our URIs are known from now on; `invitee`: our side that most devices were given, or that the one has which took it. False
   * where the MSRP node has no room for more.
   */
  open(invitee: OwnSide): boolean {
    if (this.#openFor === invitee) return true;
    this.#media?.close("another device took the session");
    this.#media = this.#openFor = null;
    try {
      this.#media = this.#plane.open(this.#inviter.own!, invitee, this.#listener, this.#names);
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    this.#openFor = invitee;
    return true;
  }

  /** What was agreed holds for the messages to and from a party; null: both. They must be open. */
  tell(party: PartySide | null, agreed: Agreement): void {
    for (const side of [this.#inviter, this.#invitee]) {
      if (party === null || party === side) this.#media!.tell(side.party, side.media(agreed));
    }
  }

  /** No messages pass here after all. */
  drop(): void {
    this.#media?.close("not taken into the path");
    this.#media = this.#openFor = null;
  }

  /** See `SessionMedia.drain`. */
  drain(party: Party, done: () => void): void {
    if (this.#media === null) done();
    else this.#media.drain(party, done);
  }

  close(): void {
    this.#media?.close("session over");
  }

  /** After `close`: what each party has sent in all. See `SessionMedia.counted`. */
  counted(done: (inviter: Traffic, invitee: Traffic) => void): void {
    if (this.#media === null) done(NOTHING, NOTHING);
    else this.#media.counted(done);
  }
}
