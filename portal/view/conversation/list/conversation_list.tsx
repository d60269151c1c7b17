import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import type { ContactModel, PortalModel } from "../../../model/mod.ts";
import { Avatar, Button, Empty, Field, Icon, Notice, plainName, RovingList, Spinner } from "../../kit/mod.ts";
import { goWith, route } from "../../route.ts";
import { t } from "../texts.ts";
import { ConversationRow } from "./conversation_row.tsx";
import { findTalks } from "./found.ts";

export interface ConversationListProps {
  readonly model: PortalModel;
  readonly onStart: () => void;
  /** Stands before the list. */
  readonly above?: ComponentChildren;
}

/** All conversations, the latest first, with a search in them and in the contacts. */
export function ConversationList({ model, onStart, above }: ConversationListProps) {
  const words = useSignal("");
  const { list, state } = model.conversations, { contacts } = model.people;
  const found = findTalks(words.value, list.value, contacts.value);
  const here = route.value.page === "with" ? route.value.key : "";
  const begin = (address: string) => {
    const made = model.conversations.open(address);
    if (made === null) return;
    words.value = "";
    goWith(made.key);
  };
  const nothing = found.conversations.length + found.contacts.length === 0 && found.address === "";
  return (
    <section class="talks" aria-label={t("conversations")} data-region="list" tabIndex={-1}>
      <header class="talks-head">
        <h1>{t("conversations")}</h1>
        <Button icon="plus" label={t("start")} hideLabel look="primary" onPress={onStart} />
      </header>
      <search>
        <Field
          type="search"
          label={t("search")}
          placeholder={t("search")}
          hideLabel
          value={words.value}
          onInput={(value) => void (words.value = value)}
        />
      </search>
      {above}
      {state.value === "failed" && (
        <Notice tone="warn" live>
          <p>{t("list-failed")}</p>
        </Notice>
      )}
      <div class="talks-list">
        {state.value === "loading" && list.value.length === 0 && <Spinner label={t("list-loading")} />}
        {found.conversations.length > 0 && (
          <RovingList
            label={t("conversations")}
            items={found.conversations}
            keyOf={({ key }) => key}
            current={here}
            render={(one, roving) => (
              <ConversationRow conversation={one} model={model} here={one.key === here} roving={roving} />
            )}
          />
        )}
        {found.contacts.length > 0 && <ContactsFound contacts={found.contacts} onPick={begin} />}
        {found.address !== "" && (
          <Button
            look="quiet"
            icon="send"
            label={t("write-to", { address: found.address.replace(/^sips?:|^tel:/, "") })}
            onPress={() => begin(found.address)}
          />
        )}
        {nothing && words.value !== "" && <p class="hint" role="status">{t("search-none", { words: words.value })}</p>}
        {nothing && words.value === "" && state.value !== "loading" && (
          <Empty title={t("list-none")} icon="message">
            <p>{t("list-none-text")}</p>
            <Button icon="plus" label={t("start")} onPress={onStart} />
          </Empty>
        )}
      </div>
    </section>
  );
}

function ContactsFound({ contacts, onPick }: { contacts: readonly ContactModel[]; onPick: (uri: string) => void }) {
  return (
    <>
      <h2>{t("people-found")}</h2>
      <RovingList
        label={t("people-found")}
        items={contacts}
        keyOf={({ uri }) => uri}
        render={({ uri, name, presence }, roving) => (
          <button
            type="button"
            class="talk"
            onClick={() => onPick(uri)}
            {...roving}
          >
            <Avatar name={name} uri={uri} presence={presence.value.status} />
            <span class="talk-name">
              <bdi>{plainName(name)}</bdi>
            </span>
            <Icon name="next" />
          </button>
        )}
      />
    </>
  );
}
