import { xmlAttribute, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { readXmlBody, xmlDocument, type XmlMarkup, xmlMarkup } from "./xml_body.ts";
import { strictXml, type XmlReader } from "./xml_reader.ts";

/** The body that a client publishes for the event package `poc-settings` (RFC 4354 with OMA's settings for IM). */
export const SERVICE_SETTINGS_TYPE = "application/poc-settings+xml";
export const POC_SETTINGS_NAMESPACE = "urn:oma:params:xml:ns:poc:poc-settings";
export const IM_SETTINGS_NAMESPACE = "urn:oma:xml:im:service-settings";

/** Whether sessions are accepted by the device itself or by its user. */
export type AnswerMode = "automatic" | "manual";

/** What becomes of messages that could not be delivered: delivered later, announced, or refused. */
export type DeferralMode = "push" | "notify" | "reject";

/** One device's settings; what is undefined it did not say. */
export interface ServiceSettings {
  /** Names the device: its instance id. */
  readonly entity: string;
  /** Nothing may come in. */
  readonly barred?: boolean;
  readonly answerMode?: AnswerMode;
  /** Whether a caller may ask for an answer without the user in spite of `manual`. */
  readonly manualOverride?: boolean;
  readonly simultaneousSessions?: boolean;
  /** The service that `active` is about. */
  readonly serviceId?: string;
  readonly active?: boolean;
  readonly deferral?: DeferralMode;
  readonly visible?: boolean;
  /** What is recorded; both false where it was switched off. */
  readonly recording?: RecordingModes;
}

/** Which messages go to the history. */
export interface RecordingModes {
  readonly session: boolean;
  /** Pager and large messages. */
  readonly pagerAndLarge: boolean;
}

/** Entities in one body: more is refused. */
export const SERVICE_SETTINGS_LIMIT = 16;

/**
 * Reads a body: the settings of each `entity`, found by namespace and local name anywhere under it; what is not known is passed
 * over. Throws SyntaxError when it is none, has no entity, or a setting has a value that it cannot have.
 */
export function parseServiceSettings(body: Uint8Array, xml: XmlReader = strictXml): ServiceSettings[] {
  const root = readXmlBody(body, xml);
  if (root.name !== "poc-settings" || root.namespace !== POC_SETTINGS_NAMESPACE) {
    throw new SyntaxError("not a poc-settings document");
  }
  const entities = root.children.filter((child) =>
    child.name === "entity" && child.namespace === POC_SETTINGS_NAMESPACE
  );
  if (entities.length === 0) throw new SyntaxError("a poc-settings document without an entity");
  if (entities.length > SERVICE_SETTINGS_LIMIT) throw new SyntaxError(`more than ${SERVICE_SETTINGS_LIMIT} entities`);
  return entities.map(readEntity);
}

function readEntity(entity: XmlElement): ServiceSettings {
  const id = xmlAttribute(entity, "id");
  if (!id) throw new SyntaxError("an entity of poc-settings without an id");
  const found = firstOfEach(entity);
  const poc = (name: string) => found.get(`${name} ${POC_SETTINGS_NAMESPACE}`);
  const im = (name: string) => found.get(`${name} ${IM_SETTINGS_NAMESPACE}`);
  const visible = readWord(im("vis-status"), ["visible", "invisible"]);
  const serviceId = im("service-id");
  return withoutUndefined({
    entity: id,
    barred: readFlag(poc("incoming-session-barring")),
    answerMode: readWord(poc("answer-mode"), ["automatic", "manual"]),
    manualOverride: readFlag(im("manual-answer-override") ?? poc("manual-answer-override")),
    simultaneousSessions: readFlag(poc("simultaneous-sessions-support")),
    serviceId: serviceId && (xmlTrim(serviceId.text) || undefined),
    active: readFlag(im("active")),
    deferral: readWord(im("offline-delivery"), ["push", "notify", "reject"]),
    visible: visible && visible === "visible",
    recording: readRecording(im("hist-settings")),
  });
}

/** The canonical body of some entities. */
export function writeServiceSettings(entities: readonly ServiceSettings[]): Uint8Array {
  const attributes = { xmlns: POC_SETTINGS_NAMESPACE, "xmlns:im": IM_SETTINGS_NAMESPACE };
  return xmlDocument(xmlMarkup("poc-settings", attributes, ...entities.map(writeEntity)));
}

function writeEntity(settings: ServiceSettings): XmlMarkup {
  const { barred, answerMode, simultaneousSessions, visible, recording } = settings;
  const flag = (group: string, name: string, value: boolean | undefined) =>
    value === undefined ? undefined : xmlMarkup(group, {}, xmlMarkup(name, { active: String(value) }));
  const leaf = (name: string, value: string | boolean | undefined) =>
    value === undefined ? undefined : xmlMarkup(name, {}, String(value));
  const group = (name: string, inner: XmlMarkup | undefined) => inner && xmlMarkup(name, {}, inner);
  const activation = (on: boolean, mode: string) =>
    on ? xmlMarkup("im:hist-activation", {}, xmlMarkup(mode, {})) : undefined;
  const ours = [
    leaf("im:service-id", settings.serviceId),
    leaf("im:active", settings.active),
    leaf("im:manual-answer-override", settings.manualOverride),
    group("im:deferred-settings", leaf("im:offline-delivery", settings.deferral)),
    group(
      "im:vis-settings",
      leaf("im:vis-status", visible === undefined ? undefined : visible ? "visible" : "invisible"),
    ),
    recording && xmlMarkup(
      "im:hist-settings",
      {},
      activation(recording.session, "im:session-mode"),
      activation(recording.pagerAndLarge, "im:pager-large-mode"),
    ),
  ];
  return xmlMarkup(
    "entity",
    { id: settings.entity },
    flag("isb-settings", "incoming-session-barring", barred),
    group("am-settings", leaf("answer-mode", answerMode)),
    flag("sss-settings", "simultaneous-sessions-support", simultaneousSessions),
    ours.some((part) => part !== undefined) ? xmlMarkup("im:service-settings", {}, ...ours) : undefined,
  );
}

/** The first element of each name and namespace under an entity. Depth is bounded by the reader. */
function firstOfEach(entity: XmlElement): Map<string, XmlElement> {
  const found = new Map<string, XmlElement>();
  const visit = (parent: XmlElement) => {
    for (const child of parent.children) {
      const key = `${child.name} ${child.namespace}`;
      if (!found.has(key)) found.set(key, child);
      visit(child);
    }
  };
  visit(entity);
  return found;
}

/** `active` as an attribute, or the element's own text. */
function readFlag(element: XmlElement | undefined): boolean | undefined {
  if (element === undefined) return undefined;
  const text = xmlTrim(xmlAttribute(element, "active") ?? element.text);
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new SyntaxError(`${element.name} must be true or false`);
}

function readWord<const T extends string>(element: XmlElement | undefined, allowed: readonly T[]): T | undefined {
  if (element === undefined) return undefined;
  const text = xmlTrim(element.text);
  const word = allowed.find((other) => other === text);
  if (word === undefined) throw new SyntaxError(`${element.name} must be ${allowed.join(" or ")}`);
  return word;
}

/** Each `hist-activation` names a mode by its child; one that says `active="false"` switches it off. */
function readRecording(settings: XmlElement | undefined): RecordingModes | undefined {
  if (settings === undefined) return undefined;
  const on = (mode: string) =>
    settings.children.some((activation) =>
      activation.name === "hist-activation" && activation.namespace === IM_SETTINGS_NAMESPACE &&
      activation.children.some((child) =>
        child.name === mode && child.namespace === IM_SETTINGS_NAMESPACE && isOn(child) && isOn(activation)
      )
    );
  return { session: on("session-mode"), pagerAndLarge: on("pager-large-mode") };
}

function isOn(element: XmlElement): boolean {
  const said = xmlTrim(xmlAttribute(element, "active") ?? element.text);
  return said !== "false" && said !== "0";
}

function withoutUndefined(
  settings: { readonly [K in keyof ServiceSettings]: ServiceSettings[K] | undefined },
): ServiceSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as unknown as ServiceSettings;
}
