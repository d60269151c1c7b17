import { detached } from "../../foundation/mod.ts";
import { DATE_TIME, xmlAttribute, xmlChild, xmlChildren, type XmlElement, xmlTrim } from "../xml/mod.ts";
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
  type ConferenceUri,
  type ConferenceUris,
  type ConferenceUser,
  type ConferenceUsers,
  DISCONNECTION_METHODS,
  ENDPOINT_STATUSES,
  INFO_STATES,
  type InfoState,
  JOINING_METHODS,
  MEDIA_STATUSES,
  XCON_NAMESPACE,
} from "./conference_info.ts";
import { digits } from "./digits.ts";
import { readXmlBody, xmlChildText } from "./xml_body.ts";
import { strictXml, type XmlReader } from "./xml_reader.ts";

/** Sidebars may have sidebars: that deep, and no deeper. */
const SIDEBAR_DEPTH = 4;

/**
 * Reads a body of `application/conference-info+xml`. Elements and attributes of others are passed over; of an element that may stand
 * once the first counts. Throws SyntaxError where it is none, where a key or the version is missing, or a value cannot be.
 */
export function readConferenceInfo(body: Uint8Array, xml: XmlReader = strictXml): ConferenceInfo {
  const root = readXmlBody(body, xml);
  if (root.name !== "conference-info" || root.namespace !== CONFERENCE_INFO_NAMESPACE) {
    throw new SyntaxError("not a conference-info document");
  }
  const info = readInfo(root, 0);
  if (info.version === undefined) throw new SyntaxError("a conference-info document without a version");
  return info;
}

function readInfo(element: XmlElement, depth: number): ConferenceInfo {
  const entity = needed(element, "entity");
  const state = stateOf(element);
  const version = numberOf(xmlAttribute(element, "version"), "version");
  // RFC 4575 §4.4: what a deleted element holds is ignored.
  if (state === "deleted") return said({ entity, state, version });
  return said({
    entity,
    state,
    version,
    description: inside(element, "conference-description", readDescription),
    host: inside(element, "host-info", readHost),
    conferenceState: inside(element, "conference-state", readState),
    users: inside(element, "users", readUsers),
    sidebarsByRef: inside(element, "sidebars-by-ref", readUris),
    sidebarsByVal: inside(element, "sidebars-by-val", (sidebars) => readSidebars(sidebars, depth + 1)),
  });
}

function readDescription(element: XmlElement): ConferenceDescription {
  return said({
    displayText: textIn(element, "display-text"),
    subject: textIn(element, "subject"),
    freeText: textIn(element, "free-text"),
    keywords: wordsIn(element, "keywords"),
    confUris: inside(element, "conf-uris", readUris),
    serviceUris: inside(element, "service-uris", readUris),
    maximumUserCount: numberOf(textIn(element, "maximum-user-count"), "maximum-user-count"),
    availableMedia: inside(element, "available-media", (media) => named(media, "entry").map(readAvailable)),
  });
}

function readAvailable(entry: XmlElement): AvailableMedium {
  const type = textIn(entry, "type");
  if (type === undefined) throw new SyntaxError("an entry of available-media without a type");
  return said({
    label: needed(entry, "label"),
    displayText: textIn(entry, "display-text"),
    type,
    status: wordIn(entry, "status", MEDIA_STATUSES),
  });
}

function readHost(element: XmlElement): ConferenceHost {
  return said({
    displayText: textIn(element, "display-text"),
    webPage: textIn(element, "web-page"),
    uris: inside(element, "uris", readUris),
  });
}

function readState(element: XmlElement): ConferenceState {
  return said({
    userCount: numberOf(textIn(element, "user-count"), "user-count"),
    active: flagIn(element, "active"),
    locked: flagIn(element, "locked"),
  });
}

function readUsers(element: XmlElement): ConferenceUsers {
  const state = stateOf(element);
  return { state, users: state === "deleted" ? [] : named(element, "user").map(readUser) };
}

function readUser(element: XmlElement): ConferenceUser {
  const entity = needed(element, "entity");
  const state = stateOf(element);
  if (state === "deleted") return { entity, state, endpoints: [] };
  const nickname = xmlAttribute(element, "nickname", XCON_NAMESPACE);
  return said({
    entity,
    state,
    displayText: textIn(element, "display-text"),
    nickname: nickname === undefined ? undefined : detached(nickname),
    associatedAors: inside(element, "associated-aors", readUris),
    roles: inside(element, "roles", (roles) => named(roles, "entry").map(({ text }) => detached(xmlTrim(text)))),
    languages: wordsIn(element, "languages"),
    cascadedFocus: textIn(element, "cascaded-focus"),
    endpoints: named(element, "endpoint").map(readEndpoint),
  });
}

function readEndpoint(element: XmlElement): ConferenceEndpoint {
  const entity = detached(xmlAttribute(element, "entity") ?? "");
  const state = stateOf(element);
  if (state === "deleted") return { entity, state, media: [] };
  return said({
    entity,
    state,
    displayText: textIn(element, "display-text"),
    referred: inside(element, "referred", readAction),
    status: wordIn(element, "status", ENDPOINT_STATUSES),
    joiningMethod: wordIn(element, "joining-method", JOINING_METHODS),
    joiningInfo: inside(element, "joining-info", readAction),
    disconnectionMethod: wordIn(element, "disconnection-method", DISCONNECTION_METHODS),
    disconnectionInfo: inside(element, "disconnection-info", readAction),
    media: named(element, "media").map(readMedium),
    callInfo: inside(element, "call-info", readCall),
  });
}

function readAction(element: XmlElement): ConferenceAction {
  const when = textIn(element, "when");
  if (when !== undefined && DATE_TIME.breach(when) !== null) {
    throw new SyntaxError(`when of ${element.name} is no date and time`);
  }
  return said({ when, reason: textIn(element, "reason"), by: textIn(element, "by") });
}

function readMedium(element: XmlElement): ConferenceMedium {
  return said({
    id: needed(element, "id"),
    displayText: textIn(element, "display-text"),
    type: textIn(element, "type"),
    label: textIn(element, "label"),
    srcId: textIn(element, "src-id"),
    status: wordIn(element, "status", MEDIA_STATUSES),
  });
}

/** Undefined for the call of another protocol. */
function readCall(element: XmlElement): ConferenceCall | undefined {
  const sip = xmlChild(element, CONFERENCE_INFO_NAMESPACE, "sip");
  if (sip === undefined) return undefined;
  const part = (name: string) => {
    const text = textIn(sip, name);
    if (text === undefined) throw new SyntaxError(`call-info without a ${name}`);
    return text;
  };
  const displayText = textIn(sip, "display-text");
  return said({ displayText, callId: part("call-id"), fromTag: part("from-tag"), toTag: part("to-tag") });
}

function readUris(element: XmlElement): ConferenceUris {
  const state = stateOf(element);
  return { state, entries: state === "deleted" ? [] : named(element, "entry").map(readUri) };
}

function readUri(entry: XmlElement): ConferenceUri {
  const uri = textIn(entry, "uri");
  if (!uri) throw new SyntaxError("an entry of conference-info without a uri");
  return said({ uri, displayText: textIn(entry, "display-text"), purpose: textIn(entry, "purpose") });
}

function readSidebars(element: XmlElement, depth: number): ConferenceSidebars {
  if (depth > SIDEBAR_DEPTH) throw new SyntaxError(`sidebars more than ${SIDEBAR_DEPTH} deep`);
  const state = stateOf(element);
  const entries = state === "deleted" ? [] : named(element, "entry").map((entry) => readInfo(entry, depth));
  return { state, entries };
}

function named(parent: XmlElement, name: string): XmlElement[] {
  return xmlChildren(parent, CONFERENCE_INFO_NAMESPACE, name);
}

function inside<T>(parent: XmlElement, name: string, read: (element: XmlElement) => T): T | undefined {
  const child = xmlChild(parent, CONFERENCE_INFO_NAMESPACE, name);
  return child === undefined ? undefined : read(child);
}

function textIn(parent: XmlElement, name: string): string | undefined {
  const text = xmlChildText(parent, CONFERENCE_INFO_NAMESPACE, name);
  return text === undefined ? undefined : detached(text);
}

function wordsIn(parent: XmlElement, name: string): readonly string[] | undefined {
  return textIn(parent, name)?.split(/[ \t\r\n]+/).filter((word) => word !== "").map(detached);
}

function wordIn<const T extends string>(parent: XmlElement, name: string, allowed: readonly T[]): T | undefined {
  const text = textIn(parent, name);
  return text === undefined ? undefined : oneOf(text, allowed, name);
}

function flagIn(parent: XmlElement, name: string): boolean | undefined {
  const text = wordIn(parent, name, ["true", "false", "1", "0"]);
  return text === undefined ? undefined : text === "true" || text === "1";
}

function numberOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = digits(xmlTrim(text), 0xffff_ffff);
  if (value < 0) throw new SyntaxError(`${name} is no number up to 4294967295`);
  return value;
}

function stateOf(element: XmlElement): InfoState {
  return oneOf(xmlAttribute(element, "state") ?? "full", INFO_STATES, `state of ${element.name}`);
}

function oneOf<const T extends string>(text: string, allowed: readonly T[], name: string): T {
  const word = allowed.find((other) => other === text);
  if (word === undefined) throw new SyntaxError(`${name} must be ${allowed.join(" or ")}`);
  return word;
}

/** A key: an attribute that has to be there, and to say something. */
function needed(element: XmlElement, name: string): string {
  const value = xmlAttribute(element, name);
  if (!value) throw new SyntaxError(`${element.name} without ${name}`);
  return detached(value);
}

/** Without what was not said. */
function said<T extends object>(all: T): T {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T;
}
