import type { Metrics } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import type { Fingerprint } from "../../../transport/payload/mod.ts";
import type { Calls, Flow, Refers } from "../../../transport/sip/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import type { CoreServices } from "../../sip_core/mod.ts";
import type {
  AccessRules,
  PublishedSettings,
  SessionFunction,
  Sessions,
  UnwillingPolicy,
} from "../../participating/mod.ts";
import type { RoomFiles } from "../files/room_files.ts";
import type { GroupPolicies, RoomSettings } from "../policy/terms.ts";
import type { Rooms } from "../rooms/live_room.ts";
import type { EarlyNode } from "./offered_sessions.ts";
import type { RecordingCommands } from "./recording_commands.ts";

/** Times and bounds of the focus; live, read at each use. */
export interface FocusSettings {
  /** How long devices of somebody who is invited may ring. */
  readonly answerWithin_s: number;
  /** Session timer that is asked for and granted (RFC 4028); 0: none. */
  readonly sessionExpires_s: number;
  /** How long a device whose MSRP connection broke may take to come again, before its dialog ends. */
  readonly reconnectWithin_s: number;
  /** People who are being asked at the same time: in all, and by one user. Further ones wait their turn. */
  readonly atOnce: number;
  readonly perUser: number;
  /** How many may wait, in all; one more is not invited (503). */
  readonly waiting: number;
}

export const DEFAULT_FOCUS: FocusSettings = {
  answerWithin_s: 120,
  sessionExpires_s: 1800,
  reconnectWithin_s: 15,
  atOnce: 1000,
  perUser: 200,
  waiting: 10_000,
};

/** What the focus stands on. */
export interface FocusDeps {
  readonly services: CoreServices;
  /** `supported` names `recipient-list-invite` and `multiple-refer`. */
  readonly calls: Calls;
  readonly refers: Refers;
  readonly node: Pick<MsrpNode, "uriFor">;
  /** The same, where devices that come before their 200 does may wait (the switchboard). Absent: they get 481. */
  readonly early?: EarlyNode;
  readonly rooms: Rooms;
  readonly policies: GroupPolicies;
  /** Live. */
  readonly rules: RoomSettings;
  readonly settings: FocusSettings;
  /** What may be said in rooms: types inside of `message/cpim`; `*` for all. Live. */
  readonly types: () => readonly string[];
  readonly access: AccessRules;
  readonly subscriber: (aor: string) => Subscriber | undefined;
  /** By telephone number, plus and all. */
  readonly byNumber: (e164: string) => Subscriber | undefined;
  /** Absent: whoever is here is asked. */
  readonly unwilling?: UnwillingPolicy;
  /** Null: users publish no settings here. */
  readonly published: Pick<PublishedSettings, "barred"> | null;
  /** Rules for whoever begins something: is served here, is logged in, is not too fast. Absent: everybody may. */
  readonly senders?: Pick<SessionFunction, "senderRefusal">;
  /** Chats of two that may grow into a room. */
  readonly sessions: Pick<Sessions, "legToward">;
  /** Takes files for rooms that are offered by an INVITE of their own. Absent: they are refused. */
  readonly files?: Pick<RoomFiles, "take">;
  /** Null or absent: no INFO is taken. */
  readonly recording?: RecordingCommands | null;
  readonly metrics: Metrics;
  /** Our first domain: that of the factory, and who speaks in Warnings. */
  readonly host: string;
  /** Fingerprint of our MSRP certificate where no public authority signed it; null: not said. */
  readonly ownFingerprint: () => Fingerprint | null;
  /** The name a party used to reach us, for our URI in its path; "" for that of the door. Null flow: not known yet. */
  readonly hostFor: (flow: Flow | null) => string;
}
