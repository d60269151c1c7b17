import { type Subscriber, type Subscribers } from "../../storage/mod.ts";
import type { Uri } from "../../transport/sip/mod.ts";
import { addressOf } from "./identity.ts";

/**
 * The user a URI names, by any of its names: the address-of-record itself, or a telephone number (tel, `user=phone`, or a
 * user part of `+` and digits in one of our domains), folded to the user who has it.
 */
export function subscriberOf(
  uri: Uri,
  subscribers: Pick<Subscribers, "get" | "byNumber">,
  domains: ReadonlySet<string>,
): Subscriber | undefined {
  const address = addressOf(uri);
  if (address.aor === "") return undefined;
  if (address.domain !== "" && !domains.has(address.domain)) return undefined;
  if (address.number !== "") {
    const byNumber = subscribers.byNumber(address.number);
    // A number names its user in every domain of ours, but a user of one domain is not one of another.
    if (byNumber !== undefined && (address.domain === "" || byNumber.aor.endsWith(`@${address.domain}`))) {
      return byNumber;
    }
  }
  return address.domain === "" ? undefined : subscribers.get(address.aor);
}
