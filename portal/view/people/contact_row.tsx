import { useSignal } from "@preact/signals";
import type { ContactModel, PeopleModel } from "../../model/mod.ts";
import { ConfirmDialog, TextDialog } from "../doing/ask_dialogs.tsx";
import { useDoing } from "../doing/use_doing.ts";
import { Avatar, Icon, Menu, presenceText, ProblemNotice, type Roving } from "../kit/mod.ts";
import { goWith, hrefOf } from "../route.ts";
import { addressShown } from "../start/address.ts";
import { ListsDialog } from "./lists_dialog.tsx";
import { LocationWords } from "./location_words.tsx";
import { t } from "./texts.ts";
import { isolated } from "../doing/isolated.ts";

interface ContactRowProps {
  readonly people: PeopleModel;
  readonly contact: ContactModel;
  readonly roving: Roving;
}

/** One contact: the way to their conversation, how they are, and what can be done. */
export function ContactRow({ people, contact, roving }: ContactRowProps) {
  const asking = useSignal<"" | "rename" | "lists" | "remove">("");
  const doing = useDoing();
  const { uri, name, blocked, pending } = contact;
  const { status, note, location, reason } = contact.presence.value;
  const close = () => void (asking.value = "");
  const shown = name === addressShown(uri) ? "" : addressShown(uri);
  return (
    <div class="contact">
      <Avatar name={name} uri={uri} presence={blocked ? undefined : status} />
      <a class="contact-main" href={hrefOf({ page: "with", key: uri, message: "" })} {...roving}>
        <bdi class="contact-name">{name}</bdi>{" "}
        <span class="contact-state">
          {blocked
            ? (
              <>
                <Icon name="block" /> {t("is-blocked")}
              </>
            )
            : pending
            ? t("is-pending")
            : presenceText(status)}
          {!blocked && note !== "" && (
            <>
              {" · "}
              <bdi>{note}</bdi>
            </>
          )}
        </span>{" "}
        {shown !== "" && <bdi class="contact-address">{shown}</bdi>}
      </a>
      <Menu
        label={t("actions-of", { name })}
        tabbable={roving.tabIndex === 0}
        items={[
          { label: t("message"), icon: "message", onPress: () => goWith(uri) },
          { label: t("rename"), icon: "edit", onPress: () => void (asking.value = "rename") },
          { label: t("lists"), icon: "folder", onPress: () => void (asking.value = "lists") },
          blocked
            ? { label: t("unblock"), icon: "check", onPress: () => doing.run(() => people.unblock(uri)) }
            : { label: t("block"), icon: "block", onPress: () => doing.run(() => people.block(uri)) },
          { label: t("remove"), icon: "trash", danger: true, onPress: () => void (asking.value = "remove") },
        ]}
      />
      {!blocked && reason !== "" && (
        <p class="contact-extra hint">
          <bdi>{reason}</bdi>
        </p>
      )}
      {!blocked && location !== null && (
        <p class="contact-extra contact-place">
          <Icon name="place" />
          <span class="unseen">{t("is-at", { name })}</span> <LocationWords location={location} />
        </p>
      )}
      {doing.problem.value !== null && (
        <div class="contact-extra">
          <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
        </div>
      )}
      {asking.value === "rename" && (
        <TextDialog
          title={t("rename")}
          label={t("friendly")}
          hint={t("friendly-hint")}
          value={name === addressShown(uri) ? "" : name}
          optional
          onSave={(text) => people.rename(uri, text)}
          onClose={close}
        />
      )}
      {asking.value === "lists" && <ListsDialog people={people} contact={contact} onClose={close} />}
      {asking.value === "remove" && (
        <ConfirmDialog
          title={t("remove-title", { name: isolated(name) })}
          label={t("remove-do")}
          onConfirm={() => people.remove(uri)}
          onClose={close}
        >
          <p>{t("remove-text")}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
