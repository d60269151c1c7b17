import type { Events, Metrics } from "../../../foundation/mod.ts";
import type { Calls } from "../../../transport/sip/mod.ts";
import type { Contents, DeferredMessages, States, Subscriber } from "../../../storage/mod.ts";
import type { DeferralSettings, DeferredEvents, MessagePost, SessionIntake } from "../../deferred/mod.ts";
import type { AccessRules, SessionFunction, UnwillingPolicy } from "../../participating/mod.ts";
import type { CoreServices, Handler } from "../../sip_core/mod.ts";
import type { GroupPolicies, RoomSettings } from "../policy/terms.ts";
import type { CopyRecorder } from "./copy_recorder.ts";
import type { ExplosionEvents } from "./explosion_events.ts";

/** What large messages to many stand on. */
export interface LargeDeps {
  readonly services: Pick<CoreServices, "clock" | "timers" | "log" | "domains" | "location" | "egress">;
  /** `supported` names `recipient-list-invite`. */
  readonly calls: Pick<Calls, "incoming">;
  /** Takes the one message of a session. */
  readonly intake: Pick<SessionIntake, "takeMany">;
  /** Stores copies, and brings them at once to who is there. */
  readonly deferred: MessagePost;
  readonly deferredEvents: Pick<Events<DeferredEvents>, "on">;
  readonly store: Pick<DeferredMessages, "pending">;
  readonly contents: Pick<Contents, "claim" | "release">;
  /** Null or absent: nothing is recorded. */
  readonly copies?: CopyRecorder | null;
  /** Copies whose end is not known yet. */
  readonly states: States;
  readonly policies: GroupPolicies;
  /** Live. */
  readonly settings: Pick<RoomSettings, "list_size">;
  /** How long copies are kept; live. */
  readonly deferral: DeferralSettings;
  /** Messages for other domains are stored here until they can be sent. Live. */
  readonly away: { readonly stores: boolean };
  /** A copy for somebody of another domain is stored: it is to go out at once. */
  readonly soon: (recipient: string) => void;
  readonly access: AccessRules;
  readonly subscriber: (aor: string) => Subscriber | undefined;
  /** By telephone number, plus and all. */
  readonly byNumber: (e164: string) => Subscriber | undefined;
  readonly unwilling: UnwillingPolicy;
  /** When messages are stored for a user, by what they publish too. */
  readonly deferralOf: (user: Subscriber) => Subscriber["deferral"];
  /** Rules for whoever begins a session. */
  readonly senders: Pick<SessionFunction, "senderRefusal">;
  /** Lists are not nested: true for the folded URI of a group, a room, or the service itself. */
  readonly isService: (uri: string) => boolean;
  /** Delivers what the box tells a sender: its rows from the target class on. */
  readonly deliver: Handler;
  readonly events: Pick<Events<ExplosionEvents>, "heard" | "emit">;
  readonly metrics: Metrics;
  /** Our first domain: that of the exploder, and who speaks in Warnings. */
  readonly host: string;
}
