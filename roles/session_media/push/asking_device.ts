import { type Binding, type Exchange, type Target, uriTarget } from "../../sip_core/mod.ts";

/** The device that asks: by the flow it came over, or by the instance its Contact names; else one that is not registered. */
export function askingDevice({ flow, request }: Exchange, bindings: readonly Binding[]): Target {
  const contact = request.get("Contact") ?? "";
  const binding = bindings.find(({ flowId }) => flowId === flow.id) ??
    bindings.find(({ instance }) => instance !== "" && contact.includes(`+sip.instance="${instance}"`)) ?? null;
  return { ...uriTarget(request.from.uriText), flow, binding };
}
