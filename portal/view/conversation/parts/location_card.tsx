import type { LocationPart } from "../../../model/mod.ts";
import { language } from "../../../texts/kit.ts";
import { Button } from "../../kit/mod.ts";
import { t } from "../texts.ts";

/** Where somebody is: in words and degrees, and as a mark on a drawn grid of the world. No map of another host is asked. */
export function LocationCard({ location }: { location: LocationPart }) {
  const { radius, place } = location;
  const latitude = degrees(location.latitude), longitude = degrees(location.longitude);
  return (
    <div class="card location">
      <svg class="world" viewBox="-180 -90 360 180" role="img" aria-label={t("location.map", { latitude, longitude })}>
        <path class="grid" d={GRID} />
        <path class="middle" d="M-180 0H180M0 -90V90" />
        <circle cx={location.longitude} cy={-location.latitude} r="9" />
      </svg>
      <div class="card-text">
        {place !== "" && (
          <p class="card-name">
            <bdi>{place}</bdi>
          </p>
        )}
        <p class="num" dir="ltr">{t("location.at", { latitude, longitude })}</p>
        {radius > 0 && <p class="hint">{t("location.radius", { radius: Math.round(radius) })}</p>}
        <Button
          look="quiet"
          icon="copy"
          label={t("location.copy")}
          onPress={() => void navigator.clipboard?.writeText(`${location.latitude}, ${location.longitude}`)}
        />
      </div>
    </div>
  );
}

const STEPS = [-150, -120, -90, -60, -30, 30, 60, 90, 120, 150];
const GRID = STEPS.map((at) => `M${at} -90V90${Math.abs(at) < 90 ? `M-180 ${at}H180` : ""}`).join("");

function degrees(value: number): string {
  return new Intl.NumberFormat(language.value.intl, { maximumFractionDigits: 5 }).format(value);
}
