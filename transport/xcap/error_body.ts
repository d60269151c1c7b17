import { escapeXml, parseXml, SMALL_XML, type XmlElement, xmlTrim } from "../xml/mod.ts";
import { type XcapCondition, XcapProblem } from "./xcap_problem.ts";

const XCAP_ERROR_NAMESPACE = "urn:ietf:params:xml:ns:xcap-error";
const OMA_ERROR_NAMESPACE = "urn:oma:xml:xdm:xcap-error";

const PLAIN = [
  "not-well-formed",
  "not-xml-frag",
  "schema-validation-error",
  "not-utf-8",
  "not-xml-att-value",
  "cannot-insert",
  "cannot-delete",
  "constraint-failure",
] as const;

/**
 * The detailed conflict report of a problem (RFC 4825 §11, `application/xcap-error+xml`), its message as the phrase. Null
 * where the problem has no condition: such answers have no report.
 */
export function errorBody(problem: XcapProblem): string | null {
  if (problem.condition === null) return null;
  const element = errorElement(problem.condition, ` phrase="${escapeXml(problem.message)}"`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<xcap-error xmlns="${XCAP_ERROR_NAMESPACE}">${element}</xcap-error>\n`;
}

function errorElement(condition: XcapCondition, phrase: string): string {
  switch (condition.element) {
    case "no-parent": {
      if (condition.ancestor === null) return `<no-parent${phrase}/>`;
      return `<no-parent${phrase}><ancestor>${escapeXml(condition.ancestor)}</ancestor></no-parent>`;
    }
    case "uniqueness-failure": {
      let exists = "";
      for (const { field, alternatives } of condition.exists) {
        const values = alternatives.map((value) => `<alt-value>${escapeXml(value)}</alt-value>`).join("");
        exists += `<exists field="${escapeXml(field)}">${values}</exists>`;
      }
      return `<uniqueness-failure${phrase}>${exists}</uniqueness-failure>`;
    }
    // The schema gives `extension` no phrase; OMA's own element has one.
    case "local": {
      let inner = "";
      for (const { field, value } of condition.alternatives) {
        inner += `<alt-value field="${escapeXml(field)}">${escapeXml(value)}</alt-value>`;
      }
      inner += `<description xml:lang="en">${escapeXml(condition.description)}</description>`;
      const name = "local-constraint-failure";
      return `<extension><${name} xmlns="${OMA_ERROR_NAMESPACE}"${phrase}>${inner}</${name}></extension>`;
    }
    default:
      return `<${condition.element}${phrase}/>`;
  }
}

/**
 * The problem that a conflict report tells: for clients. Null for an extension that is not known, which is as good as no
 * report (§11.1). Throws XmlProblem for what is no XML and SyntaxError for what is no report.
 */
export function parseErrorBody(text: string): XcapProblem | null {
  const { root } = parseXml(text, SMALL_XML);
  const [element] = root.children;
  if (root.name !== "xcap-error" || root.namespace !== XCAP_ERROR_NAMESPACE || root.children.length !== 1) {
    throw new SyntaxError(`conflict report: the root is ${root.name} with ${root.children.length} conditions`);
  }
  if (element.namespace !== XCAP_ERROR_NAMESPACE) return null;
  const condition = conditionOf(element);
  if (condition === null) return null;
  const told = condition.element === "local" ? element.children[0] : element;
  return new XcapProblem(409, valueOf(told, "phrase"), condition);
}

function conditionOf(element: XmlElement): XcapCondition | null {
  for (const name of PLAIN) if (element.name === name) return { element: name };
  switch (element.name) {
    case "no-parent": {
      const ancestor = named(element, "ancestor")[0];
      return { element: "no-parent", ancestor: ancestor === undefined ? null : xmlTrim(ancestor.text) };
    }
    case "uniqueness-failure": {
      const exists = named(element, "exists").map((one) => ({
        field: valueOf(one, "field"),
        alternatives: named(one, "alt-value").map(({ text }) => text),
      }));
      return { element: "uniqueness-failure", exists };
    }
    case "extension": {
      const [local] = element.children;
      if (local?.name !== "local-constraint-failure" || local.namespace !== OMA_ERROR_NAMESPACE) return null;
      const alternatives = named(local, "alt-value").map((one) => ({ field: valueOf(one, "field"), value: one.text }));
      return { element: "local", alternatives, description: named(local, "description")[0]?.text ?? "" };
    }
    default:
      return null;
  }
}

function named(parent: XmlElement, name: string): XmlElement[] {
  return parent.children.filter((child) => child.name === name && child.namespace === parent.namespace);
}

function valueOf(element: XmlElement, name: string): string {
  return element.attributes.find((attribute) => attribute.name === name && attribute.namespace === "")?.value ?? "";
}
