import { useSignal } from "@preact/signals";
import { Button, Field, Notice, Toggle } from "../kit/mod.ts";
import { LONGEST_KEYWORD, MOST_KEYWORDS, type Preferences, type QuietHours } from "../preferences.ts";
import { clockOf, keywordsTyped, minutesOf } from "./keywords.ts";
import { t } from "./texts.ts";

/** What notifies, how and when (NOT-5 to NOT-9). */
export function NotificationsPart({ preferences }: { preferences: Preferences }) {
  const { notify, notifyText, notifyPreview, notifySound, notifyVibration, notifyMark, quietHours } = preferences;
  const { notifyWhenOpen, notifyWhenClosed, keywords } = preferences;
  const off = !notify.value;
  const words = useSignal(keywords.peek().join(", "));
  const typed = keywordsTyped(words.value);
  const quiet = quietHours.value;
  const setQuiet = (change: Partial<QuietHours>) => void (quietHours.value = { ...quiet, ...change });
  const setTime = (key: "from" | "until", clock: string) => {
    const minutes = minutesOf(clock);
    if (minutes !== null) setQuiet({ [key]: minutes });
  };
  return (
    <>
      <p class="hint">{t("browser-only")}</p>
      <Toggle
        label={t("notify")}
        hint={t("notify-hint")}
        on={notify.value}
        onChange={(on) => void (notify.value = on)}
      />
      <h3>{t("how")}</h3>
      <Toggle
        label={t("by-text")}
        hint={t("by-text-hint")}
        on={notifyText.value}
        disabled={off}
        onChange={(on) => void (notifyText.value = on)}
      />
      <Toggle
        label={t("preview")}
        hint={t("preview-hint")}
        on={notifyPreview.value}
        disabled={off || !notifyText.value}
        onChange={(on) => void (notifyPreview.value = on)}
      />
      {notify.value && notifyText.value && <DesktopLeave />}
      <Toggle
        label={t("by-sound")}
        on={notifySound.value}
        disabled={off}
        onChange={(on) => void (notifySound.value = on)}
      />
      <Toggle
        label={t("by-vibration")}
        hint={t("by-vibration-hint")}
        on={notifyVibration.value}
        disabled={off}
        onChange={(on) => void (notifyVibration.value = on)}
      />
      <Toggle
        label={t("by-mark")}
        hint={t("by-mark-hint")}
        on={notifyMark.value}
        disabled={off}
        onChange={(on) => void (notifyMark.value = on)}
      />
      <h3>{t("when")}</h3>
      <Toggle
        label={t("when-closed")}
        on={notifyWhenClosed.value}
        disabled={off}
        onChange={(on) => void (notifyWhenClosed.value = on)}
      />
      <Toggle
        label={t("when-open")}
        on={notifyWhenOpen.value}
        disabled={off}
        onChange={(on) => void (notifyWhenOpen.value = on)}
      />
      <Field
        label={t("keywords")}
        hint={t("keywords-hint")}
        value={words.value}
        disabled={off}
        error={typed === null ? t("keywords-wrong", { most: MOST_KEYWORDS, longest: LONGEST_KEYWORD }) : ""}
        onInput={(text) => {
          words.value = text;
          const wanted = keywordsTyped(text);
          if (wanted !== null) keywords.value = wanted;
        }}
      />
      <Toggle
        label={t("quiet")}
        hint={t("quiet-hint")}
        on={quiet.on}
        disabled={off}
        onChange={(on) => setQuiet({ on })}
      />
      {quiet.on && (
        <div class="pair">
          <Field
            type="time"
            label={t("quiet-from")}
            value={clockOf(quiet.from)}
            disabled={off}
            onInput={(clock) => setTime("from", clock)}
          />
          <Field
            type="time"
            label={t("quiet-until")}
            value={clockOf(quiet.until)}
            disabled={off}
            onInput={(clock) => setTime("until", clock)}
          />
        </div>
      )}
    </>
  );
}

/** What the browser allows. It is asked on a press alone: who is asked by surprise says no, and the browser never asks again. */
function DesktopLeave() {
  const known = typeof Notification === "function";
  const leave = useSignal<NotificationPermission | "missing">(known ? Notification.permission : "missing");
  const ask = async () => {
    leave.value = await Notification.requestPermission();
  };
  return (
    <div role="status">
      {leave.value === "default" && (
        <Notice
          tone="info"
          action={
            <Button
              icon="bell"
              label={t("desktop-button")}
              onPress={() => void ask()}
            />
          }
        >
          <p>{t("desktop-ask")}</p>
        </Notice>
      )}
      {leave.value === "granted" && <p class="hint">{t("desktop")}: {t("desktop-granted")}</p>}
      {leave.value === "denied" && <Notice tone="warn">{t("desktop-denied")}</Notice>}
      {leave.value === "missing" && <p class="hint">{t("desktop")}: {t("desktop-missing")}</p>}
    </div>
  );
}
