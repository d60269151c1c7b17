import type { Clock, Timers } from "../foundation/mod.ts";
import { type Calls, SentRefers, type UserAgent } from "../transport/sip/mod.ts";
import { type DispositionRequest, strictXml, type XmlReader } from "../transport/payload/mod.ts";
import type { MsrpNode } from "../transport/msrp/mod.ts";
import type { Account } from "./account.ts";
import { type ClientLimits, type ClientWorld, type Decoder, DEFAULT_CLIENT_LIMITS } from "./client_world.ts";
import type { ImUser } from "./im_user.ts";
import type { MediaPlace } from "./media_place.ts";

/** What a client is made of. */
export interface ImClientParts {
  readonly account: Account;
  /** Its `authorize` is `Credentials.answer` of the same account. */
  readonly agent: UserAgent;
  readonly calls: Calls;
  readonly node: MsrpNode;
  readonly place: MediaPlace;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly user: ImUser;
  /** Default: our own. A browser passes its DOMParser. */
  readonly xml?: XmlReader;
  /**
   * Takes a content coding off that is understood besides `identity`, such as `deflate`: null where it is not, or where the octets are
   * none of it or would be more than `most`. Default: none is.
   */
  readonly decode?: Decoder;
  /** The flow to the service, where it was opened by somebody else (WebSocket); 0: the agent finds its way. */
  readonly flowId?: () => number;
  readonly limits?: Partial<ClientLimits>;
  /** What recipients are asked to tell. Default: delivered, not delivered, displayed. */
  readonly notifications?: readonly DispositionRequest[];
  /** Whether chats that others begin are taken by themselves. Default: `automatic`. */
  readonly answerMode?: "automatic" | "manual";
  /** Seconds that a registration is to last. Default 600: its refreshes also keep the connection alive. */
  readonly expires_s?: number;
  /** A registration that failed is tried again by itself, later and later. Default true; false: its user calls `renew` when it is time. */
  readonly retryRegistration?: boolean;
}

/** What everything of a client stands on. */
export function worldOf(parts: ImClientParts): ClientWorld {
  const { account, agent, calls, node, place, clock, timers, user } = parts;
  return {
    account,
    agent,
    calls,
    refers: new SentRefers({ agent, timers }),
    node,
    place,
    clock,
    timers,
    user,
    self: { name: account.displayName, uri: account.aor },
    xml: parts.xml ?? strictXml,
    decode: parts.decode ?? (() => null),
    flowId: parts.flowId ?? (() => 0),
    limits: { ...DEFAULT_CLIENT_LIMITS, ...parts.limits },
  };
}
