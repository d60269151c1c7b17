import type { LocationPart } from "../../model/mod.ts";
import { language } from "../../texts/kit.ts";
import { t } from "./texts.ts";

/** Where somebody is, in words and degrees. */
export function LocationWords({ location }: { location: LocationPart }) {
  const { latitude, longitude, radius, place } = location;
  const degrees = new Intl.NumberFormat(language.value.intl, { maximumFractionDigits: 4 });
  return (
    <span>
      {place !== "" && (
        <>
          <bdi>{place}</bdi>
          {" · "}
        </>
      )}
      <span class="num" dir="ltr">{degrees.format(latitude)}° / {degrees.format(longitude)}°</span>
      {radius > 0 && <>{", "}{t("within", { n: Math.round(radius) })}</>}
    </span>
  );
}
