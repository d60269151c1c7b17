import { useSignal } from "@preact/signals";
import type { PortalModel, PublicRoom } from "../../model/mod.ts";
import { useAsked } from "../doing/use_asked.ts";
import { Button, Field, kitText, ProblemNotice, Spinner } from "../kit/mod.ts";
import { RoomRow } from "./room_row.tsx";
import { t } from "./texts.ts";

/** Looks for public rooms. */
export function RoomSearch({ model }: { model: PortalModel }) {
  const words = useSignal("");
  const found = useAsked<readonly PublicRoom[]>();
  const rooms = found.value.value;
  return (
    <>
      <h2>{t("find")}</h2>
      <p class="hint">{t("alias-note")}</p>
      <form
        class="one-line"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          found.ask(() => model.rooms.search(words.value.trim()));
        }}
      >
        <Field type="search" label={t("words")} value={words.value} onInput={(text) => void (words.value = text)} />
        <Button type="submit" icon="search" label={t("search")} busy={found.busy.value} />
      </form>
      <ProblemNotice problem={found.problem.value} onRetry={found.again} />
      <div role="status">
        {found.busy.value && <Spinner label={kitText("loading")} />}
        {rooms !== null && !found.busy.value && (
          <p class="hint">{rooms.length === 0 ? t("found-none") : t("found", { n: rooms.length })}</p>
        )}
      </div>
      {rooms !== null && rooms.length > 0 && (
        <ul class="list">
          {rooms.map((room) => <RoomRow key={room.uri} model={model} room={room} />)}
        </ul>
      )}
    </>
  );
}
