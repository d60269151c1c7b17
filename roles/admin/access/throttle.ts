import type { Clock } from "../../../foundation/mod.ts";
import { ipv6Octets } from "../../../transport/net/mod.ts";
import { LockOut } from "../../sip_core/mod.ts";

/**
 * Slows guessing down, by three counts (RFC 6749 has none of this; OWASP ASVS 2.2.1 asks for it):
 * - one name from one source: after five wrong tries a minute, then twice as long each time, up to an hour;
 * - one source, whatever the names: after 20, half a minute up to a quarter of an hour;
 * - one name from everywhere together: after 50, five seconds up to a minute. It does not hold up a source from which this
 *   person came in before, so that strangers cannot keep the right one out.
 * A name counts whether it exists or not. All tables are bounded.
 */
export class LoginThrottle {
  readonly #pairs: LockOut;
  readonly #sources: LockOut;
  readonly #names: LockOut;
  /** One try at a time for a name from a source: many at once would pass before the first is counted. */
  readonly #trying = new Set<string>();

  constructor(clock: Clock) {
    this.#pairs = new LockOut(clock, { attempts: 5, first_lock: 60, longest_lock: 3600 });
    this.#sources = new LockOut(clock, { attempts: 20, first_lock: 30, longest_lock: 900, forget: 3600 });
    this.#names = new LockOut(clock, { attempts: 50, first_lock: 5, longest_lock: 60, forget: 3600 });
  }

  /** Seconds until a try is looked at; 0: it may be now. `known`: this person came in from there before. */
  wait(name: string, source: string, known: boolean): number {
    const place = placeOf(source);
    return Math.max(
      this.#trying.has(`${place} ${name}`) ? 1 : 0,
      this.#pairs.locked(name, place),
      this.#sources.locked("", place),
      known ? 0 : this.#names.locked(name, ""),
    );
  }

  /** A try begins. Gives what must be called when it has ended: well or not, or without an answer (null). */
  begin(name: string, source: string): (well: boolean | null) => void {
    const place = placeOf(source);
    const key = `${place} ${name}`;
    this.#trying.add(key);
    return (well) => {
      this.#trying.delete(key);
      if (well === true) this.#pairs.passed(name, place);
      if (well !== false) return;
      this.#pairs.failed(name, place);
      this.#sources.failed("", place);
      this.#names.failed(name, "");
    };
  }
}

/** Who has one IPv6 address has the 2^64 beside it (RFC 6177). */
export function placeOf(source: string): string {
  const octets = source.includes(":") ? ipv6Octets(source) : null;
  if (octets === null) return source;
  return `${Array.from(octets.subarray(0, 8), (octet) => octet.toString(16).padStart(2, "0")).join("")}::/64`;
}
