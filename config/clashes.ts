import { listenersCollide } from "../transport/net/mod.ts";
import { mediaDoors } from "./media_doors.ts";
import type { Listen } from "./readers.ts";
import type { Settings } from "./schema.ts";

/** A rule that joins keys: where it breaks, the key to name and what is allowed there. */
export interface Clash {
  readonly path: readonly (string | number)[];
  readonly allowed: string;
  /** The other keys of the rule. */
  readonly others: readonly string[];
}

/** Settings that are each allowed but not together. */
export function clashes(settings: Settings): Clash[] {
  const found: Clash[] = [];
  const { registrar, deferred, tls, timers, peer, pager, profile, relay, session } = settings;
  const check = (holds: boolean, path: (string | number)[], allowed: string, ...others: string[]) => {
    if (!holds) found.push({ path, allowed, others });
  };
  check(
    registrar.default_expires >= registrar.min_expires,
    ["registrar", "default_expires"],
    `at least registrar.min_expires, ${registrar.min_expires}`,
    "registrar.min_expires",
  );
  check(
    registrar.max_expires >= registrar.default_expires,
    ["registrar", "max_expires"],
    `at least registrar.default_expires, ${registrar.default_expires}`,
    "registrar.default_expires",
  );
  check(
    deferred.max_days >= deferred.default_days,
    ["deferred", "max_days"],
    `at least deferred.default_days, ${deferred.default_days}`,
    "deferred.default_days",
  );
  check(
    deferred.total_bytes >= deferred.quota_bytes,
    ["deferred", "total_bytes"],
    `at least deferred.quota_bytes, ${deferred.quota_bytes}`,
    "deferred.quota_bytes",
  );
  check(
    (profile.quota_bytes === 0) === (profile.quota_messages === 0),
    ["profile", "quota_bytes"],
    `${profile.quota_messages === 0 ? "0" : "more than 0"}, as profile.quota_messages is ${profile.quota_messages}`,
    "profile.quota_messages",
  );
  // What is converted is larger than a pager message, and would be refused for its size.
  check(
    session.large_messages === "refuse" || session.max_content > pager.max_body,
    ["session", "max_content"],
    `more than pager.max_body, ${pager.max_body}, as session.large_messages is "convert"`,
    "session.large_messages",
    "pager.max_body",
  );
  check(
    relay.max_expires >= relay.default_expires,
    ["relay", "max_expires"],
    `at least relay.default_expires, ${relay.default_expires}`,
    "relay.default_expires",
  );
  check(timers.t2 >= timers.t1, ["timers", "t2"], `at least timers.t1, ${timers.t1}`, "timers.t1");
  check(
    tls.certificate === "" || tls.key !== "",
    ["tls", "key"],
    "the private key of tls.certificate",
    "tls.certificate",
  );
  check(tls.key === "" || tls.certificate !== "", ["tls", "certificate"], "the certificate of tls.key", "tls.key");
  const ours = new Set([settings.domain, ...settings.domains]);
  peer.forEach(({ domain }, i) =>
    check(!ours.has(domain), ["peer", i, "domain"], "a domain that is not served here", "domain", "domains")
  );
  for (const { path, at, other } of sharedPorts(settings.listen)) {
    check(false, path, `a port that ${at} does not have`, ...(other === path.slice(0, 2).join(".") ? [] : [other]));
  }
  const { media_port, msrp } = settings.listen;
  const ports = session.media_threads * msrp.length;
  check(
    media_port + ports <= 65_536,
    ["listen", "media_port"],
    `at most ${65_536 - ports}, as session.media_threads needs ${ports} ports`,
    "session.media_threads",
  );
  const taken = media_port === 0 ? undefined : takenMediaPort(settings);
  check(
    taken === undefined,
    ["listen", "media_port"],
    `the first of ${ports} ports in a row, none of them that of ${taken?.at}`,
    "session.media_threads",
    taken?.other ?? "listen.msrp",
  );
  return found;
}

/** Doors that cannot be open together, each with an earlier one on its port. */
function* sharedPorts(listen: Settings["listen"]) {
  const earlier: { readonly area: string; readonly i: number; readonly door: Listen }[] = [];
  for (const area of ["sip", "msrp", "web"] as const) {
    for (const [i, door] of listen[area].entries()) {
      const taken = earlier.find((one) => listenersCollide(one.door, door));
      if (taken !== undefined) {
        yield {
          path: ["listen", area, i],
          at: `listen.${taken.area}[${taken.i}]`,
          other: `listen.${taken.area}`,
        };
      }
      earlier.push({ area, i, door });
    }
  }
}

/** The door that has a port which media threads need; undefined for none. */
function takenMediaPort({ listen, session }: Settings): { readonly at: string; readonly other: string } | undefined {
  const doors = mediaDoors(listen.msrp, listen.media_port, session.media_threads).flat();
  for (const area of ["sip", "msrp", "web"] as const) {
    for (const [i, door] of listen[area].entries()) {
      if (doors.some((one) => listenersCollide(one, door))) {
        return { at: `listen.${area}[${i}]`, other: `listen.${area}` };
      }
    }
  }
}
