import { useSignal } from "@preact/signals";
import type { LocationPart, Outcome } from "../../model/mod.ts";
import { language } from "../../texts/kit.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Dialog, Field, kitText, Notice, ProblemNotice } from "../kit/mod.ts";
import { degreesTyped } from "./degrees.ts";
import { t } from "./texts.ts";

interface ShareLocationDialogProps {
  readonly onShare: (location: Omit<LocationPart, "kind">) => Outcome;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks where we are: by what the device says, when its user presses for it, or by hand. */
export function ShareLocationDialog({ onShare, onDone, onClose }: ShareLocationDialogProps) {
  const latitude = useSignal(""), longitude = useSignal(""), place = useSignal(""), radius = useSignal(0);
  const finding = useSignal<"" | "busy" | "found" | "failed">("");
  const tried = useSignal(false);
  const doing = useDoing();
  const [north, east] = [degreesTyped(latitude.value, 90), degreesTyped(longitude.value, 180)];
  const find = () => {
    finding.value = "busy";
    const found = ({ coords }: GeolocationPosition) => {
      latitude.value = coords.latitude.toFixed(5);
      longitude.value = coords.longitude.toFixed(5);
      radius.value = Math.ceil(coords.accuracy);
      finding.value = "found";
    };
    const failed = () => void (finding.value = "failed");
    if (!("geolocation" in navigator)) failed();
    else navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 20_000 });
  };
  const share = () => {
    tried.value = true;
    if (north === null || east === null) return;
    const location = { latitude: north, longitude: east, radius: radius.value, place: place.value.trim() };
    doing.run(() => onShare(location), () => {
      onDone();
      onClose();
    });
  };
  const wrong = (most: number) => tried.value ? t("degrees-wrong", { from: -most, to: most }) : "";
  const example = (value: number) => t("degrees-hint", { example: value.toLocaleString(language.value.intl) });
  return (
    <Dialog
      title={t("share")}
      onClose={onClose}
      onSubmit={share}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="primary" type="submit" label={t("share")} busy={doing.busy.value} />
        </>
      }
    >
      <Button icon="place" label={t("find")} busy={finding.value === "busy"} onPress={find} />
      <div role="status">
        {finding.value === "found" && <p>{t("found", { n: radius.value })}</p>}
        {finding.value === "failed" && <Notice tone="warn">{t("find-failed")}</Notice>}
      </div>
      <Field
        label={t("place")}
        hint={t("place-hint")}
        value={place.value}
        maxLength={200}
        onInput={(text) => void (place.value = text)}
      />
      <div class="pair">
        <Field
          label={t("latitude")}
          hint={example(52.5163)}
          value={latitude.value}
          error={north === null ? wrong(90) : ""}
          onInput={(text) => {
            latitude.value = text;
            radius.value = 0;
          }}
        />
        <Field
          label={t("longitude")}
          hint={example(13.3777)}
          value={longitude.value}
          error={east === null ? wrong(180) : ""}
          onInput={(text) => {
            longitude.value = text;
            radius.value = 0;
          }}
        />
      </div>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </Dialog>
  );
}
