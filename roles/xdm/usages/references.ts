import { tryParseUri } from "../../../transport/sip/mod.ts";
import { parseXcapUri, XcapProblem, type XcapTarget } from "../../../transport/xcap/mod.ts";
import type { XmlElement } from "../../../transport/xml/mod.ts";
import { addressOf } from "../../sip_core/mod.ts";
import type { UsageContext } from "../usage.ts";
import { constraintFailure, placeOf, quoted } from "./breach.ts";

/** No URI has any other character (RFC 3986 §2). */
const URI_TEXT = /^[A-Za-z0-9\-._~:\/?#@!$&'()*+,;=%]*$/;

/**
 * Reads an absolute URI of a list: `external@anchor`, `resource-list`, `ocp:entry@anc`. Throws constraint-failure where it is no
 * absolute HTTP URI, leads to another domain than ours, or to no element in an XCAP tree. That the element is there is not asked:
 * whoever follows the reference finds out (RFC 4826 §3.4.5).
 *
 * @param name of what holds the URI, for the phrase
 * @param usages identifiers of usages that it may lead to
 */
export function readAnchor(
  text: string,
  at: XmlElement,
  name: string,
  context: Pick<UsageContext, "root" | "domains">,
  usages: readonly string[],
): XcapTarget {
  const refuse = (why: string) =>
    constraintFailure(
      `${placeOf(at)}: the ${name} ${quoted(text)} ${why}; allowed, percent-encoded: ` +
        `${context.root}/${usages.join("|")}/users/<XUI>/<document>/~~/<selector of a list>`,
    );
  const url = URI_TEXT.test(text) && /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== "" || url.hash !== "") throw refuse("is no absolute HTTP URI");
  const root = new URL(context.root);
  const home = root.pathname.replace(/\/$/, "");
  if (url.hostname !== root.hostname && !context.domains.has(url.hostname)) throw refuse("leads out of this domain");
  if (!url.pathname.startsWith(`${home}/`)) throw refuse("is not below the XCAP root");
  const target = targetOf(url.pathname.slice(home.length), url.search.slice(1));
  if (typeof target === "string") throw refuse(`cannot be read (${target})`);
  if (!usages.includes(target.auid)) throw refuse(`leads to the usage ${quoted(target.auid)}`);
  if (target.selector?.node.kind !== "element") throw refuse("does not name an element");
  return target;
}

/** Reads a relative reference to an entry, `entry-ref@ref` (RFC 4826 §3.4.5); throws constraint-failure as `readAnchor`. */
export function readEntryRef(text: string, at: XmlElement): XcapTarget {
  const refuse = (why: string) =>
    constraintFailure(
      `${placeOf(at)}: the ref ${
        quoted(text)
      } ${why}; allowed is a path below the XCAP root, without a slash before it, ` +
        "percent-encoded: resource-lists/users/<XUI>/<document>/~~/<selector of an entry>",
    );
  // A colon in the first segment would make it a scheme (RFC 3986 §4.2).
  if (text === "" || !URI_TEXT.test(text) || /^(?:\/|[^\/]*:)/.test(text)) throw refuse("is no relative path");
  const query = text.indexOf("?");
  const target = query < 0 ? targetOf(text, "") : targetOf(text.slice(0, query), text.slice(query + 1));
  if (typeof target === "string") throw refuse(`cannot be read (${target})`);
  if (target.auid !== "resource-lists") throw refuse(`leads to the usage ${quoted(target.auid)}`);
  if (target.selector?.node.kind !== "element") throw refuse("does not name an element");
  return target;
}

/** Whose tree an XUI names: `sip:user@domain` folded; "" where it is no address. */
export function ownerOfXui(xui: string): string {
  return foldedAddress(/^(?:sips?|tel):/i.test(xui) ? xui : `sip:${xui}`);
}

/** A SIP or tel address folded, as identities are compared; "" where it is none. */
export function foldedAddress(text: string): string {
  const uri = tryParseUri(text);
  return uri === null ? "" : addressOf(uri).aor;
}

/**
 * The address of a list of presence folded: where `pres-list` says which of somebody's lists is meant (as GSMA RCS has it, beside the
 * user's own address), with that; "" where it is none.
 */
export function foldedListAddress(text: string): string {
  const aor = foldedAddress(text);
  const list = aor === "" ? "" : tryParseUri(text)?.params.get("pres-list") ?? "";
  return /^[\w.\-]+$/.test(list) ? `${aor};pres-list=${list.toLowerCase()}` : aor;
}

/** The address in what `foldedListAddress` gives. */
export function addressOfList(uri: string): string {
  return uri.replace(/;pres-list=[\w.\-]+$/, "");
}

/** What a path below the root names, or why it names nothing. */
function targetOf(path: string, query: string): XcapTarget | string {
  try {
    return parseXcapUri(path, query);
  } catch (problem) {
    if (problem instanceof XcapProblem) return problem.message;
    throw problem;
  }
}
