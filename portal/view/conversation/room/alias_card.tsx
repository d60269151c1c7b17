import { useSignal } from "@preact/signals";
import type { Problem, RoomModel } from "../../../model/mod.ts";
import { Button, Field, problemText } from "../../kit/mod.ts";
import { t } from "../texts.ts";

const LONGEST = 60;

/** Before the first word in a public room: the name that others see there. */
export function AliasCard({ room, onChosen }: { room: RoomModel; onChosen: () => void }) {
  const name = useSignal(""), problem = useSignal<Problem | null>(null), busy = useSignal(false);
  const choose = async () => {
    const chosen = name.peek().trim();
    if (chosen === "" || busy.peek()) return;
    busy.value = true;
    problem.value = await room.setAlias(chosen);
    busy.value = false;
    // The field where one writes is there with the next frame.
    if (problem.value === null) requestAnimationFrame(onChosen);
  };
  return (
    <form
      class="alias"
      onSubmit={(event) => {
        event.preventDefault();
        void choose();
      }}
    >
      <h2>{t("alias.title")}</h2>
      <p>{t("alias.text")}</p>
      <div class="alias-field">
        <Field
          label={t("alias.label")}
          value={name.value}
          maxLength={LONGEST}
          required
          error={problem.value === null ? "" : problemText(problem.value)}
          onInput={(value) => {
            name.value = value;
            problem.value = null;
          }}
        />
        <Button look="primary" type="submit" label={t("alias.use")} busy={busy.value} />
      </div>
    </form>
  );
}
