import { useSignal } from "@preact/signals";
import type { PortalModel, PublicRoom } from "../../model/mod.ts";
import { goWith } from "../route.ts";
import { Avatar, Button, Notice } from "../kit/mod.ts";
import { addressShown } from "../start/address.ts";
import { t } from "./texts.ts";

/** One room, and the way into it. */
export function RoomRow({ model, room }: { model: PortalModel; room: PublicRoom }) {
  const failed = useSignal(false);
  const { uri, name, subject, about, members } = room;
  const join = () => {
    const conversation = model.rooms.join(uri);
    failed.value = conversation === null;
    if (conversation !== null) goWith(conversation.key);
  };
  return (
    <li class="room">
      <Avatar name={name} uri={uri} />
      <p class="room-main">
        <bdi class="contact-name">{name}</bdi>
        {members >= 0 && <span class="hint">{t("members", { n: members })}</span>}
        {subject !== "" && <bdi class="room-subject">{subject}</bdi>}
        {about !== "" && <bdi class="room-about">{about}</bdi>}
        <bdi class="contact-address">{addressShown(uri)}</bdi>
      </p>
      <Button label={t("join")} onPress={join} more={{ "aria-label": t("join-name", { name }) }} />
      {failed.value && (
        <div class="contact-extra">
          <Notice tone="danger">
            <p>{t("join-failed")}</p>
          </Notice>
        </div>
      )}
    </li>
  );
}
