import type { PrivacyModel } from "../../model/mod.ts";
import { Switch } from "../doing/switch.tsx";
import { hrefOf } from "../route.ts";
import { StateNotice } from "./state_notice.tsx";
import { t } from "./texts.ts";

/** What others may do and learn. Each switch works at once. */
export function PrivacyPart({ privacy }: { privacy: PrivacyModel }) {
  const off = privacy.state.value !== "ready";
  return (
    <>
      <StateNotice state={privacy.state.value} />
      <Switch
        label={t("contacts-only")}
        hint={t("contacts-only-hint")}
        on={privacy.contactsOnly.value}
        disabled={off}
        change={(contactsOnly) => privacy.change({ contactsOnly })}
      />
      <Switch
        label={t("searchable")}
        hint={t("searchable-hint")}
        on={privacy.searchable.value}
        disabled={off}
        change={(searchable) => privacy.change({ searchable })}
      />
      <Switch
        label={t("tell-displayed")}
        on={privacy.tellDisplayed.value}
        disabled={off}
        change={(tellDisplayed) => privacy.change({ tellDisplayed })}
      />
      <Switch
        label={t("tell-writing")}
        on={privacy.tellWriting.value}
        disabled={off}
        change={(tellWriting) => privacy.change({ tellWriting })}
      />
      <Switch
        label={t("ask-first")}
        hint={t("ask-first-hint")}
        on={privacy.askFirst.value}
        change={(askFirst) => privacy.change({ askFirst })}
      />
      <p class="hint">
        {t("privacy-more")} <a href={hrefOf({ page: "people" })}>{t("to-people")}</a>
      </p>
    </>
  );
}
