import { useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { ConversationModel, PortalModel } from "../../model/mod.ts";
import { lazyPage } from "../frame/lazy_page.tsx";
import { Button, Empty } from "../kit/mod.ts";
import type { Preferences } from "../preferences.ts";
import { go, route } from "../route.ts";
import { Composer } from "./compose/composer.tsx";
import { FileDrop } from "./compose/file_drop.tsx";
import { Talk } from "./talk.ts";
import { ConversationHead } from "./conversation_head.tsx";
import { MessageLog } from "./log/message_log.tsx";
import { t } from "./texts.ts";

const MembersPanel = lazyPage(async () => (await import("../later_pages.ts")).MembersPanel, false);

export interface ConversationPageProps {
  readonly model: PortalModel;
  readonly preferences: Preferences;
}

/** The conversation that the address names; else a word about choosing one. */
export function ConversationPage({ model, preferences }: ConversationPageProps) {
  const at = route.value;
  if (at.page !== "with") {
    return (
      <Empty title={t("choose")} icon="message">
        <p>{t("choose-text")}</p>
      </Empty>
    );
  }
  return <Found key={at.key} model={model} preferences={preferences} address={at.key} message={at.message} />;
}

function Found(props: ConversationPageProps & { address: string; message: string }) {
  const { model, address } = props;
  const conversation = useMemo(() => model.conversations.find(address) ?? model.conversations.open(address), [address]);
  if (conversation === null) {
    return (
      <Empty title={t("no-such")} icon="warning">
        <Button icon="back" label={t("back")} onPress={() => go({ page: "list" }, true)} />
      </Empty>
    );
  }
  return <ConversationView {...props} conversation={conversation} />;
}

interface ConversationViewProps extends ConversationPageProps {
  readonly conversation: ConversationModel;
  /** The message to begin at; "" for where one was. */
  readonly message: string;
}

function ConversationView({ model, preferences, conversation, message }: ConversationViewProps) {
  const talk = useMemo(() => new Talk(model, preferences, conversation), [conversation]);
  const showsMembers = useSignal(false), members = useRef<HTMLButtonElement>(null);
  const closeMembers = () => {
    showsMembers.value = false;
    members.current?.focus();
  };
  return (
    <FileDrop talk={talk}>
      <div class={showsMembers.value ? "conversation with-members" : "conversation"}>
        <ConversationHead
          talk={talk}
          membersShown={showsMembers.value}
          membersButton={members}
          onMembers={() => void (showsMembers.value = !showsMembers.value)}
        />
        <MessageLog talk={talk} message={message} />
        <Composer talk={talk} />
        {conversation.room !== null && showsMembers.value && (
          <MembersPanel talk={talk} room={conversation.room} onClose={closeMembers} />
        )}
      </div>
    </FileDrop>
  );
}
