import { type Call, TextDescription } from "../../../transport/sip/mod.ts";
import { parseSdpText } from "../../../transport/payload/mod.ts";
import { type OwnDescription, type OwnSide, readSessionBody, type SessionBody } from "../../session_media/mod.ts";
import type { MediaParty, Party } from "./media_plane.ts";
import type { Agreement } from "./negotiation.ts";

/** One party of a session that stands, or is being set up: its call, and what each side has said last. */
export class PartySide {
  readonly party: Party;
  call: Call | null = null;
  /** Our side toward it; null while its messages do not pass this box. */
  own: OwnSide | null = null;
  #theirs: SessionBody | TextDescription | null = null;
  #ours: OwnDescription | TextDescription | null = null;
  /** We connect to it. */
  active = false;
  /** What does not reach it may be stored. */
  keeps = false;

  constructor(party: Party) {
    this.party = party;
  }

  /** Its last description. */
  get theirs(): SessionBody | null {
    if (this.#theirs instanceof TextDescription) {
      const reading = readSessionBody(this.#theirs);
      this.#theirs = reading.kind === "session" ? reading.body : null;
    }
    return this.#theirs;
  }

  set theirs(theirs: SessionBody | null) {
    this.#theirs = theirs;
  }

  /** Ours. */
  get ours(): OwnDescription | null {
    if (this.#ours instanceof TextDescription) {
      this.#ours = { sdp: parseSdpText(this.#ours.text), description: this.#ours };
    }
    return this.#ours;
  }

  set ours(ours: OwnDescription | null) {
    this.#ours = ours;
  }

  /**
   * The session stands, maybe for hours: of what was said last the text stays, which the call has as well, and is read again when
   * somebody asks. Read, it is five times as large. What came in several parts stays as it is.
   */
  stands(): void {
    const said = this.call?.remote ?? null;
    if (said instanceof TextDescription && this.theirs?.parts === null) this.#theirs = said;
    const description = this.ours?.description;
    if (description instanceof TextDescription) this.#ours = description;
  }

  /** As the media plane needs it. Throws TypeError before its description is there. */
  media(agreed: Agreement): MediaParty {
    if (this.theirs === null) throw new TypeError("a side without its description");
    const inviter = this.party === "inviter";
    return {
      media: this.theirs.media,
      active: this.active,
      maxSize: inviter ? agreed.toInviter : agreed.toInvitee,
      takes: inviter ? agreed.inviterTakes : agreed.inviteeTakes,
      keeps: this.keeps,
    };
  }
}
