import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { PersonFound, PortalModel } from "../../model/mod.ts";
import { useAsked } from "../doing/use_asked.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Avatar, Button, Dialog, Field, kitText, ProblemNotice, Spinner } from "../kit/mod.ts";
import { goWith } from "../route.ts";
import { addressShown, addressTyped } from "../start/address.ts";
import { ListBoxes } from "./list_boxes.tsx";
import { t } from "./texts.ts";

interface AddDialogProps {
  readonly model: PortalModel;
  /** To begin the search with. */
  readonly words: string;
  readonly onClose: () => void;
}

/** Looks for somebody in the service, or takes an address or a number, and puts them in the contact list. */
export function AddDialog({ model, words, onClose }: AddDialogProps) {
  const chosen = useSignal<{ readonly uri: string; readonly name: string } | null>(null);
  const typed = useSignal(words);
  const found = useAsked<readonly PersonFound[]>();
  const search = () => {
    const sought = typed.peek().trim();
    if (sought !== "") found.ask(() => model.people.search(sought));
  };
  useEffect(search, []);
  const choose = (uri: string, name: string) => void (chosen.value = { uri, name });
  if (chosen.value !== null) {
    const { uri, name } = chosen.value;
    const back = () => void (chosen.value = null);
    return <AddWho key={uri} model={model} uri={uri} name={name} onBack={back} onClose={onClose} />;
  }
  const address = addressTyped(typed.value, model.me.domain);
  const known = new Set(model.people.contacts.value.map(({ uri }) => uri));
  const people = found.value.value;
  return (
    <Dialog title={t("add-title")} onClose={onClose} onSubmit={search}>
      <Field
        type="search"
        label={t("add-what")}
        hint={t("add-hint")}
        value={typed.value}
        autofocus
        onInput={(text) => void (typed.value = text)}
      />
      <div class="bar">
        <Button type="submit" look="primary" icon="search" label={t("look")} busy={found.busy.value} />
        {address !== "" && (
          <Button
            icon="user-plus"
            label={t("add-address", { address: addressShown(address) })}
            onPress={() => choose(address, "")}
          />
        )}
      </div>
      <ProblemNotice problem={found.problem.value} onRetry={found.again} />
      <div role="status">
        {found.busy.value && <Spinner label={kitText("loading")} />}
        {people !== null && !found.busy.value && (
          <p class="hint">{people.length === 0 ? t("found-none") : t("found-people", { n: people.length })}</p>
        )}
      </div>
      <ul class="list found">
        {people?.map(({ uri, name, facts }) => (
          <li class="contact" key={uri}>
            <Avatar name={name} uri={uri} />
            <p class="contact-main">
              <bdi class="contact-name">{name}</bdi> <bdi class="contact-address">{addressShown(uri)}</bdi>
              {facts.map((fact) => <bdi class="contact-fact" key={fact}>{fact}</bdi>)}
            </p>
            <Button
              look="quiet"
              icon="message"
              label={`${t("message")}: ${name}`}
              hideLabel
              onPress={() => {
                onClose();
                goWith(uri);
              }}
            />
            {known.has(uri) ? <span class="hint">{t("added")}</span> : (
              <Button
                icon="user-plus"
                label={t("add-do")}
                onPress={() => choose(uri, name)}
                more={{ "aria-label": t("add-name", { name }) }}
              />
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

interface AddWhoProps {
  readonly model: PortalModel;
  readonly uri: string;
  readonly name: string;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** The second step: under which name, in which lists. */
function AddWho({ model: { people }, uri, name, onBack, onClose }: AddWhoProps) {
  const friendly = useSignal(name);
  const lists = useSignal<readonly string[]>([]);
  const doing = useDoing();
  const add = () => doing.run(() => people.add(uri, friendly.value.trim(), lists.value), onClose);
  return (
    <Dialog
      title={t("adding", { address: addressShown(uri) })}
      onClose={onClose}
      onSubmit={add}
      actions={
        <>
          <Button label={t("back")} onPress={onBack} />
          <Button look="primary" type="submit" icon="user-plus" label={t("add-do")} busy={doing.busy.value} />
        </>
      }
    >
      <Field
        label={t("friendly")}
        hint={t("friendly-hint")}
        value={friendly.value}
        maxLength={100}
        error={doing.problem.value?.fields.name}
        onInput={(text) => void (friendly.value = text)}
      />
      <p class="hint">{t("add-asks")}</p>
      {people.lists.value.length > 0 && (
        <ListBoxes
          lists={people.lists.value}
          chosen={lists.value}
          onChange={(chosen) => void (lists.value = chosen)}
        />
      )}
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
    </Dialog>
  );
}
