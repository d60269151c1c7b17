import { useSignal } from "@preact/signals";
import type { ConversationModel, PortalModel } from "../../model/mod.ts";
import { isProblem } from "../doing/use_asked.ts";
import { goWith } from "../route.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Choice, Dialog, Field, kitText, ProblemNotice } from "../kit/mod.ts";
import { PeoplePicker } from "../start/people_picker.tsx";
import { t } from "./texts.ts";

/** Makes a room that stays, private or public, and goes there. */
export function CreateRoomDialog({ model, onClose }: { model: PortalModel; onClose: () => void }) {
  const name = useSignal(""), subject = useSignal("");
  const access = useSignal<"private" | "public">("private");
  const people = useSignal<readonly string[]>([]);
  const doing = useDoing();
  const create = () => {
    let made: ConversationModel | null = null;
    const room = {
      name: name.value.trim(),
      subject: subject.value.trim(),
      people: people.value,
      listed: access.value === "public",
    };
    if (room.name === "") return;
    doing.run(async () => {
      const answer = await model.rooms.create(room);
      if (isProblem(answer)) return answer;
      made = answer;
      return null;
    }, () => {
      onClose();
      goWith(made!.key);
    });
  };
  const fields = doing.problem.value?.fields ?? {};
  return (
    <Dialog
      title={t("create-title")}
      onClose={onClose}
      onSubmit={create}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="primary" type="submit" label={t("create-do")} busy={doing.busy.value} />
        </>
      }
    >
      <Field
        label={t("name")}
        required
        autofocus
        maxLength={60}
        value={name.value}
        error={fields.name}
        onInput={(text) => void (name.value = text)}
      />
      <Field
        label={t("subject")}
        maxLength={120}
        value={subject.value}
        error={fields.subject}
        onInput={(text) => void (subject.value = text)}
      />
      <Choice
        label={t("who")}
        value={access.value}
        onChange={(value) => void (access.value = value)}
        options={[
          { value: "private", label: t("private"), hint: t("private-hint") },
          { value: "public", label: t("public"), hint: t("public-hint") },
        ]}
      />
      <PeoplePicker
        model={model}
        label={t("people")}
        chosen={people.value}
        onChange={(chosen) => void (people.value = chosen)}
      />
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </Dialog>
  );
}
