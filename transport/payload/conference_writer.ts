import {
  type AvailableMedium,
  CONFERENCE_INFO_NAMESPACE,
  type ConferenceAction,
  type ConferenceCall,
  type ConferenceDescription,
  type ConferenceEndpoint,
  type ConferenceHost,
  type ConferenceInfo,
  type ConferenceMedium,
  type ConferenceSidebars,
  type ConferenceState,
  type ConferenceUris,
  type ConferenceUser,
  type ConferenceUsers,
  type InfoState,
  XCON_NAMESPACE,
} from "./conference_info.ts";
import { xmlDocument, XmlMarkup, xmlMarkup } from "./xml_body.ts";

/** Writes a document, its elements in the order of the schema (RFC 4575 §6). */
export function writeConferenceInfo(info: ConferenceInfo): Uint8Array {
  const { entity, state, version } = info;
  const attributes = {
    xmlns: CONFERENCE_INFO_NAMESPACE,
    "xmlns:xcon": XCON_NAMESPACE,
    entity,
    state,
    version: version?.toString(),
  };
  return xmlDocument(xmlMarkup("conference-info", attributes, ...inside(info)));
}

function inside(info: ConferenceInfo): (XmlMarkup | undefined)[] {
  return [
    info.description && conferenceDescriptionMarkup(info.description),
    info.host && hostMarkup(info.host),
    info.conferenceState && conferenceStateMarkup(info.conferenceState),
    info.users && usersMarkup(info.users),
    info.sidebarsByRef && urisMarkup("sidebars-by-ref", info.sidebarsByRef),
    info.sidebarsByVal && sidebarsMarkup(info.sidebarsByVal),
  ];
}

export function conferenceDescriptionMarkup(description: ConferenceDescription): XmlMarkup {
  const { confUris, serviceUris, availableMedia } = description;
  return xmlMarkup(
    "conference-description",
    {},
    leaf("display-text", description.displayText),
    leaf("subject", description.subject),
    leaf("free-text", description.freeText),
    leaf("keywords", description.keywords?.join(" ")),
    confUris && urisMarkup("conf-uris", confUris),
    serviceUris && urisMarkup("service-uris", serviceUris),
    leaf("maximum-user-count", description.maximumUserCount?.toString()),
    availableMedia && xmlMarkup("available-media", {}, ...availableMedia.map(availableMarkup)),
  );
}

export function conferenceStateMarkup({ userCount, active, locked }: ConferenceState): XmlMarkup {
  return xmlMarkup(
    "conference-state",
    {},
    leaf("user-count", userCount?.toString()),
    leaf("active", active?.toString()),
    leaf("locked", locked?.toString()),
  );
}

/** `nickname` needs the prefix `xcon` bound around it, as `writeConferenceInfo` does. */
export function conferenceUserMarkup(user: ConferenceUser): XmlMarkup {
  const { entity, state, nickname, associatedAors, roles, languages } = user;
  return xmlMarkup(
    "user",
    { entity, state, "xcon:nickname": nickname },
    leaf("display-text", user.displayText),
    associatedAors && urisMarkup("associated-aors", associatedAors),
    roles && xmlMarkup("roles", {}, ...roles.map((role) => xmlMarkup("entry", {}, role))),
    leaf("languages", languages?.join(" ")),
    leaf("cascaded-focus", user.cascadedFocus),
    ...user.endpoints.map(endpointMarkup),
  );
}

function usersMarkup({ state, users }: ConferenceUsers): XmlMarkup {
  return xmlMarkup("users", { state }, ...users.map(conferenceUserMarkup));
}

function endpointMarkup(endpoint: ConferenceEndpoint): XmlMarkup {
  const { entity, state, referred, joiningInfo, disconnectionInfo, callInfo } = endpoint;
  return xmlMarkup(
    "endpoint",
    { entity, state: stateOf(state) },
    leaf("display-text", endpoint.displayText),
    referred && actionMarkup("referred", referred),
    leaf("status", endpoint.status),
    leaf("joining-method", endpoint.joiningMethod),
    joiningInfo && actionMarkup("joining-info", joiningInfo),
    leaf("disconnection-method", endpoint.disconnectionMethod),
    disconnectionInfo && actionMarkup("disconnection-info", disconnectionInfo),
    ...endpoint.media.map(mediumMarkup),
    callInfo && callMarkup(callInfo),
  );
}

function actionMarkup(name: string, { when, reason, by }: ConferenceAction): XmlMarkup {
  return xmlMarkup(name, {}, leaf("when", when), leaf("reason", reason), leaf("by", by));
}

function mediumMarkup({ id, displayText, type, label, srcId, status }: ConferenceMedium): XmlMarkup {
  return xmlMarkup(
    "media",
    { id },
    leaf("display-text", displayText),
    leaf("type", type),
    leaf("label", label),
    leaf("src-id", srcId),
    leaf("status", status),
  );
}

function callMarkup({ displayText, callId, fromTag, toTag }: ConferenceCall): XmlMarkup {
  const parts = [
    leaf("display-text", displayText),
    leaf("call-id", callId),
    leaf("from-tag", fromTag),
    leaf("to-tag", toTag),
  ];
  return xmlMarkup("call-info", {}, xmlMarkup("sip", {}, ...parts));
}

function availableMarkup({ label, displayText, type, status }: AvailableMedium): XmlMarkup {
  const parts = [leaf("display-text", displayText), leaf("type", type), leaf("status", status)];
  return xmlMarkup("entry", { label }, ...parts);
}

function hostMarkup({ displayText, webPage, uris }: ConferenceHost): XmlMarkup {
  const parts = [leaf("display-text", displayText), leaf("web-page", webPage)];
  return xmlMarkup("host-info", {}, ...parts, uris && urisMarkup("uris", uris));
}

function urisMarkup(name: string, { state, entries }: ConferenceUris): XmlMarkup {
  return xmlMarkup(
    name,
    { state: stateOf(state) },
    ...entries.map(({ uri, displayText, purpose }) =>
      xmlMarkup("entry", {}, leaf("uri", uri), leaf("display-text", displayText), leaf("purpose", purpose))
    ),
  );
}

function sidebarsMarkup({ state, entries }: ConferenceSidebars): XmlMarkup {
  return xmlMarkup(
    "sidebars-by-val",
    { state },
    ...entries.map((entry) => {
      const { entity, state, version } = entry;
      return xmlMarkup("entry", { entity, state, version: version?.toString() }, ...inside(entry));
    }),
  );
}

function leaf(name: string, text: string | undefined): XmlMarkup | undefined {
  return text === undefined ? undefined : xmlMarkup(name, {}, text);
}

/** `full` is what an element is that says nothing (§4.4). */
function stateOf(state: InfoState): InfoState | undefined {
  return state === "full" ? undefined : state;
}
