import { PLAIN_DONE, PLAIN_START, PLAIN_UNKNOWN, plainWord, PlainXml } from "../xml/mod.ts";
import { timeOf } from "./date_time.ts";
import { DATA_MODEL_NAMESPACE, PIDF_NAMESPACE } from "./names.ts";

/** As `PlainXml.namespace` counts them. */
const PIDF = 1, DATA_MODEL = 2;
const xml = new PlainXml([PIDF_NAMESPACE, DATA_MODEL_NAMESPACE]);

/** What an element is to the check. */
const OTHER = 0, ROOT = 1, TUPLE = 2, PERSON = 3, DEVICE = 4, STATUS = 5;
/** Those whose text is looked at: none of them may have a child. */
const BASIC = 6, TIMESTAMP = 7, DEVICE_ID = 8;

/** Well within `PRESENCE_LIMITS`: what is larger is read in full. */
const MOST_COMPONENTS = 20, MOST_CHILDREN = 60;

const word = plainWord;
const PRESENCE = word("presence"), ENTITY = word("entity"), ID = word("id");
const W_TUPLE = word("tuple"), W_PERSON = word("person"), W_DEVICE = word("device"), W_STATUS = word("status");
const W_BASIC = word("basic"),
  W_TIMESTAMP = word("timestamp"),
  W_CONTACT = word("contact"),
  W_DEVICE_ID = word("deviceID");
const OPEN = word("open"), CLOSED = word("closed");

/** By depth. */
const roles = new Uint8Array(32);
/** Where the ids of the components stand. */
const idFrom = new Int32Array(MOST_COMPONENTS), idTo = new Int32Array(MOST_COMPONENTS);
let components = 0;
/** Of the component that is open. */
let children = 0, statuses = 0, timestamps = 0, contacts = 0, deviceIds = 0;

/**
 * The `entity` of a `presence` document ("" where it has none) that `parsePresenceXml` and `checkPresence` would take, found out at a sixth
 * of what they cost; null for what only they can tell: what is wrong, or not written as clients write it every day. A hundred publications
 * are checked for one that is read.
 */
export function plainEntity(octets: Uint8Array): string | null {
  try {
    return xml.begin(octets) ? readEntity() : null;
  } finally {
    xml.end();
  }
}

function readEntity(): string | null {
  components = 0;
  let entity: string | null = null, besides = 0;
  for (;;) {
    const token = xml.next();
    if (token === PLAIN_UNKNOWN) return null;
    if (token === PLAIN_DONE) return entity;
    const { depth } = xml;
    if (token !== PLAIN_START) {
      if (!isEndSound(roles[depth])) return null;
      continue;
    }
    if (depth === 1) {
      if (xml.namespace !== PIDF || !xml.isNamed(PRESENCE)) return null;
      if (xml.findAttribute(ENTITY)) {
        xml.trim();
        entity = xml.text();
        if (entity === null) return null;
      } else entity = "";
      roles[0] = ROOT;
      continue;
    }
    const role = roleIn(roles[depth - 2]);
    if (role < 0 || (depth === 2 && role === OTHER && ++besides > MOST_CHILDREN)) return null;
    roles[depth - 1] = role;
  }
}

/** What the element is that has begun in one of role `parent`; -1 where it may be wrong there. */
function roleIn(parent: number): number {
  switch (parent) {
    case OTHER:
      return OTHER;
    case ROOT:
      return componentRole();
    case STATUS:
      if (++children > MOST_CHILDREN) return -1;
      return xml.namespace === PIDF && xml.isNamed(W_BASIC) ? BASIC : OTHER;
    case TUPLE:
    case PERSON:
    case DEVICE:
      return ++children > MOST_CHILDREN ? -1 : partRole(parent);
    default:
      return -1;
  }
}

function componentRole(): number {
  const { namespace } = xml;
  const role = namespace === PIDF && xml.isNamed(W_TUPLE)
    ? TUPLE
    : namespace !== DATA_MODEL
    ? OTHER
    : xml.isNamed(W_PERSON)
    ? PERSON
    : xml.isNamed(W_DEVICE)
    ? DEVICE
    : OTHER;
  if (role === OTHER) return role;
  children =
    statuses =
    timestamps =
    contacts =
    deviceIds =
      0;
  if (components === MOST_COMPONENTS || !xml.findAttribute(ID)) return -1;
  xml.trim();
  const { textFrom, textTo } = xml;
  if (textFrom === textTo) return -1;
  for (let i = 0; i < components; i++) if (xml.isSame(textFrom, textTo, idFrom[i], idTo[i])) return -1;
  idFrom[components] = textFrom;
  idTo[components++] = textTo;
  return role;
}

/** Of an element that stands in a tuple, person or device. */
function partRole(parent: number): number {
  const { namespace } = xml;
  if (namespace === (parent === TUPLE ? PIDF : DATA_MODEL)) {
    if (xml.isNamed(W_TIMESTAMP)) return ++timestamps > 1 ? -1 : TIMESTAMP;
    // Whether a second one is wrong depends on what the first one says.
    if (xml.isNamed(W_CONTACT)) return ++contacts > 1 ? -1 : OTHER;
    if (parent === TUPLE && xml.isNamed(W_STATUS)) return ++statuses > 1 ? -1 : STATUS;
  }
  if (parent === DEVICE && namespace === DATA_MODEL && xml.isNamed(W_DEVICE_ID)) {
    return ++deviceIds > 1 ? -1 : DEVICE_ID;
  }
  return OTHER;
}

function isEndSound(role: number): boolean {
  switch (role) {
    case TUPLE:
      return statuses === 1;
    case DEVICE:
      return deviceIds === 1;
    case BASIC:
      xml.trim();
      return xml.is(xml.textFrom, xml.textTo, OPEN) || xml.is(xml.textFrom, xml.textTo, CLOSED);
    case DEVICE_ID:
      xml.trim();
      return xml.textFrom < xml.textTo;
    case TIMESTAMP: {
      xml.trim();
      const text = xml.text();
      return text !== null && !Number.isNaN(timeOf(text));
    }
    default:
      return true;
  }
}
