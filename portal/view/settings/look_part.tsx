import { LANGUAGE_NAMES, LANGUAGES, type LanguageTag } from "../../texts/kit.ts";
import { Choice, Select, Toggle } from "../kit/mod.ts";
import type { Preferences } from "../preferences.ts";
import { t } from "./texts.ts";

/** How the page looks in this browser. */
export function LookPart({ preferences }: { preferences: Preferences }) {
  const { language, theme, hourCycle, emoticons, enterSends } = preferences;
  return (
    <>
      <p class="hint">{t("browser-only")}</p>
      <Select
        label={t("language")}
        value={language.value}
        onChange={(value) => void (language.value = value as LanguageTag | "auto")}
        options={[
          { value: "auto", label: t("language-auto") },
          ...LANGUAGES.map((tag) => ({ value: tag as string, label: LANGUAGE_NAMES[tag] })),
        ]}
      />
      <Choice
        label={t("theme")}
        value={theme.value}
        onChange={(value) => void (theme.value = value)}
        options={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`theme-${value}`) }))}
      />
      <Choice
        label={t("hours")}
        value={hourCycle.value}
        onChange={(value) => void (hourCycle.value = value)}
        options={(["auto", "12", "24"] as const).map((value) => ({ value, label: t(`hours-${value}`) }))}
      />
      <Toggle
        label={t("emoticons")}
        hint={t("emoticons-hint")}
        on={emoticons.value}
        onChange={(on) => void (emoticons.value = on)}
      />
      <Toggle
        label={t("enter")}
        hint={t("enter-hint")}
        on={enterSends.value}
        onChange={(on) => void (enterSends.value = on)}
      />
    </>
  );
}
