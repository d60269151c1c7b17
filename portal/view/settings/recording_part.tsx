import type { RecordingModel } from "../../model/mod.ts";
import { Switch } from "../doing/switch.tsx";
import { Retention } from "../history/retention.tsx";
import { Notice } from "../kit/mod.ts";
import { hrefOf } from "../route.ts";
import { StateNotice } from "./state_notice.tsx";
import { t } from "./texts.ts";

/** Whether conversations are kept at the service, and how much and how long. */
export function RecordingPart({ recording }: { recording: RecordingModel }) {
  const state = recording.state.value;
  if (state === "loading" || state === "failed") return <StateNotice state={state} />;
  if (state === "forbidden") return <Notice tone="info">{t("record-forbidden")}</Notice>;
  return (
    <>
      {state === "unasked" && <Notice tone="info">{t("record-unasked")}</Notice>}
      <Switch
        label={t("record")}
        hint={`${t("record-hint")} ${t("record-off-note")}`}
        on={state === "on"}
        change={(on) => recording.set(on)}
      />
      <Retention settings={{ recording }} />
      <p>
        <a href={hrefOf({ page: "history" })}>{t("to-history")}</a>
      </p>
    </>
  );
}
