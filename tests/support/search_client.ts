/** Searches as an XDM client makes them, and what was found, read by text alone. */
import { equal } from "node:assert/strict";
import type { XcapAnswer, XcapClient } from "./xcap_client.ts";

export const PROFILES = "org.openmobilealliance.user-profile";
export const GROUPS = "org.openmobilealliance.groups";
export const CONVERSATIONS = "org.openmobilealliance.conv-history";

/** What a search is, beyond its condition. */
export interface SearchOptions {
  readonly returns?: string;
  readonly most?: number;
  readonly domain?: string;
  readonly target?: string;
}

const PATHS: Readonly<Record<string, readonly [path: string, namespace: string]>> = {
  [PROFILES]: ["user-profiles/user-profile", "urn:oma:xml:xdm:user-profile"],
  [GROUPS]: ["group/list-service", "urn:oma:xml:poc:list-service"],
  [CONVERSATIONS]: ["history-list/history", "urn:oma:xml:im:history-list"],
};

/** The query for everything in `auid` for which `where` holds; `$x` is what is looked at. */
export function queryOf(auid: string, where: string, returns = "$x"): string {
  const [path, namespace] = PATHS[auid];
  return `xquery version "1.0";
declare default element namespace "${namespace}";
declare namespace oxe = "urn:oma:xml:xdm:extensions";
for $x in collection("${auid}/users/")/${path}
${where === "" ? "" : `where ${where}`}
return ${returns}`;
}

/** One query in its envelope. */
export function searchSetOf(query: string, most?: number): string {
  const limit = most === undefined ? "" : ` max-results="${most}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<search-set xmlns="urn:oma:xml:xdm:search"><search id="s1"><request${limit}><query><![CDATA[${query}]]></query></request></search></search-set>`;
}

/** Sends a body to the Search Proxy. */
export function post(
  client: XcapClient,
  body: string,
  auid = PROFILES,
  options: SearchOptions = {},
): Promise<XcapAnswer> {
  const target = `/xcap/org.openmobilealliance.search?target=${options.target ?? `${auid}/users/`}&domain=${
    options.domain ?? "home"
  }`;
  return client.request("POST", target, { "content-type": "application/vnd.oma.search+xml" }, body);
}

export function ask(client: XcapClient, auid: string, where: string, options: SearchOptions = {}): Promise<XcapAnswer> {
  return post(client, searchSetOf(queryOf(auid, where, options.returns), options.most), auid, options);
}

/** The elements found, each as it was written; fails where the search was refused. */
export async function found(
  client: XcapClient,
  auid: string,
  where: string,
  options: SearchOptions = {},
): Promise<string[]> {
  return resultsOf(await ask(client, auid, where, options));
}

export function resultsOf({ status, body, headers }: XcapAnswer): string[] {
  equal(status, 200, body);
  equal(headers.get("content-type")?.split(";")[0], "application/vnd.oma.search+xml");
  const [, inside] = /<search id="s1"><response[^>]*>\n([^]*)<\/response><\/search>/.exec(body)!;
  return inside.split("\n").filter((line) => line !== "");
}

/** `uri` of each result. */
export async function foundUris(...search: Parameters<typeof found>): Promise<string[]> {
  return (await found(...search)).map((element) => /^<[\w-]+ xmlns="[^"]*" uri="([^"]*)"/.exec(element)![1]);
}
