import type { XmlElement } from "../xml/mod.ts";
import { DATA_MODEL_NAMESPACE, GEOPRIV_NAMESPACE, OMA_PRESENCE_NAMESPACE, PIDF_NAMESPACE } from "./names.ts";
import { RLMI_NAMESPACE } from "./list_meta_information.ts";
import { WATCHER_INFO_NAMESPACE } from "./watcher_info.ts";

/** What the schemas require of an element that filters may cut (RFC 4661 §3.5.1). Children are of its own namespace. */
interface Required {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
}

const NOTHING: Required = { attributes: [], children: [] };

const REQUIRED: ReadonlyMap<string, Required> = new Map(
  ([
    [PIDF_NAMESPACE, "presence", ["entity"], []],
    [PIDF_NAMESPACE, "tuple", ["id"], ["status"]],
    [DATA_MODEL_NAMESPACE, "person", ["id"], []],
    [DATA_MODEL_NAMESPACE, "device", ["id"], ["deviceID"]],
    [OMA_PRESENCE_NAMESPACE, "service-description", [], ["service-id", "version"]],
    [GEOPRIV_NAMESPACE, "geopriv", [], ["location-info", "usage-rules"]],
    [WATCHER_INFO_NAMESPACE, "watcherinfo", ["version", "state"], []],
    [WATCHER_INFO_NAMESPACE, "watcher-list", ["resource", "package"], []],
    [WATCHER_INFO_NAMESPACE, "watcher", ["id", "status", "event"], []],
    [RLMI_NAMESPACE, "list", ["uri", "version", "fullState"], []],
    [RLMI_NAMESPACE, "resource", ["uri"], []],
    [RLMI_NAMESPACE, "instance", ["id", "state"], []],
  ] as const).map(([namespace, name, attributes, children]) => [`${namespace} ${name}`, { attributes, children }]),
);

/** What is known to be required of an element. */
export function requiredOf({ namespace, name }: XmlElement): Required {
  return REQUIRED.get(`${namespace} ${name}`) ?? NOTHING;
}

/** Whether its parent cannot be without it: the root, and what the schema of the parent requires there. */
export function isRequired(element: XmlElement): boolean {
  const { parent, namespace, name } = element;
  return parent === null || (parent.namespace === namespace && requiredOf(parent).children.includes(name));
}
