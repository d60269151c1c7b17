import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { Button, Empty } from "../kit/mod.ts";
import { StartDialog } from "../start/start_dialog.tsx";
import { CreateRoomDialog } from "./create_room_dialog.tsx";
import { JoinByAddress } from "./join_by_address.tsx";
import { RoomRow } from "./room_row.tsx";
import { RoomSearch } from "./room_search.tsx";
import { t } from "./texts.ts";

/** Rooms to come into: those the user belongs to, public ones, and new ones. */
export function RoomsPage({ model }: { model: PortalModel }) {
  const asking = useSignal<"" | "create" | "begin">("");
  const close = () => void (asking.value = "");
  const known = model.rooms.known.value;
  return (
    <div class="page rooms-page">
      <header class="page-head">
        <h1>{t("rooms")}</h1>
        <Button icon="message" label={t("begin")} onPress={() => void (asking.value = "begin")} />
        <Button look="primary" icon="plus" label={t("create")} onPress={() => void (asking.value = "create")} />
      </header>
      <h2>{t("known")}</h2>
      {known.length === 0
        ? (
          <Empty title={t("known-none")} icon="room">
            <p>{t("known-none-text")}</p>
          </Empty>
        )
        : (
          <ul class="list">
            {known.map((room) => <RoomRow key={room.uri} model={model} room={room} />)}
          </ul>
        )}
      <RoomSearch model={model} />
      <JoinByAddress model={model} />
      {asking.value === "create" && <CreateRoomDialog model={model} onClose={close} />}
      {asking.value === "begin" && <StartDialog model={model} onClose={close} />}
    </div>
  );
}
