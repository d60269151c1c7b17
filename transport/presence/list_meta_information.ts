import { detached } from "../../foundation/mod.ts";
import {
  escapeXml,
  XML_NAMESPACE,
  xmlAttribute,
  xmlChildren,
  type XmlElement,
  type XmlLimits,
  xmlTrim,
} from "../xml/mod.ts";
import { placeIn, PresenceProblem } from "./presence_problem.ts";
import { parsePresenceXml } from "./read_presence.ts";

export const RLMI_NAMESPACE = "urn:ietf:params:xml:ns:rlmi";
export const RLMI_TYPE = "application/rlmi+xml";
/** The option tag of subscriptions to lists (RFC 4662 §4.1). */
export const EVENT_LIST_TAG = "eventlist";

/** A document of 1,000 resources with names and instances is read. */
export const RLMI_LIMITS: XmlLimits = { characters: 1_048_576, depth: 32, elements: 6000, attributes: 64 };

/** A name for people; `language` "" for none. */
export interface ListName {
  readonly text: string;
  readonly language: string;
}

/** One virtual subscription to a resource (RFC 4662 §5.5). */
export interface RlmiInstance {
  readonly id: string;
  readonly state: "active" | "pending" | "terminated";
  /** Of one that is terminated, as of Subscription-State; "" for none. */
  readonly reason: string;
  /** Content-ID of the part that holds the state, without angle brackets; "" for none. */
  readonly cid: string;
}

export interface RlmiResource {
  readonly uri: string;
  readonly names: readonly ListName[];
  /** None where nothing is known yet. */
  readonly instances: readonly RlmiInstance[];
}

/** Resource list meta-information (RFC 4662 §5). */
export interface Rlmi {
  readonly uri: string;
  readonly version: number;
  readonly fullState: boolean;
  readonly cid: string;
  readonly names: readonly ListName[];
  readonly resources: readonly RlmiResource[];
}

const STATES: readonly RlmiInstance["state"][] = ["active", "pending", "terminated"];

export function rlmiText({ uri, version, fullState, cid, names, resources }: Rlmi): string {
  let text = rlmiStart(uri, version, fullState, cid) + namesText(names);
  for (const resource of resources) {
    text += resourceStart(resource.uri, resource.names) + resource.instances.map(instanceText).join("") +
      RESOURCE_END;
  }
  return text + RLMI_END;
}

/** The pieces of a document, for those who make it of what they have already. */
export function rlmiStart(uri: string, version: number, fullState: boolean, cid = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<list xmlns="${RLMI_NAMESPACE}" uri="${escapeXml(uri)}"` +
    ` version="${version}" fullState="${fullState}"${cid === "" ? "" : ` cid="${escapeXml(cid)}"`}>\n`;
}
export const RLMI_END = "</list>\n";

export function namesText(names: readonly ListName[]): string {
  let all = "";
  for (const { text, language } of names) {
    all += `<name${language === "" ? "" : ` xml:lang="${escapeXml(language)}"`}>${escapeXml(text)}</name>\n`;
  }
  return all;
}

export function resourceStart(uri: string, names: readonly ListName[]): string {
  return `<resource uri="${escapeXml(uri)}">\n${namesText(names)}`;
}
export const RESOURCE_END = "</resource>\n";

export function instanceText({ id, state, reason, cid }: RlmiInstance): string {
  return `<instance id="${escapeXml(id)}" state="${state}"${reason === "" ? "" : ` reason="${escapeXml(reason)}"`}` +
    `${cid === "" ? "" : ` cid="${escapeXml(cid)}"`}/>\n`;
}

/** Reads `application/rlmi+xml`. Elements and attributes of others are passed over. Throws PresenceProblem. */
export function readRlmi(body: Uint8Array | string): Rlmi {
  const { root, text } = parsePresenceXml(body, RLMI_LIMITS);
  if (root.name !== "list" || root.namespace !== RLMI_NAMESPACE) {
    throw problem(text, root, `the root is {${root.namespace}}${root.name}; allowed: {${RLMI_NAMESPACE}}list`);
  }
  const written = xmlAttribute(root, "version") ?? "";
  const version = /^\s*\+?[0-9]{1,10}\s*$/.test(written) ? Number(written) : NaN;
  if (!(version <= 0xffff_ffff)) throw problem(text, root, "version is no number up to 4294967295");
  const fullState = xmlTrim(xmlAttribute(root, "fullState") ?? "");
  if (!/^(?:true|false|0|1)$/.test(fullState)) throw problem(text, root, "fullState is neither true nor false");
  return {
    uri: required(text, root, "uri"),
    version,
    fullState: fullState === "true" || fullState === "1",
    cid: detached(xmlAttribute(root, "cid") ?? ""),
    names: namesOf(root),
    resources: xmlChildren(root, RLMI_NAMESPACE, "resource").map((resource) => ({
      uri: required(text, resource, "uri"),
      names: namesOf(resource),
      instances: xmlChildren(resource, RLMI_NAMESPACE, "instance").map((instance) => {
        const state = STATES.find((one) => one === xmlAttribute(instance, "state"));
        if (state === undefined) throw problem(text, instance, `state is none of ${STATES.join(", ")}`);
        return {
          id: required(text, instance, "id"),
          state,
          reason: detached(xmlAttribute(instance, "reason") ?? ""),
          cid: detached(xmlAttribute(instance, "cid") ?? ""),
        };
      }),
    })),
  };
}

function namesOf(element: XmlElement): ListName[] {
  return xmlChildren(element, RLMI_NAMESPACE, "name").map((name) => ({
    text: detached(xmlTrim(name.text)),
    language: detached(xmlAttribute(name, "lang", XML_NAMESPACE) ?? ""),
  }));
}

function required(text: string, element: XmlElement, name: string): string {
  const value = xmlTrim(xmlAttribute(element, name) ?? "");
  if (value === "") throw problem(text, element, `${element.name} without ${name}`);
  return detached(value);
}

function problem(text: string, element: XmlElement, message: string): PresenceProblem {
  return new PresenceProblem("invalid", `${placeIn(text, element.start)}: ${message}`);
}
