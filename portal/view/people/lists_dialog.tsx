import { useSignal } from "@preact/signals";
import type { ContactModel, PeopleModel } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Dialog, kitText, ProblemNotice } from "../kit/mod.ts";
import { ListBoxes } from "./list_boxes.tsx";
import { t } from "./texts.ts";
import { isolated } from "../doing/isolated.ts";

interface ListsDialogProps {
  readonly people: PeopleModel;
  readonly contact: ContactModel;
  readonly onClose: () => void;
}

/** Chooses the lists that a contact is in. */
export function ListsDialog({ people, contact, onClose }: ListsDialogProps) {
  const chosen = useSignal<readonly string[]>(contact.lists);
  const doing = useDoing();
  return (
    <Dialog
      title={t("lists-of", { name: isolated(contact.name) })}
      onClose={onClose}
      onSubmit={() => doing.run(() => people.move(contact.uri, chosen.value), onClose)}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="primary" type="submit" label={kitText("save")} busy={doing.busy.value} />
        </>
      }
    >
      {people.lists.value.length === 0 ? <p>{t("lists-none")}</p> : (
        <ListBoxes
          lists={people.lists.value}
          chosen={chosen.value}
          onChange={(lists) => void (chosen.value = lists)}
        />
      )}
      <ProblemNotice problem={doing.problem.value} />
    </Dialog>
  );
}
