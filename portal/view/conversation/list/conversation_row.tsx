import type { ConversationModel, MessageModel, PortalModel } from "../../../model/mod.ts";
import { Avatar, Icon, plainName, presenceText, type Roving, When } from "../../kit/mod.ts";
import { hrefOf } from "../../route.ts";
import { StateMark } from "../log/message_state.tsx";
import { briefly } from "../brief.ts";
import { t } from "../texts.ts";

export interface ConversationRowProps {
  readonly conversation: ConversationModel;
  readonly model: PortalModel;
  readonly here: boolean;
  readonly roving: Roving;
}

/** One conversation in the list: who, how they are, what was said last, and how much is unread. */
export function ConversationRow({ conversation, model, here, roving }: ConversationRowProps) {
  const { key, kind, last, unread, muted, draft } = conversation, name = plainName(conversation.title.value);
  const contact = kind === "person" ? model.people.contacts.value.find(({ uri }) => uri === key) : undefined;
  const status = contact?.presence.value.status;
  const unsent = here ? "" : draft.value.trim();
  return (
    <a
      class="talk"
      href={hrefOf({ page: "with", key, message: "" })}
      aria-current={here ? "page" : undefined}
      {...roving}
    >
      {kind === "person"
        ? <Avatar name={name} uri={key} presence={status} />
        : (
          <span class="avatar plain" aria-hidden="true">
            <Icon name={kind === "room" ? "room" : "info"} />
          </span>
        )}
      <span class="talk-name">
        <bdi>{name}</bdi>
        {status !== undefined && <span class="unseen">, {presenceText(status)}</span>}
        {muted.value && (
          <>
            <Icon name="bell-off" />
            <span class="unseen">, {t("muted")}</span>
          </>
        )}
      </span>
      {unread.value > 0 && (
        <span class={muted.value ? "badge num soft" : "badge num"}>
          <span aria-hidden="true">{unread.value > 999 ? "999+" : unread.value}</span>
          <span class="unseen">{t("unread", { n: unread.value })}</span>
        </span>
      )}
      <span class="talk-last">
        {unsent !== ""
          ? <em>{t("draft", { text: unsent.slice(0, 120) })}</em>
          : last.value !== null && <Last message={last.value} inRoom={kind === "room"} />}
      </span>
      {last.value !== null && <When at={last.value.at} />}
    </a>
  );
}

function Last({ message, inRoom }: { message: MessageModel; inRoom: boolean }) {
  const text = briefly(message);
  return (
    <>
      {message.own && <StateMark message={message} />}
      <bdi>{inRoom && !message.own && message.from !== "" ? `${plainName(message.fromName)}: ${text}` : text}</bdi>
    </>
  );
}
