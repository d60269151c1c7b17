import { z } from "zod";
import { consoleArea, trace } from "./console_areas.ts";
import { contacts, privacy, search, xdm } from "./document_areas.ts";
import { line, lines } from "./fields.ts";
import { history } from "./history_area.ts";
import { admission, advertise, dns, listen, peer, tls, trust } from "./network_areas.ts";
import { clients, notices } from "./notices_area.ts";
import { profile, signup } from "./people_areas.ts";
import { portal } from "./portal_area.ts";
import { presence } from "./presence_area.ts";
import { domainName } from "./readers.ts";
import { rooms } from "./rooms_area.ts";
import { relay, session } from "./session_areas.ts";
import { auth, deferred, limits, log, pager, registrar, storage, timers } from "./service_areas.ts";

/** Everything parley.toml may say. Each area stands in a file of its own. */
export const schema = z.strictObject({
  domain: line({
    allowed: "a domain name",
    default: "localhost",
    help: "The first domain served.",
    read: domainName,
    words: "name sip address realm",
  }),
  domains: lines({
    allowed: "a domain name",
    max: 1000,
    default: [],
    help: "More domains served.",
    read: domainName,
    words: "name sip address realm hosted",
  }),
  advertise,
  listen,
  dns,
  trust,
  peer,
  tls,
  storage,
  log,
  pager,
  deferred,
  signup,
  profile,
  session,
  relay,
  xdm,
  contacts,
  privacy,
  presence,
  rooms,
  history,
  search,
  notices,
  clients,
  portal,
  registrar,
  auth,
  limits,
  admission,
  timers,
  console: consoleArea,
  trace,
});

/** The settings as read and checked. */
export type Settings = z.output<typeof schema>;
