import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Button, Field } from "../kit/mod.ts";
import { EMPTY_FORM, type HistoryForm, isBackwards } from "./history_form.ts";
import { t } from "./texts.ts";

interface HistoryFilterProps {
  readonly form: HistoryForm;
  readonly onChange: (form: HistoryForm) => void;
}

/** What is looked for: asked when it is sent, not with each letter. */
export function HistoryFilter({ form, onChange }: HistoryFilterProps) {
  const typed = useSignal(form);
  useEffect(() => void (typed.value = { ...typed.peek(), folder: form.folder }), [form.folder]);
  const set = (change: Partial<HistoryForm>) => void (typed.value = { ...typed.value, ...change });
  const backwards = isBackwards(typed.value);
  /** Where there is little room all but the words waits until it is asked for: the conversations stand below. */
  const opened = useSignal(form.with !== "" || form.from !== "" || form.until !== "");
  const asks = form.words !== "" || form.with !== "" || form.from !== "" || form.until !== "";
  return (
    <form
      class={opened.value ? "history-filter opened" : "history-filter"}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (!backwards) onChange(typed.value);
      }}
    >
      <Field type="search" label={t("words")} value={typed.value.words} onInput={(words) => set({ words })} />
      <div class="history-more">
        <Field
          type="search"
          label={t("with")}
          value={typed.value.with}
          onInput={(value) => set({ with: value })}
        />
        <Field type="date" label={t("from")} value={typed.value.from} onInput={(from) => set({ from })} />
        <Field
          type="date"
          label={t("until")}
          value={typed.value.until}
          error={backwards ? t("backwards") : ""}
          onInput={(until) => set({ until })}
        />
      </div>
      <div class="bar">
        <Button type="submit" look="primary" icon="search" label={t("search")} />
        <Button
          look="quiet"
          class="history-opens"
          label={t("more-fields")}
          expanded={opened.value}
          onPress={() => void (opened.value = !opened.value)}
        />
        {asks && (
          <Button
            look="quiet"
            label={t("show-all")}
            onPress={() => {
              typed.value = { ...EMPTY_FORM, folder: form.folder };
              onChange(typed.value);
            }}
          />
        )}
      </div>
    </form>
  );
}
