import type { Call } from "../../../transport/sip/mod.ts";
import type { OwnDescription, OwnSide, SessionBody } from "../../session_media/mod.ts";
import type { MediaParty, Party } from "./media_plane.ts";
import type { Agreement } from "./negotiation.ts";

/** One party of a session that stands, or is being set up: its call, and what each side has said last. */
export class PartySide {
  readonly party: Party;
  call: Call | null = null;
  /** Our side toward it; null while its messages do not pass this box. */
  own: OwnSide | null = null;
  /** Its last description. */
  theirs: SessionBody | null = null;
  /** Ours. */
  ours: OwnDescription | null = null;
  /** We connect to it. */
  active = false;
  /** What does not reach it may be stored. */
  keeps = false;

  constructor(party: Party) {
    this.party = party;
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
