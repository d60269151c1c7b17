import type { Subscriber } from "../../storage/mod.ts";
import { type ClientDoor, doorUri } from "./client_door.ts";

/** Seconds between registrations that a client is asked for. */
export const REGISTER_EVERY_S = 600;

type Entry = readonly [name: string, value: string | number];

/**
 * Linphone's remote provisioning document (lpconfig): with it a client registers without anything being typed (REG-3). The
 * password is not in it, nor known to the box: HA1 takes its place, which is good for this realm alone.
 *
 * Two `auth_info` sections: liblinphone 5.1 takes the last one whose algorithm the challenge offers, so SHA-256 stands behind
 * MD5, which older ones know alone. `transient_provisioning`: the client forgets the URL once it is configured; else it would
 * ask again at each start. Ports -1: any free one, over every transport.
 */
export function linphoneConfig(user: Subscriber, door: ClientDoor): string {
  const name = user.aor.slice("sip:".length, user.aor.lastIndexOf("@"));
  const { realm, md5, sha256 } = user.credentials;
  const login = (algorithm: string, ha1: string): Entry[] => [
    ["username", name],
    ["userid", name],
    ["ha1", ha1],
    ["algorithm", algorithm],
    ["realm", realm],
    ["domain", realm],
  ];
  const server = doorUri(door);
  const identity = user.displayName === ""
    ? `<${user.aor}>`
    : `"${user.displayName.replace(/["\\]/g, "\\$&")}" <${user.aor}>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">
${section("misc", [["transient_provisioning", 1]])}
${section("sip", [["default_proxy", 0], ["sip_port", -1], ["sip_tcp_port", -1], ["sip_tls_port", -1]])}
${section("auth_info_0", login("MD5", md5))}
${section("auth_info_1", login("SHA-256", sha256))}
${
    section("proxy_0", [
      ["reg_proxy", `<${server}>`],
      ["reg_route", `<${server};lr>`],
      ["reg_identity", identity],
      ["reg_expires", REGISTER_EVERY_S],
      ["reg_sendregister", 1],
      ["publish", 0],
      ["quality_reporting_enabled", 0],
    ])
  }
</config>
`;
}

function section(name: string, entries: readonly Entry[]): string {
  const lines = entries.map(([key, value]) =>
    `  <entry name="${key}" overwrite="true">${xmlText(String(value))}</entry>`
  );
  return `<section name="${name}">\n${lines.join("\n")}\n</section>`;
}

/** Character data of XML 1.0; what no XML document may hold is left out. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}
