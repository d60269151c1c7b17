import type { PresenceSource } from "./compose.ts";
import { RPID_NAMESPACE } from "./names.ts";
import { elementOf, sphereIn } from "./presence_facts.ts";

/**
 * The presentity's sphere for conditions of rules (RFC 5025 §3.1.2): what all published persons say that say one; null where none
 * does or they differ.
 */
export function sphereOf(sources: readonly PresenceSource[]): string | null {
  let found: string | null = null;
  for (const { document } of sources) {
    for (const component of document.components) {
      const isSphere = component.attributes.some(({ name, namespace }) =>
        name === "sphere" && namespace === RPID_NAMESPACE
      );
      if (component.kind !== "person" || !isSphere) continue;
      const sphere = sphereIn(elementOf(component)) ?? "";
      if (found !== null && found !== sphere) return null;
      found = sphere;
    }
  }
  return found;
}
