import { useSignal } from "@preact/signals";
import type { PeopleModel } from "../../model/mod.ts";
import { language } from "../../texts/kit.ts";
import { ConfirmDialog, TextDialog } from "../doing/ask_dialogs.tsx";
import { Button, Empty, Field, Menu, RovingList } from "../kit/mod.ts";
import { contactGroups, matchesWords } from "./contact_groups.ts";
import { ContactRow } from "./contact_row.tsx";
import { t } from "./texts.ts";
import { isolated } from "../doing/isolated.ts";

type Asking = { readonly what: "add" | "rename" | "remove"; readonly list: string } | null;

/** Contacts under their lists, with what finds them and changes the lists. */
export function ContactLists({ people, onSearch }: { people: PeopleModel; onSearch: (words: string) => void }) {
  const words = useSignal("");
  const asking = useSignal<Asking>(null);
  const { contacts, lists } = people;
  const sought = words.value.trim();
  const found = sought === ""
    ? contacts.value
    : contacts.value.filter(({ name, uri, lists }) => matchesWords(sought, name, uri, ...lists));
  const groups = contactGroups(
    found,
    sought === "" ? lists.value : lists.value.filter((list) => hasAny(list)),
    language.value.intl,
  );
  function hasAny(list: string): boolean {
    return found.some((contact) => contact.lists.includes(list));
  }
  const close = () => void (asking.value = null);
  const ask = (what: "add" | "rename" | "remove", list: string) => void (asking.value = { what, list });
  const asked = asking.value;
  return (
    <>
      <div class="contact-tools">
        <Field
          type="search"
          label={t("search")}
          hideLabel
          placeholder={t("search")}
          value={words.value}
          onInput={(text) => void (words.value = text)}
        />
        <Button icon="plus" label={t("add-list")} onPress={() => ask("add", "")} />
      </div>
      <p class="unseen" role="status">{sought !== "" && t("hits", { n: found.length })}</p>
      {contacts.value.length === 0 && people.state.value !== "loading" && lists.value.length === 0
        ? <Empty title={t("none")} icon="users">{t("none-text")}</Empty>
        : groups.map(({ list, contacts }) =>
          list === "" && contacts.length === 0 ? null : (
            <div class="contact-list" key={list}>
              <div class="contact-list-head">
                <h2 dir="auto">{list !== "" ? list : lists.value.length === 0 ? t("all") : t("no-list")}</h2>
                <span class="hint">{t("count", { n: contacts.length })}</span>
                {list !== "" && (
                  <Menu
                    label={t("actions-of-list", { name: list })}
                    items={[
                      { label: t("rename-list"), icon: "edit", onPress: () => ask("rename", list) },
                      { label: t("remove-list"), icon: "trash", danger: true, onPress: () => ask("remove", list) },
                    ]}
                  />
                )}
              </div>
              {contacts.length === 0 ? <p class="hint">{t("empty-list")}</p> : (
                <RovingList
                  label={list || t("all")}
                  items={contacts}
                  keyOf={({ uri }) => uri}
                  class="contacts"
                  render={(contact, roving) => <ContactRow people={people} contact={contact} roving={roving} />}
                />
              )}
            </div>
          )
        )}
      {sought !== "" && (
        <div class="contact-more">
          {found.length === 0 && <p>{t("no-hits")}</p>}
          <Button icon="search" label={t("search-service", { words: sought })} onPress={() => onSearch(sought)} />
        </div>
      )}
      {asked?.what === "add" && (
        <TextDialog
          title={t("add-list")}
          label={t("list-name")}
          value=""
          onSave={(name) => people.addList(name)}
          onClose={close}
        />
      )}
      {asked?.what === "rename" && (
        <TextDialog
          title={t("rename-list")}
          label={t("list-name")}
          value={asked.list}
          onSave={(name) => people.renameList(asked.list, name)}
          onClose={close}
        />
      )}
      {asked?.what === "remove" && (
        <ConfirmDialog
          title={t("remove-list-title", { name: isolated(asked.list) })}
          label={t("remove-list")}
          onConfirm={() => people.removeList(asked.list)}
          onClose={close}
        >
          <p>{t("remove-list-text")}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
