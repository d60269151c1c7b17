import { useSignal } from "@preact/signals";
import type { HistoryItem, HistoryModel, Problem } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Dialog, Field, kitText, ProblemNotice, Select } from "../kit/mod.ts";
import { folderTyped } from "./history_form.ts";
import { t } from "./texts.ts";

interface MoveDialogProps {
  readonly history: HistoryModel;
  readonly items: readonly HistoryItem[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** No folder's name ends with one: they are parted by it. */
const OTHER = "/";

/** Puts conversations in a folder, one that is there or a new one. */
export function MoveDialog({ history, items, onDone, onClose }: MoveDialogProps) {
  const folder = useSignal(items.length === 1 ? items[0].folder : "");
  const other = useSignal("");
  /** How many were moved already, by a try that stopped. */
  const moved = useSignal(0);
  const doing = useDoing();
  const move = async (): Promise<Problem | null> => {
    const to = folder.value === OTHER ? folderTyped(other.value) : folder.value;
    for (const { reference } of items.slice(moved.peek())) {
      const problem = await history.move(reference, to);
      if (problem !== null) return problem;
      moved.value++;
    }
    return null;
  };
  const close = () => {
    onClose();
    if (moved.peek() > 0) onDone();
  };
  const names = new Set(["", ...history.folders.value.map(({ folder }) => folder), items[0]?.folder ?? ""]);
  return (
    <Dialog
      title={t("move")}
      onClose={close}
      onSubmit={() => {
        if (folder.value !== OTHER || folderTyped(other.value) !== "") doing.run(move, close);
      }}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={close} />
          <Button look="primary" type="submit" label={t("move-do")} busy={doing.busy.value} />
        </>
      }
    >
      <Select
        label={t("folder")}
        value={folder.value}
        disabled={moved.value > 0}
        onChange={(value) => void (folder.value = value)}
        options={[
          ...[...names].map((name) => ({ value: name, label: name === "" ? t("no-folder") : name })),
          { value: OTHER, label: t("folder-new") },
        ]}
      />
      {folder.value === OTHER && (
        <Field
          label={t("folder-name")}
          hint={t("folder-hint")}
          required
          maxLength={100}
          value={other.value}
          onInput={(text) => void (other.value = text)}
        />
      )}
      <p role="status">{items.length > 1 && moved.value > 0 && t("moved", { n: moved.value, all: items.length })}</p>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </Dialog>
  );
}
