import { locationWords, pointOf, type PresenceLocation } from "../../../transport/presence/mod.ts";
import type { LocationPart } from "../../model/mod.ts";

const CRS = "urn:ogc:def:crs:EPSG::4326";
const METRES = "urn:ogc:def:uom:EPSG::9001";

/** A place as a location object (RFC 4119): a point, or a circle where there is a radius (RFC 5491 §5.2.3), and words. */
export function locationObject({ latitude, longitude, radius, place }: Omit<LocationPart, "kind">): PresenceLocation {
  const shape = radius > 0
    ? {
      kind: "other" as const,
      text: `<gs:Circle xmlns:gs="http://www.opengis.net/pidflo/1.0" xmlns:gml="http://www.opengis.net/gml" ` +
        `srsName="${CRS}"><gml:pos>${latitude} ${longitude}</gml:pos>` +
        `<gs:radius uom="${METRES}">${radius}</gs:radius></gs:Circle>`,
    }
    : { kind: "point" as const, latitude, longitude };
  const words = place.trim();
  const civic = words === "" ? [] : [{ kind: "civic" as const, fields: [["LOC", words]] as const }];
  return { chunks: [shape, ...civic], method: "Manual", retransmissionAllowed: false, retentionExpiry: null };
}

/** The place that a location object tells; null for one without a point. */
export function locationPart(location: PresenceLocation): LocationPart | null {
  const point = pointOf(location);
  if (point === null) return null;
  const { latitude, longitude, radius } = point;
  // Without an address the words would be the degrees once more.
  const place = location.chunks.some(({ kind }) => kind === "civic") ? locationWords(location) : "";
  return { kind: "location", latitude, longitude, radius: radius ?? 0, place };
}
