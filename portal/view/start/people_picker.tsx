import { useId, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { language } from "../../texts/kit.ts";
import { Avatar, Button, Field } from "../kit/mod.ts";
import { begins, matchesWords } from "../people/contact_groups.ts";
import { addressShown, addressTyped } from "./address.ts";
import { t } from "./texts.ts";

/** People at once, and choices that are shown of a search. */
export const MOST_PEOPLE = 100;
const MOST_SHOWN = 30;

interface PeoplePickerProps {
  readonly model: PortalModel;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly label?: string;
}

/** Chooses people: contacts by name, anybody by address or number. Enter takes the first. */
export function PeoplePicker({ model, chosen, onChange, label = t("to") }: PeoplePickerProps) {
  const { people, me } = model;
  const typed = useSignal("");
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const words = typed.value.trim();
  const { compare } = new Intl.Collator(language.value.intl, { sensitivity: "base", numeric: true });
  const fitting = people.contacts.value
    .filter(({ uri, name, blocked }) => !blocked && !chosen.includes(uri) && matchesWords(words, name, uri))
    // Whoever asks for "dan" means Dan before Carol Danvers.
    .sort((a, b) => Number(begins(b.name, words)) - Number(begins(a.name, words)) || compare(a.name, b.name));
  const address = addressTyped(words, me.domain);
  // An address is offered beside the contacts, unless it is that of one of them.
  const offered = address !== "" && !chosen.includes(address) && !fitting.some(({ uri }) => uri === address);
  const full = chosen.length >= MOST_PEOPLE;
  const field = () => box.current?.querySelector<HTMLInputElement>("input")?.focus();
  const add = (uri: string) => {
    typed.value = "";
    onChange([...chosen, uri]);
    field();
  };
  const drop = (uri: string) => {
    onChange(chosen.filter((one) => one !== uri));
    field();
  };
  return (
    <div
      class="picker"
      ref={box}
      onKeyDown={(event) => {
        const { key, target, isComposing } = event;
        if (!(target instanceof HTMLInputElement) || isComposing) return;
        if (key === "Enter" && words !== "") {
          // Not the whole form: the key took somebody.
          event.preventDefault();
          const first = fitting.length > 0 && !words.includes("@") ? fitting[0].uri : address;
          if (first !== "" && !chosen.includes(first) && !full) add(first);
        } else if (key === "Backspace" && typed.value === "" && chosen.length > 0) drop(chosen[chosen.length - 1]);
      }}
    >
      {chosen.length > 0 && (
        <ul class="chips" aria-label={t("picked")}>
          {chosen.map((uri) => (
            <li class="chip" key={uri}>
              <bdi>{people.nameOf(uri)}</bdi>
              <Button
                look="quiet"
                icon="cross"
                hideLabel
                label={t("drop", { name: people.nameOf(uri) })}
                onPress={() => drop(uri)}
              />
            </li>
          ))}
        </ul>
      )}
      <Field
        label={label}
        hint={full ? t("full", { n: MOST_PEOPLE }) : t("to-hint")}
        value={typed.value}
        disabled={full}
        autofocus
        onInput={(text) => void (typed.value = text)}
      />
      <p class="unseen" role="status">{words !== "" && t("choices", { n: fitting.length + Number(offered) })}</p>
      {!full && (
        <ul class="list choices" id={id}>
          {offered && (
            <li>
              <Button
                look="quiet"
                icon="user-plus"
                label={t("add-address", { address: addressShown(address) })}
                onPress={() => add(address)}
              />
            </li>
          )}
          {fitting.slice(0, MOST_SHOWN).map(({ uri, name }) => (
            <li key={uri}>
              <button type="button" class="choice-row" onClick={() => add(uri)}>
                <Avatar name={name} uri={uri} />
                <span>
                  <bdi class="contact-name">{name}</bdi> <bdi class="contact-address">{addressShown(uri)}</bdi>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {words !== "" && fitting.length === 0 && !offered && <p class="hint">{t("nobody")}</p>}
    </div>
  );
}
