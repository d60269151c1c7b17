/**
 * XML document management: everything that a user or an admin decides lives in documents. Sources: RFC 4825, 4826, 4745, 5025,
 * 5875, OMA XDM 2.0 as in oma-reference §5.
 */
export type * from "./usage.ts";
export type * from "./xdm_events.ts";
export type * from "./document_service.ts";
