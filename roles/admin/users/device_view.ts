import { createHash } from "node:crypto";
import type { Wires } from "../../../transport/sip/mod.ts";
import { type Binding, bindingTarget } from "../../sip_core/mod.ts";
import type { DeviceView } from "../services/mod.ts";

/** What a registered contact is called by those who may end it: stays the same over refreshes. */
export function deviceId({ contact, instance, regId }: Binding): string {
  return createHash("sha256").update(`${instance}\n${regId}\n${instance === "" ? contact : ""}`).digest("hex").slice(
    0,
    16,
  );
}

/** A binding as it may be shown. */
export function deviceView(aor: string, binding: Binding, wires: Wires): DeviceView {
  const { contact, instance, userAgent, transport, source, registeredAt, expiresAt } = binding;
  return {
    id: deviceId(binding),
    contact,
    instance,
    user_agent: userAgent,
    transport,
    source: source.host.includes(":") ? `[${source.host}]:${source.port}` : `${source.host}:${source.port}`,
    registered_at: registeredAt,
    expires_at: expiresAt,
    live: !bindingTarget(aor, binding, wires).dead,
  };
}
