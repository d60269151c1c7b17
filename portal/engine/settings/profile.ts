import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Outcome, Problem, ProfileField, ProfileModel } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { outcomeOf, problem } from "../outcomes.ts";
import { ownDocument } from "../people/own_documents.ts";
import { Refreshed } from "../people/refreshed.ts";

type Values = Readonly<Record<string, string | readonly string[]>>;

/** `GET /users/{uri}/profile`. */
interface ProfileView {
  readonly profile: Values;
  /** What the operator vouches for. */
  readonly locked: Values | null;
}

/** The fields as REST calls them, in their order. `hidden`: it can be searched by, and is told to nobody (PRI-7). */
const FIELDS: readonly {
  readonly name: string;
  readonly required?: true;
  readonly hidden?: true;
  readonly many?: true;
  readonly choices?: readonly string[];
}[] = [
  // The name that others see never goes (UPROF-5).
  { name: "display_name", required: true },
  { name: "given_name", hidden: true },
  { name: "family_name", hidden: true },
  { name: "birth_date" },
  { name: "gender", choices: ["", "female", "male"] },
  { name: "country" },
  { name: "region" },
  { name: "locality" },
  { name: "freetext" },
  { name: "hobbies", many: true },
  { name: "links", many: true },
  { name: "communication_types", many: true },
  { name: "addresses", hidden: true, many: true },
];

/** The public profile (UPROF-1 to UPROF-5). Several values of a field are parted by commas. */
export class Profile implements ProfileModel {
  readonly fields: ReadonlySignal<readonly ProfileField[]>;
  readonly fresh: Refreshed;
  readonly #parts: EngineParts;
  readonly #path: string;
  readonly #view = signal<ProfileView | null>(null);

  constructor(parts: EngineParts) {
    const aor = parts.link.me.uri;
    this.#parts = parts;
    this.#path = `/users/${encodeURIComponent(aor)}/profile`;
    this.fields = computed(() => {
      const view = this.#view.value;
      return view === null ? [] : fieldsOf(view);
    });
    const documents = ["user-profile", "locked-user-profile"].map((name) =>
      ownDocument(`org.openmobilealliance.${name}`, aor, name)
    );
    this.fresh = new Refreshed(parts, documents, async () => {
      this.#view.value = await parts.rest.get<ProfileView>(this.#path);
    });
  }

  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.fresh.state;
  }
  get problem(): ReadonlySignal<Problem | null> {
    return this.fresh.problem;
  }

  change(values: Readonly<Record<string, string>>): Outcome {
    return outcomeOf(async () => {
      if (this.#view.peek() === null) {
        await this.fresh.refresh();
        if (this.#view.peek() === null) return this.fresh.problem.peek();
      }
      const known = new Map(this.fields.peek().map((field) => [field.name, field]));
      const patch: Record<string, string | string[]> = {};
      const wrong: Record<string, string> = {};
      for (const [name, value] of Object.entries(values)) {
        const field = known.get(name);
        if (field?.value === value) continue;
        if (field === undefined || field.fixed) wrong[name] = "";
        else patch[name] = FIELDS.find((one) => one.name === name)?.many ? parted(value) : value.trim();
      }
      if (Object.keys(wrong).length > 0) return problem(403, "", wrong);
      if (Object.keys(patch).length === 0) return;
      this.#view.value = await this.#parts.rest.send<ProfileView>("PATCH", this.#path, patch);
    });
  }
}

function fieldsOf({ profile, locked }: ProfileView): ProfileField[] {
  return FIELDS.map(({ name, required, hidden, choices }) => {
    const vouched = text(locked?.[name]);
    const fixed = vouched !== "";
    return {
      name,
      value: fixed ? vouched : text(profile[name]),
      required: required ?? false,
      shown: hidden === undefined,
      fixed,
      choices: choices ?? [],
    };
  });
}

function text(value: string | readonly string[] | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : value.join(", ");
}

function parted(text: string): string[] {
  return text.split(/[,\n]/).map((one) => one.trim()).filter((one) => one !== "");
}
