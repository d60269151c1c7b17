import type { HistoryItem, HistoryModel } from "../../model/mod.ts";
import { ConfirmDialog } from "../doing/ask_dialogs.tsx";
import { t } from "./texts.ts";
import { titleOf } from "./history_row.tsx";

interface DeleteDialogProps {
  readonly history: HistoryModel;
  readonly items: readonly HistoryItem[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** How many names are told one by one. */
const MOST_NAMED = 5;

/** Asks before conversations go for good, with their number and their names. */
export function DeleteDialog({ history, items, onDone, onClose }: DeleteDialogProps) {
  const n = items.length;
  const messages = t("messages", { n: items.reduce((sum, item) => sum + item.messages, 0) });
  return (
    <ConfirmDialog
      title={t("delete-title", { n })}
      label={t("delete-do", { n })}
      onConfirm={() => history.remove(items.map(({ reference }) => reference))}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t("delete-text", { n, messages })}</p>
      <ul>
        {items.slice(0, MOST_NAMED).map((item) => (
          <li key={item.reference}>
            <bdi>{titleOf(item)}</bdi>
          </li>
        ))}
        {n > MOST_NAMED && <li>…</li>}
      </ul>
    </ConfirmDialog>
  );
}
