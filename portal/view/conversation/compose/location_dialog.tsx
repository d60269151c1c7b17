import { useSignal } from "@preact/signals";
import type { ConversationModel } from "../../../model/mod.ts";
import { Button, Dialog, Field, kitText, Notice } from "../../kit/mod.ts";
import { t } from "../texts.ts";

export interface LocationDialogProps {
  readonly onSend: (location: Parameters<ConversationModel["sendLocation"]>[0]) => void;
  readonly onClose: () => void;
}

/** Where one is, or somewhere else: by the browser, or typed in. */
export function LocationDialog({ onSend, onClose }: LocationDialogProps) {
  const latitude = useSignal(""), longitude = useSignal(""), place = useSignal("");
  const radius = useSignal(0), busy = useSignal(false), refused = useSignal(false), tried = useSignal(false);
  const at = { latitude: degreesIn(latitude.value, 90), longitude: degreesIn(longitude.value, 180) };
  const wrong = (value: number | null, most: number) =>
    tried.value && value === null ? t("location.wrong", { least: -most, most }) : "";
  const find = () => {
    busy.value = true;
    refused.value = false;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      latitude.value = coords.latitude.toFixed(6);
      longitude.value = coords.longitude.toFixed(6);
      radius.value = Math.round(coords.accuracy);
      busy.value = false;
    }, () => {
      refused.value = true;
      busy.value = false;
    }, { timeout: 20_000, maximumAge: 60_000 });
  };
  const send = () => {
    tried.value = true;
    if (at.latitude === null || at.longitude === null) return;
    onSend({
      latitude: at.latitude,
      longitude: at.longitude,
      radius: radius.value,
      place: place.value.trim().slice(0, 200),
    });
    onClose();
  };
  // Typed by hand it is a point.
  const typed = (field: { value: string }) => (value: string) => {
    field.value = value;
    radius.value = 0;
  };
  return (
    <Dialog
      title={t("location.title")}
      onClose={onClose}
      onSubmit={send}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="primary" icon="place" label={t("send")} type="submit" />
        </>
      }
    >
      {"geolocation" in navigator && (
        <Button
          icon="place"
          label={t("location.find")}
          busy={busy.value}
          onPress={find}
        />
      )}
      {refused.value && (
        <Notice tone="warn" live>
          <p>{t("location.refused")}</p>
        </Notice>
      )}
      <Field
        label={t("location.latitude")}
        value={latitude.value}
        hint={t("location.hint")}
        error={wrong(at.latitude, 90)}
        onInput={typed(latitude)}
      />
      <Field
        label={t("location.longitude")}
        value={longitude.value}
        error={wrong(at.longitude, 180)}
        onInput={typed(longitude)}
      />
      <Field
        label={t("location.place")}
        value={place.value}
        maxLength={200}
        onInput={(value) => void (place.value = value)}
      />
    </Dialog>
  );
}

/** Degrees as somebody types them, with a point or a comma; null where they are none. */
export function degreesIn(text: string, most: number): number | null {
  const value = /^\s*-?\d{1,3}(?:[.,]\d{1,12})?\s*$/.test(text) ? Number(text.trim().replace(",", ".")) : NaN;
  return Math.abs(value) <= most ? value : null;
}
