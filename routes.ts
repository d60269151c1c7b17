/** Where a request goes: the routing table of the core with the rows of all roles. Part of the composition root, beside `appliance.ts`. */
import { type Clock, Events, type Log } from "./foundation/mod.ts";
import type { SipCore } from "./core.ts";
import type { Deferral } from "./deferral.ts";
import type { ConversationHistory } from "./history.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { Media } from "./media.ts";
import type { Presence } from "./presence.ts";
import type { RoomService } from "./rooms.ts";
import type { Xdm } from "./xdm.ts";
import {
  type Exchange,
  insertBefore,
  proxy,
  publishElement,
  routingTable,
  type Row,
  rowsFrom,
  subscribeElement,
} from "./roles/sip_core/mod.ts";
import {
  accessElement,
  contentRules,
  originating,
  type PagerEvents,
  repeatedMessages,
  terminating,
} from "./roles/participating/mod.ts";
import {
  ClientReleases,
  type NoticeBook,
  type ServiceGate,
  serviceGate,
  systemRow,
  type Teller,
} from "./roles/system_messages/mod.ts";

export interface RoutesParts {
  readonly live: LiveSettings;
  readonly core: SipCore;
  readonly xdm: Xdm;
  readonly deferral: Deferral;
  readonly media: Media;
  readonly presence: Presence | null;
  readonly rooms: RoomService;
  readonly history: ConversationHistory;
  readonly gate: ServiceGate;
  readonly book: NoticeBook;
  readonly teller: Teller;
  /** Why this user takes no messages now; null where they do. */
  readonly unwilling: Parameters<typeof terminating>[0]["unwilling"];
  /** Takes a user's answer to what the service asked. */
  readonly answer: Parameters<typeof systemRow>[0]["answer"];
  /** What was seen of them. */
  readonly seen: Parameters<typeof systemRow>[0]["seen"];
  readonly domain: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly failed: (error: unknown) => void;
}

/** The rows in the order in which they are tried. Gives `media` its way to deliver messages of sessions as MESSAGE. */
export function createRoutes(parts: RoutesParts): Row[] {
  const { live, core, xdm, deferral, media, presence, rooms, history, gate, book, teller, domain, clock } = parts;
  const { services, directory, authenticate, registrar, eventServer, user } = core;
  const watched = (exchange: Exchange) => presence?.listOf(exchange) ?? rooms.resourceOf(exchange) ?? user(exchange);
  const events = new Events<PagerEvents>(parts.failed);
  const pagerParts = {
    services,
    settings: live.pager,
    events,
    published: deferral.published,
    unwilling: parts.unwilling,
  };
  const terminatingElement = terminating({ ...pagerParts, deferred: deferral.delivery });
  const access = accessElement({ ...pagerParts, access: xdm.access, host: domain });
  // Rules may have changed since the invitation of which it is the message.
  media.deliver = access(terminatingElement(proxy(services)));
  const table = routingTable(services, {
    directory,
    authenticate,
    registrar: registrar.element((exchange) => exchange.reply(404, { reason: "No such domain here" })),
    subscribe: subscribeElement(eventServer, watched),
    publish: publishElement(eventServer, user),
    contentRules: contentRules(live.pager, domain, media.largeMessages),
    originating: originating({
      settings: live.pager,
      location: registrar.location,
      domains: core.domains,
      clock,
      events,
      host: domain,
    }),
    terminating: terminatingElement,
  });
  const releases = new ClientReleases({
    settings: live.clients,
    book,
    teller,
    host: domain,
    log: parts.log.child("clients"),
  });
  insertBefore(table, "register", { name: "service gate", element: serviceGate({ gate, host: domain }) });
  insertBefore(table, "register", { name: "client releases", element: releases.element });
  const answers = systemRow({ host: domain, clock, answer: parts.answer, seen: parts.seen, failed: parts.failed });
  insertBefore(table, "subscribe", answers);
  insertBefore(table, "terminating", { name: "access rules", element: access });
  insertBefore(table, "content rules", { name: "repeated messages", element: repeatedMessages(clock) });
  media.join(table);
  presence?.join(table);
  history.routeMessages(table);
  rooms.join(table, rowsFrom(table, "target class"));
  history.route(table);
  deferral.route(table);
  return table;
}
