/**
 * What rides in a body: media types, multipart bodies, SDP with its MSRP sections and files, CPIM, disposition notifications,
 * composing notices, service settings, system messages, conference information, lists of URIs, and the small XML they need. Pure:
 * no Deno API.
 *
 * Sources: RFC 2046 §5.1 (multipart), RFC 5621 (bodies in SIP), RFC 3261 §7.4 and §20.15; RFC 8866 (SDP), 3264 (offer and
 * answer), 4975 §8, 6135, 6714, 7701 §8, 7977 and 8122 (MSRP sections), 5547 (files); RFC 3862 (CPIM), 5438 (IMDN), 3994
 * (isComposing), 4354 with OMA's settings for IM; 4575 and 7701 §9.6 (conferences); 4826, 5363 to 5366, 5368 (lists of
 * URIs); XML 1.0 and Namespaces in XML 1.0.
 */
export * from "./media_type.ts";
export * from "./mime_head.ts";
export * from "./multipart.ts";
export * from "./sdp/session_description.ts";
export * from "./sdp/attributes.ts";
export * from "./sdp/origin.ts";
export * from "./sdp/connection_address.ts";
export * from "./sdp/direction.ts";
export * from "./sdp/offer_answer.ts";
export * from "./sdp/fingerprint.ts";
export * from "./sdp/msrp_media.ts";
export * from "./sdp/msrp_types.ts";
export * from "./sdp/msrp_setup.ts";
export * from "./sdp/msrp_target.ts";
export * from "./sdp/file_selector.ts";
export * from "./sdp/file_offer.ts";
export * from "./sdp/file_transfer.ts";
export * from "./cpim.ts";
export * from "./cpim_text.ts";
export * from "./cpim_writer.ts";
export * from "./imdn.ts";
export * from "./imdn_message.ts";
export * from "./imdn_routes.ts";
export * from "./is_composing.ts";
export * from "./composing_states.ts";
export * from "./service_settings.ts";
export * from "./system_message.ts";
export * from "./conference_info.ts";
export * from "./conference_reader.ts";
export * from "./conference_writer.ts";
export * from "./conference_roster.ts";
export * from "./history_list.ts";
export * from "./uri_list.ts";
export * from "./uri_list_body.ts";
export * from "./uri_list_history.ts";
export * from "./xml_reader.ts";
export * from "./xml_body.ts";
