import type { ContactRequest, PeopleModel } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Avatar, Button, ProblemNotice, When } from "../kit/mod.ts";
import { addressShown } from "../start/address.ts";
import { t } from "./texts.ts";

/** Who asks to have us in their contacts, to be answered at once (GM-14); and whom we asked. Nothing where nobody does. */
export function Requests({ people }: { people: PeopleModel }) {
  const requests = people.requests.value;
  if (requests.length === 0) return null;
  const sorted = [...requests].sort((a, b) => Number(b.incoming) - Number(a.incoming) || b.at - a.at);
  return (
    <div class="requests">
      <h2>{t("requests")}</h2>
      <ul class="list">
        {sorted.map((request) => <RequestRow key={request.id} people={people} request={request} />)}
      </ul>
      {sorted[0].incoming && <p class="hint">{t("decline-hint")}</p>}
    </div>
  );
}

function RequestRow({ people, request }: { people: PeopleModel; request: ContactRequest }) {
  const { id, uri, name, incoming, at, message = "" } = request;
  const doing = useDoing();
  return (
    <li class="request">
      <Avatar name={name} uri={uri} />
      <p class="request-text">
        <bdi class="contact-name">{name}</bdi> {incoming ? t("wants") : t("asked")}{" "}
        <span class="hint">
          <bdi>{addressShown(uri)}</bdi> · <When at={at} />
        </span>
        {message !== "" && <bdi class="request-message">{message}</bdi>}
      </p>
      {incoming && (
        <span class="request-actions">
          <Button
            icon="check"
            label={t("agree")}
            busy={doing.busy.value}
            onPress={() => doing.run(() => people.agree(id))}
            more={{ "aria-label": t("agree-name", { name }) }}
          />
          <Button
            label={t("decline")}
            onPress={() => doing.run(() => people.decline(id))}
            more={{ "aria-label": t("decline-name", { name }) }}
          />
        </span>
      )}
      {doing.problem.value !== null && (
        <div class="contact-extra">
          <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
        </div>
      )}
    </li>
  );
}
