import { z } from "zod";
import { line, lines } from "./fields.ts";
import { admission, advertise, dns, listen, peer, tls, trust } from "./network_areas.ts";
import { domainName } from "./readers.ts";
import { auth, deferred, limits, log, pager, registrar, storage, timers } from "./service_areas.ts";

/** Everything parley.toml may say. Each area stands in a file of its own. */
export const schema = z.strictObject({
  domain: line({ allowed: "a domain name", default: "localhost", help: "The first domain served.", read: domainName }),
  domains: lines({ allowed: "a domain name", max: 1000, default: [], help: "More domains served.", read: domainName }),
  advertise,
  listen,
  dns,
  trust,
  peer,
  tls,
  storage,
  log,
  pager,
  deferred,
  registrar,
  auth,
  limits,
  admission,
  timers,
});

/** The file as read and checked. */
export type Settings = z.output<typeof schema>;

/** A rule that joins two keys: the key to name, and what is allowed there. */
export interface Clash {
  readonly path: readonly (string | number)[];
  readonly allowed: string;
}

/** Settings that are each allowed but not together. */
export function clashes(settings: Settings): Clash[] {
  const found: Clash[] = [];
  const { registrar, deferred, tls, timers, peer } = settings;
  const check = (holds: boolean, path: (string | number)[], allowed: string) => {
    if (!holds) found.push({ path, allowed });
  };
  check(
    registrar.default_expires >= registrar.min_expires,
    ["registrar", "default_expires"],
    `at least registrar.min_expires, ${registrar.min_expires}`,
  );
  check(
    registrar.max_expires >= registrar.default_expires,
    ["registrar", "max_expires"],
    `at least registrar.default_expires, ${registrar.default_expires}`,
  );
  check(
    deferred.max_days >= deferred.default_days,
    ["deferred", "max_days"],
    `at least deferred.default_days, ${deferred.default_days}`,
  );
  check(timers.t2 >= timers.t1, ["timers", "t2"], `at least timers.t1, ${timers.t1}`);
  check(tls.certificate === "" || tls.key !== "", ["tls", "key"], "the private key of tls.certificate");
  check(tls.key === "" || tls.certificate !== "", ["tls", "certificate"], "the certificate of tls.key");
  const ours = new Set([settings.domain, ...settings.domains]);
  peer.forEach(({ domain }, i) => check(!ours.has(domain), ["peer", i, "domain"], "a domain that is not served here"));
  return found;
}
