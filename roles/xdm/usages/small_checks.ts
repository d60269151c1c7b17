import { xmlAttribute, xmlChild, xmlChildren, xmlCollapsed, type XmlDocument } from "../../../transport/xml/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import type { Principal, UsageContext } from "../usage.ts";
import { constraintFailure, mustDiffer, overLimit, placeOf, quoted, textOfChild } from "./breach.ts";
import { COUNTS, NS } from "./identifiers.ts";
import { ownerOfXui } from "./references.ts";

/** OMA XDM: a profile says whose it is. Throws XcapProblem 409. */
export function checkUserProfile(document: XmlDocument, { key }: UsageContext): void {
  const profile = document.root.children[0];
  const uri = xmlAttribute(profile, "uri") ?? "";
  if (ownerOfXui(uri) !== key.owner) {
    throw constraintFailure(
      `Wrong User Profile URI: ${placeOf(profile)} has the uri ${quoted(uri)}; allowed: ${quoted(key.owner)}.`,
    );
  }
}

/** UPROF-5: to clear a profile leaves the User-ID and the friendly name. Throws XcapProblem 409. */
export function checkProfileRemoval(before: XmlDocument, by: Principal): void {
  const profile = before.root.children[0];
  if (by.kind !== "user" || profile === undefined || !textOfChild(profile, NS.userProfile, "display-name")) return;
  throw constraintFailure(
    `${placeOf(profile)}: a profile is cleared by replacing it with one that has its uri and its display-name alone; ` +
      "both stay when a profile is cleared.",
  );
}

/** The profile that the operator vouches for: nobody else writes it (oma-reference §5.11). Throws XcapProblem 403 and 409. */
export function checkLockedProfile(document: XmlDocument, context: UsageContext, by: Principal): void {
  if (by.kind !== "operator") throw new XcapProblem(403, "Only the service provider writes locked user profiles.");
  checkUserProfile(document, context);
}

/** What xs:ID means: no two elements of these names have the same id. Throws XcapProblem 409. */
export function checkPidf({ root }: XmlDocument): void {
  const identified = root.children.filter(({ name, namespace }) =>
    (namespace === NS.pidf && name === "tuple") ||
    (namespace === NS.dataModel && (name === "person" || name === "device"))
  );
  mustDiffer(identified, "id", NS.pidf);
}

const IMAGES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"];

/** An icon: base64 of an image, and not too large. Throws XcapProblem 409. */
export function checkPresContent({ root }: XmlDocument): void {
  const ns = NS.omaPresContent;
  const type = textOfChild(root, ns, "mime-type"), encoding = textOfChild(root, ns, "encoding") ?? "base64";
  if (type !== undefined && !IMAGES.includes(type.toLowerCase())) {
    throw constraintFailure(`/content/mime-type: ${quoted(type)} is not taken here; allowed: ${IMAGES.join(", ")}.`);
  }
  if (encoding.toLowerCase() !== "base64") {
    throw constraintFailure(`/content/encoding: ${quoted(encoding)} is not known; allowed: base64.`);
  }
  const data = xmlChild(root, ns, "data")?.text.replace(/[ \t\r\n]+/g, "") ?? "";
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+\/]*={0,2}$/.test(data)) {
    throw constraintFailure("/content/data: it is no base64 (RFC 4648 §4).");
  }
  const octets = data.length / 4 * 3 - (data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0);
  if (octets > COUNTS.icon) {
    throw overLimit(`/content/data: ${octets} octets; allowed: up to ${COUNTS.icon}.`);
  }
}

/** Quick answers: not too many, not too long, each with an id of its own. Throws XcapProblem 409. */
export function checkQuickAnswers({ root }: XmlDocument): void {
  const answers = xmlChildren(root, NS.quickAnswers, "quick-answer");
  if (answers.length > COUNTS.quickAnswers) {
    throw overLimit(`${placeOf(root)}: ${answers.length} quick answers; allowed: up to ${COUNTS.quickAnswers}.`);
  }
  mustDiffer(answers, "id", NS.quickAnswers);
  for (const answer of answers) {
    const text = answer.children[0];
    const length = [...xmlCollapsed(text.text)].length;
    if (length === 0) throw constraintFailure(`${placeOf(text)}: a quick answer has a text.`);
    if (length > COUNTS.quickAnswerText) {
      throw overLimit(`${placeOf(text)}: ${length} characters; allowed: up to ${COUNTS.quickAnswerText}.`);
    }
  }
}

/** Contact requests, which services write. Throws XcapProblem 409. */
export function checkContactRequests({ root }: XmlDocument): void {
  const requests = xmlChildren(root, NS.contactRequests, "contact-request");
  if (requests.length > COUNTS.contactRequests) {
    throw overLimit(`${placeOf(root)}: ${requests.length} requests; allowed: up to ${COUNTS.contactRequests}.`);
  }
  mustDiffer(requests, "id", NS.contactRequests);
}
