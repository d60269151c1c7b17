import { useSignal } from "@preact/signals";
import type { PortalModel, SendProblem } from "../../model/mod.ts";
import { goWith } from "../route.ts";
import { Button, bytesText, Choice, Dialog, Field, kitText, Notice } from "../kit/mod.ts";
import { PeoplePicker } from "./people_picker.tsx";
import { t } from "./texts.ts";

interface StartDialogProps {
  readonly model: PortalModel;
  readonly onClose: () => void;
  /** Addresses that are chosen already. */
  readonly people?: readonly string[];
}

/** Begins a conversation (CHAT-15): with one, with several together, or with several each alone (GR-3 to GR-5). */
export function StartDialog({ model, onClose, people = [] }: StartDialogProps) {
  const chosen = useSignal(people);
  const how = useSignal<"together" | "alone">("together");
  const subject = useSignal(""), text = useSignal(""), wrong = useSignal("");
  const several = chosen.value.length > 1;
  const alone = several && how.value === "alone";
  const show = (key: string) => {
    onClose();
    goWith(key);
  };
  const begin = () => {
    wrong.value = "";
    const [first] = chosen.value;
    if (first === undefined) wrong.value = t("no-people");
    else if (!several) {
      const conversation = model.conversations.open(first);
      if (conversation === null) wrong.value = t("no-address");
      else show(conversation.key);
    } else if (!alone) {
      const conversation = model.rooms.begin(chosen.value, subject.value.trim());
      if (conversation === null) wrong.value = t("no-session");
      else show(conversation.key);
    } else if (text.value.trim() === "") wrong.value = t("no-text");
    else {
      const problem = model.conversations.sendToMany(chosen.value, text.value);
      if (problem === null) onClose();
      else wrong.value = wordsOf(problem);
    }
  };
  return (
    <Dialog
      title={t("title")}
      onClose={onClose}
      onSubmit={begin}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button
            look="primary"
            type="submit"
            icon={alone ? "send" : "message"}
            label={t(alone ? "send" : "begin")}
          />
        </>
      }
    >
      <PeoplePicker
        model={model}
        chosen={chosen.value}
        onChange={(people) => {
          chosen.value = people;
          wrong.value = "";
        }}
      />
      {several && (
        <Choice
          label={t("how")}
          value={how.value}
          onChange={(value) => void (how.value = value)}
          options={[
            { value: "together", label: t("together"), hint: t("together-hint") },
            { value: "alone", label: t("alone"), hint: t("alone-hint") },
          ]}
        />
      )}
      {several && !alone && (
        <Field
          label={t("subject")}
          hint={t("subject-hint")}
          value={subject.value}
          maxLength={100}
          onInput={(value) => void (subject.value = value)}
        />
      )}
      {alone && <Field label={t("text")} rows={4} value={text.value} onInput={(value) => void (text.value = value)} />}
      {wrong.value !== "" && (
        <Notice tone="danger">
          <p>{wrong.value}</p>
        </Notice>
      )}
    </Dialog>
  );
}

function wordsOf(problem: SendProblem): string {
  if (problem.code === "too-large") {
    return t("too-large", { size: bytesText(problem.size), limit: bytesText(problem.limit) });
  }
  if (problem.code === "empty") return t("no-text");
  return problem.code === "full" ? t("queue-full") : t("refused");
}
