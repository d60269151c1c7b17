import { type Flow, type SubscriberDevices, tryParseUri, type Wires } from "../../transport/sip/mod.ts";
import type { Binding, LocationService } from "./location.ts";
import { flowOf } from "./targets.ts";

/**
 * The devices behind subscriptions, as the location table knows them: by the instance, which stays when address and connection change;
 * else by user part and host of the Contact, which most clients keep as long as they run and stay where they are. By the user part alone
 * all phones of a user may be the same, and one that knows of no subscription would end that of another.
 */
export function subscriberDevices(
  { location, wires }: { readonly location: Pick<LocationService, "bindings">; readonly wires: Wires },
): SubscriberDevices {
  return {
    deviceOf(aor, flow) {
      let found = "";
      for (const binding of location.bindings(aor)) {
        if (!isFrom(binding, flow)) continue;
        const device = deviceName(binding);
        if (found !== "" && found !== device) return "";
        found = device;
      }
      return found;
    },
    flowOf(aor, device) {
      let best: number | null = null;
      for (const binding of location.bindings(aor)) {
        if (deviceName(binding) !== device) continue;
        const flowId = reachOf(binding, wires);
        if (flowId !== null && flowId > 0) return flowId;
        best ??= flowId;
      }
      return best;
    },
  };
}

/** As `SubscriberDevices.deviceOf` says; "" where nothing tells the device from others. */
export function deviceName({ instance, contact }: Binding): string {
  if (instance !== "") return `i${instance}`;
  const uri = tryParseUri(contact);
  return uri === null || uri.user === "" ? "" : `c${uri.user}@${uri.host}`;
}

/** A datagram has no connection, and its flow may have been forgotten since the REGISTER. */
function isFrom({ flowId, transport, source }: Binding, flow: Flow): boolean {
  if (flowId === flow.id) return true;
  return transport === flow.transport && source.port === flow.remote.port && source.host === flow.remote.host;
}

/** As `SubscriberDevices.flowOf` says, of one of a device's bindings: with outbound it may have several. */
function reachOf(binding: Binding, wires: Wires): number | null {
  if (binding.path.length > 0) return 0;
  const flow = flowOf(binding, wires);
  if (flow !== null) return flow.id;
  return binding.transport === "udp" && !binding.flowOnly ? 0 : null;
}
