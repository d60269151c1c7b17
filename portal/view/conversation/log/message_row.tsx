import { useId } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { MessageModel } from "../../../model/mod.ts";
import { Icon, Menu, type MenuItem, plainName, When } from "../../kit/mod.ts";
import { FileCard } from "../parts/file_card.tsx";
import { LocationCard } from "../parts/location_card.tsx";
import { PictureCard } from "../parts/picture_card.tsx";
import { Unreadable } from "../parts/unreadable.tsx";
import type { Talk } from "../talk.ts";
import { MessageText } from "../text/message_text.tsx";
import { t } from "../texts.ts";
import { FailedMessage } from "./failed_message.tsx";
import type { LogRow } from "./log_rows.ts";
import { StateMark } from "./message_state.tsx";

export interface MessageRowProps {
  readonly talk: Talk;
  readonly row: Extract<LogRow, { kind: "message" }>;
}

/** One message. The arrow keys stop at it; what can be done with it is in a menu that is there while one is at it. */
export function MessageRow({ talk, row: { key, message, first, last } }: MessageRowProps) {
  const id = useId(), here = useSignal(false);
  const { own, privateWith } = message, inRoom = talk.conversation.kind === "room";
  const names = first && inRoom && !own;
  const style = `log-row message${own ? " own" : ""}${first ? " first" : ""}${last ? " last" : ""}${
    privateWith ? " private" : ""
  }`;
  return (
    <article
      class={style}
      data-key={key}
      tabIndex={-1}
      aria-labelledby={`${id}who ${id}what ${id}when`}
      onPointerEnter={() => void (here.value = true)}
      onPointerLeave={(event) => void (here.value = event.currentTarget.contains(document.activeElement))}
      onFocusIn={() => void (here.value = true)}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) here.value = false;
      }}
    >
      <div class="bubble">
        <p id={`${id}who`} class={names ? "author" : "unseen"}>
          <bdi>{own ? t("says.you") : plainName(message.fromName)}</bdi>
        </p>
        {privateWith !== "" && (
          <p class="private-note">
            <Icon name="whisper" />
            {own ? t("only", { name: plainName(privateWith) }) : t("only.you")}
          </p>
        )}
        <div id={`${id}what`} class="what">
          <Part talk={talk} message={message} />
        </div>
        <p id={`${id}when`} class="foot">
          <When at={message.at} look="time" />
          {own && <StateMark message={message} />}
        </p>
        {message.state.value === "failed" && <FailedMessage talk={talk} message={message} />}
      </div>
      <div class="message-menu">
        {here.value && <Menu label={t("actions")} items={itemsOf(talk, message)} tabbable={false} />}
      </div>
    </article>
  );
}

function Part({ talk, message }: { talk: Talk; message: MessageModel }) {
  const { part } = message;
  if (part.kind === "text") return <MessageText text={part.text} pictures={talk.preferences.emoticons.value} />;
  if (part.kind === "picture") return <PictureCard name={t("picture")} size={part.size} open={part.open} />;
  if (part.kind === "file") return <FileCard file={part} own={message.own} />;
  if (part.kind === "location") return <LocationCard location={part} />;
  if (part.kind === "unreadable") return <Unreadable type={part.type} size={part.size} />;
  return null;
}

function itemsOf(talk: Talk, message: MessageModel): MenuItem[] {
  const { conversation, model } = talk, { part, own, from } = message, fromName = plainName(message.fromName);
  const items: MenuItem[] = [];
  const text = part.kind === "text"
    ? part.text
    : part.kind === "location"
    ? `${part.latitude}, ${part.longitude}`
    : part.kind === "file"
    ? part.name
    : "";
  if (text !== "") {
    items.push({ icon: "copy", label: t("copy"), onPress: () => void navigator.clipboard?.writeText(text) });
  }
  const state = message.state.value;
  if (state === "failed") {
    items.push({
      icon: "retry",
      label: t("retry"),
      onPress: () => conversation.retry(message.id),
    });
  }
  if (state === "failed" || state === "queued") {
    items.push({ icon: "trash", label: t("discard"), danger: true, onPress: () => conversation.discard(message.id) });
  }
  if (own || from === "" || conversation.kind === "service") return items;
  const members = conversation.room?.members.value ?? [];
  if (members.some(({ uri, here, me }) => uri === from && here && !me)) {
    items.push({
      icon: "whisper",
      label: t("whisper", { name: fromName }),
      onPress: () => talk.whisper(from, fromName),
    });
  }
  if (!model.people.isBlocked(from)) {
    const who = { uri: from, name: fromName };
    items.push({
      icon: "block",
      label: t("block", { name: fromName }),
      danger: true,
      onPress: () => void (talk.blocking.value = who),
    });
  }
  return items;
}
