import type { Clock, Timers } from "../foundation/mod.ts";
import type { Calls, SentRefers, UserAgent } from "../transport/sip/mod.ts";
import type { CpimAddress, XmlReader } from "../transport/payload/mod.ts";
import type { MsrpNode } from "../transport/msrp/mod.ts";
import type { Account } from "./account.ts";
import type { ImUser } from "./im_user.ts";
import type { MediaPlace } from "./media_place.ts";

/** How much a client takes and holds. */
export interface ClientLimits {
  /** Sessions at a time, files included; one more that comes gets 486. */
  readonly sessions: number;
  /** Octets of one message of a chat: our `a=max-size`. */
  readonly chatMessage: number;
  /** Octets of one message in Large Message mode, which is put together in memory. */
  readonly largeMessage: number;
  /** Octets of a file that comes. */
  readonly file: number;
  /** Messages that wait to be sent, for one recipient or in one chat. */
  readonly waiting: number;
  /** Messages of ours whose notifications are awaited. */
  readonly awaited: number;
  /** Message-IDs that are remembered, so that nothing is shown twice. */
  readonly seen: number;
  /** Others who are watched at a time. */
  readonly watched: number;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  sessions: 100,
  chatMessage: 1_048_576,
  largeMessage: 8_388_608,
  file: Number.MAX_SAFE_INTEGER,
  waiting: 5_000,
  awaited: 20_000,
  seen: 5_000,
  watched: 500,
};

/** Takes a content coding (lower-case) off; null where it is not known, or the octets are none of it or would be too many. */
export type Decoder = (coding: string, octets: Uint8Array, most: number) => Uint8Array | null;

/** What everything of a client stands on. */
export interface ClientWorld {
  readonly account: Account;
  readonly agent: UserAgent;
  readonly calls: Calls;
  readonly refers: SentRefers;
  readonly node: MsrpNode;
  readonly place: MediaPlace;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly xml: XmlReader;
  readonly user: ImUser;
  readonly decode: Decoder;
  readonly limits: ClientLimits;
  /** The flow to the service; 0: the agent finds its way. */
  readonly flowId: () => number;
  /** The account as CPIM names it. */
  readonly self: CpimAddress;
}

/** Feature tags of the service (oma-reference §2.1), as they stand in Contact and Accept-Contact. */
export const IM_TAG = ";+g.oma.sip-im";
export const LARGE_TAG = ";+g.oma.sip-im;+g.oma.sip-im.large-message";

/** The user part of a client's Contact. */
export function contactUser({ account }: Pick<ClientWorld, "account">): string {
  return account.aor.slice(account.aor.indexOf(":") + 1, Math.max(account.aor.lastIndexOf("@"), 0));
}

/** Parameters of the Contact of a call: which device, which service. */
export function contactParams({ account }: Pick<ClientWorld, "account">, tags: string): string {
  return `;+sip.instance="<${account.instance}>"${tags}`;
}
