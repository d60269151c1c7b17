/**
 * The user portal: an IM client in a browser. `model/` is what its page shows and does, as types; `engine/` makes it out of the client
 * library, REST and documents, and touches no page; `view/` draws it (preact); `texts/` are its languages; `browser/` is what only a
 * browser has, and where the page begins. `testing/` has users without a browser, for tests and benches.
 *
 * SIP over WebSocket (RFC 7118), MSRP over WebSocket (RFC 7977), REST and XCAP (RFC 4825) of the box it came from. OMA SIMPLE IM 2.0.
 */
export type * from "./model/mod.ts";
export {
  type EngineParts,
  type Link,
  type LocalStore,
  type Rest,
  RestProblem,
  type SessionAnswer,
  type Tabs,
  type XcapAnswer,
} from "./engine/doors.ts";
export { createEngine } from "./engine/portal_engine.ts";
export { PortalLink } from "./engine/link/portal_link.ts";
export type { PortalLinkParts } from "./engine/link/portal_link_parts.ts";
export { ALWAYS_ON, type Surroundings } from "./engine/link/surroundings.ts";
export { MemoryStore, NoTabs } from "./engine/memory_store.ts";
export { HttpRest, type RestParts } from "./engine/rest.ts";
