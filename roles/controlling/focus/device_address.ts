import { tryParseUri } from "../../../transport/sip/mod.ts";
import { directDestination } from "../../sip_core/mod.ts";
import type { Person } from "./addresses.ts";
import type { FocusDeps } from "./focus_deps.ts";
import { subscriberOf } from "./invitee_rules.ts";

/**
 * Whether what looks like somebody of another domain is the place of a device here: inviting it there would be a way past its user's
 * rules. `told` is called once, at once where the address is a number. What is only claimed to be a device's counts where it is
 * named by number: a name would else be cut off by a Contact of ours.
 */
export function isDevice(deps: FocusDeps, person: Person, told: (device: boolean) => void): void {
  const { services: { location, locator } } = deps;
  const uri = subscriberOf(deps, person) === null ? tryParseUri(person.uri) : null;
  if (uri === null || (uri.scheme !== "sip" && uri.scheme !== "sips")) return told(false);
  const address = directDestination(uri);
  if (address !== null) return told(location.deviceAt(address.host, address.port, uri.user) !== null);
  locator.locate(uri, (destinations) =>
    told(destinations.some(({ host, port }) => {
      const device = location.deviceAt(host, port, uri.user);
      return device !== null && device.kind !== "claimed";
    })));
}
