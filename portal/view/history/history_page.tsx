import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { useKeptFocus } from "../doing/use_kept_focus.ts";
import { ProblemNotice } from "../kit/mod.ts";
import { Folders } from "./folders.tsx";
import { HistoryFilter } from "./history_filter.tsx";
import { EMPTY_FORM, type HistoryForm } from "./history_form.ts";
import { HistoryHits } from "./history_hits.tsx";
import { HistoryList } from "./history_list.tsx";
import { Retention } from "./retention.tsx";
import { t } from "./texts.ts";

/** What the service has recorded: folders, conversations, searches, and how long it stays. */
export function HistoryPage({ model }: { model: PortalModel }) {
  const kept = useKeptFocus<HTMLDivElement>();
  const form = useSignal<HistoryForm>(EMPTY_FORM);
  const reading = useDoing();
  const refresh = () => reading.run(() => model.history.refresh());
  useEffect(refresh, []);
  const asked = form.value;
  return (
    <div class="page history-page" ref={kept}>
      <header class="page-head">
        <h1>{t("history")}</h1>
      </header>
      <Retention settings={model.settings} />
      <ProblemNotice problem={reading.problem.value} onRetry={reading.again} />
      <div class="history-body">
        <Folders
          folders={model.history.folders.value}
          current={asked.folder}
          onPick={(folder) => void (form.value = { ...asked, folder })}
        />
        <div class="history-main">
          <HistoryFilter form={asked} onChange={(changed) => void (form.value = changed)} />
          {asked.words.trim() !== ""
            ? <HistoryHits model={model} form={asked} />
            : <HistoryList model={model} form={asked} onChanged={refresh} />}
        </div>
      </div>
    </div>
  );
}
