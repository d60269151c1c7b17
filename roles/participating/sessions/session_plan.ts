import type { Description } from "../../../transport/sip/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import type { OwnSide, SessionBody, SessionKind } from "../../session_media/mod.ts";

/** What is known of an invitation when it goes out. */
export interface SessionPlan {
  readonly kind: SessionKind;
  /** Address-of-record of the inviter where it is a user whose side is served here; "" for anybody else. */
  readonly inviterUser: string;
  /** Identity of the inviter; "" when the core vouches for none. */
  readonly from: string;
  /** Telephone number that a trusted hop asserts beside it; "" or absent for none. */
  readonly number?: string;
  /** It asks not to be named. */
  readonly anonymous: boolean;
  /** Address-of-record of a user of ours, else the target's URI. */
  readonly to: string;
  /** Null for one of another domain. */
  readonly recipient: Subscriber | null;
  /** The offer; null where the INVITE brought none. Let go once the session stands and its messages pass this box. */
  body: SessionBody | null;
  /** The same as it came, for invitees to whom it goes on so; null where the messages pass this box. */
  readonly description: Description | null;
  /** The messages pass this box. */
  readonly anchored: boolean;
  /** Our side toward the inviter; null where they do not. */
  readonly own: OwnSide | null;
  /** Name of the file that is offered; "" for none. */
  readonly file: string;
}
