import type { ReadonlySignal } from "@preact/signals-core";
import type { Alert } from "./alert_model.ts";
import type { Asks } from "./asks_model.ts";
import type { ConversationsModel } from "./conversation_model.ts";
import type { HistoryModel } from "./history_model.ts";
import type { LinkModel } from "./link_model.ts";
import type { PeopleModel } from "./people_model.ts";
import type { RoomsModel } from "./rooms_model.ts";
import type { SettingsModel } from "./settings_model.ts";

/** Who is signed in. */
export interface Me {
  /** `sip:alice@example.test`. */
  readonly uri: string;
  /** Never empty. */
  readonly name: string;
  readonly domain: string;
}

/** What the service takes, in octets; 0: no limit of its own. */
export interface PortalLimits {
  readonly message: number;
  readonly file: number;
  /** Media types of files; empty: all. */
  readonly fileTypes: readonly string[];
}

/** All of the portal. */
export interface PortalModel {
  readonly me: Me;
  readonly limits: ReadonlySignal<PortalLimits>;
  readonly link: LinkModel;
  readonly conversations: ConversationsModel;
  readonly people: PeopleModel;
  readonly rooms: RoomsModel;
  readonly history: HistoryModel;
  readonly settings: SettingsModel;
  readonly asks: Asks;
  /** Told of each alert; gives what ends it. */
  onAlert(tell: (alert: Alert) => void): () => void;
  /** Leaves the service and this browser: nothing of the user stays. Resolves when the session is over, or after a few seconds. */
  signOut(): Promise<void>;
}
