import { type OwnTargetLookup } from "../../transport/sip/mod.ts";
import type { Exchange } from "./exchange.ts";
import type { CoreServices } from "./services.ts";
import { bindingTargets } from "./targets.ts";
import { type TargetDirectory } from "./target_class.ts";
import { subscriberOf } from "./subscriber_lookup.ts";

/**
 * For requests of the box's own (NOTIFY): a GRUU or an address-of-record of our domains leads to the device registered under
 * it, by its Path and its flow, not to ourselves.
 */
export function ownTargets(services: CoreServices, { subscribers, gruus }: TargetDirectory): OwnTargetLookup {
  return (uri) => {
    if (!services.domains.has(uri.host) || uri.user === "") return null;
    const gruu = uri.params.has("gr") && gruus !== null ? gruus.resolveGruu(uri) : null;
    if (uri.params.has("gr") && gruu === null) return "offline";
    const aor = gruu?.aor ?? subscriberOf(uri, subscribers, services.domains)?.aor;
    if (aor === undefined) return null;
    const bindings = gruu === null || gruus === null
      ? services.location.bindings(aor)
      : gruus.instanceBindings(aor, gruu.instance);
    const [target] = bindingTargets(aor, bindings, services.wires);
    if (target === undefined || target.dead) return "offline";
    return { uri: target.uri, routes: target.routes, flowId: target.flow?.id ?? 0 };
  };
}

/** The user of ours that a request is for, as the resource of a subscription; null when there is none. */
export function userResource(
  { subscribers, gruus }: TargetDirectory,
  services: Pick<CoreServices, "domains">,
): (exchange: Exchange) => string | null {
  return ({ request }) => {
    const uri = request.requestUri;
    if (uri.params.has("gr") && gruus !== null) return gruus.resolveGruu(uri)?.aor ?? null;
    return subscriberOf(uri, subscribers, services.domains)?.aor ?? null;
  };
}
