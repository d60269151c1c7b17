import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { HistoryItem, PortalModel } from "../../model/mod.ts";
import { useAsked } from "../doing/use_asked.ts";
import { hrefOf } from "../route.ts";
import { Button, Empty, kitText, ProblemNotice, Spinner } from "../kit/mod.ts";
import { DeleteDialog } from "./delete_dialog.tsx";
import { type HistoryForm, queryOf } from "./history_form.ts";
import { HistoryRow } from "./history_row.tsx";
import { MoveDialog } from "./move_dialog.tsx";
import { t } from "./texts.ts";

interface HistoryListProps {
  readonly model: PortalModel;
  readonly form: HistoryForm;
  /** Something was moved or deleted: folders say other numbers. */
  readonly onChanged: () => void;
}

interface Page {
  readonly items: readonly HistoryItem[];
  readonly next: string;
}

/** Recorded conversations, the latest first, some at a time; several can be moved or deleted at once. */
export function HistoryList({ model, form, onChanged }: HistoryListProps) {
  const { history } = model;
  const page = useAsked<Page>();
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const asking = useSignal<{ readonly what: "move" | "delete"; readonly items: readonly HistoryItem[] } | null>(null);
  const read = () => {
    page.clear();
    chosen.value = new Set();
    page.ask(() => history.list(queryOf(form), ""));
  };
  useEffect(read, [form]);
  const shown = page.value.value;
  const items = shown?.items ?? [];
  const picked = items.filter(({ reference }) => chosen.value.has(reference));
  const choose = (reference: string, on: boolean) => {
    const now = new Set(chosen.value);
    if (on) now.add(reference);
    else now.delete(reference);
    chosen.value = now;
  };
  const ask = (what: "move" | "delete", items: readonly HistoryItem[]) => void (asking.value = { what, items });
  const close = () => void (asking.value = null);
  const changed = () => {
    read();
    onChanged();
  };
  const more = () =>
    page.ask(() => history.list(queryOf(form), shown!.next), (before, now) => ({
      // A conversation that was said more in since may come again: once is enough.
      items: [
        ...before.items,
        ...now.items.filter((item) => !before.items.some((b) => b.reference === item.reference)),
      ],
      next: now.next,
    }));
  const asked = asking.value;
  return (
    <>
      {picked.length > 0 && (
        <div class="history-chosen">
          <p role="status">{t("chosen", { n: picked.length })}</p>
          <Button icon="folder" label={t("move")} onPress={() => ask("move", picked)} />
          <Button look="danger" icon="trash" label={t("delete")} onPress={() => ask("delete", picked)} />
          <Button look="quiet" label={t("choose-none")} onPress={() => void (chosen.value = new Set())} />
        </div>
      )}
      {shown !== null && items.length === 0 && (
        <Empty title={t("none")} icon="clock">
          <p>{t("none-text")}</p>
          <a href={hrefOf({ page: "settings", part: "recording" })}>{t("to-recording")}</a>
        </Empty>
      )}
      {items.length > 0 && (
        <ul class="list" aria-label={t("list")}>
          {items.map((item) => (
            <HistoryRow
              key={item.reference}
              item={item}
              history={history}
              chosen={chosen.value.has(item.reference)}
              onChoose={(on) => choose(item.reference, on)}
              onMove={() => ask("move", [item])}
              onDelete={() => ask("delete", [item])}
              onChanged={changed}
            />
          ))}
        </ul>
      )}
      {page.busy.value && <Spinner label={kitText("loading")} />}
      <ProblemNotice problem={page.problem.value} onRetry={page.again} />
      {shown !== null && shown.next !== "" && !page.busy.value && (
        <Button icon="down" label={t("more")} onPress={more} />
      )}
      {asked?.what === "move" && <MoveDialog history={history} items={asked.items} onDone={changed} onClose={close} />}
      {asked?.what === "delete" && (
        <DeleteDialog history={history} items={asked.items} onDone={changed} onClose={close} />
      )}
    </>
  );
}
