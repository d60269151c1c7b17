/**
 * XML document management: everything that a user or an admin decides lives in documents. Sources: RFC 4825, 4826, 4745, 5025,
 * 5875, OMA XDM 2.0 as in oma-reference §5.
 */
export type * from "./usage.ts";
export type * from "./xdm_events.ts";
export type * from "./document_service.ts";
export type * from "./xdm_settings.ts";
export { UNCONDITIONAL } from "./conditions.ts";
export { type ServedDocuments, type ServedUsages, withServed } from "./served_documents.ts";
export { DocumentServer, type DocumentServerParts } from "./document_server.ts";
export { AggregationProxy, type AggregationProxyParts, type SearchProxy } from "./aggregation_proxy.ts";
export { HttpDigest } from "./http_digest.ts";
export * from "./events/mod.ts";
export * from "./usages/mod.ts";
export * from "./rules/exports.ts";
export * from "./contacts/exports.ts";
export * from "./profiles/exports.ts";
export {
  type DocumentView,
  UserDocuments,
  type UserDocumentService,
  type UserDocumentsParts,
} from "./user_documents.ts";
export {
  type PublicRoom,
  PublicRooms,
  type PublicRoomService,
  type PublicRoomsParts,
  type PublicRoomView,
} from "./public_rooms.ts";
export * from "./search/exports.ts";
