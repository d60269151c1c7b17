import {
  type SearchCondition,
  type SearchFindings,
  SearchRefusal,
  type SearchScope,
  type SearchService,
} from "../../xdm/mod.ts";

/** Finds what it is told to find. For tests only. */
export class FakeSearches implements SearchService {
  /** What was asked for. */
  readonly asked: { readonly by: string; readonly where: SearchCondition | null; readonly scope: SearchScope }[] = [];
  findings: SearchFindings = { found: [], more: false };
  /** Once set, every search is refused with it. */
  refusal: SearchRefusal | null = null;

  people(by: string, where: SearchCondition | null, scope: SearchScope): Promise<SearchFindings> {
    this.asked.push({ by, where, scope });
    return this.refusal === null ? Promise.resolve(this.findings) : Promise.reject(this.refusal);
  }

  rooms(by: string, where: SearchCondition | null, scope: SearchScope): Promise<SearchFindings> {
    return this.people(by, where, scope);
  }

  groups() {
    const group = { uri: "sip:chess@example.test", displayName: "Chess", subject: "", mine: true, isPublic: false };
    return Promise.resolve([{ ...group, members: 2 }]);
  }

  history() {
    return Promise.resolve({ found: [], more: false });
  }
}
