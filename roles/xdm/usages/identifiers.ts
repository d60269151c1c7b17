/** Namespaces of XDM documents (oma-reference §5.2 and the RFCs named there). */
export const NS = {
  xml: "http://www.w3.org/XML/1998/namespace",
  resourceLists: "urn:ietf:params:xml:ns:resource-lists",
  rlsServices: "urn:ietf:params:xml:ns:rls-services",
  commonPolicy: "urn:ietf:params:xml:ns:common-policy",
  presRules: "urn:ietf:params:xml:ns:pres-rules",
  pidf: "urn:ietf:params:xml:ns:pidf",
  dataModel: "urn:ietf:params:xml:ns:pidf:data-model",
  rpid: "urn:ietf:params:xml:ns:pidf:rpid",
  xcapCaps: "urn:ietf:params:xml:ns:xcap-caps",
  directory: "urn:ietf:params:xml:ns:xcap-directory",
  omaDirectory: "urn:oma:xml:xdm:xcap-directory",
  omaCommonPolicy: "urn:oma:xml:xdm:common-policy",
  omaExtensions: "urn:oma:xml:xdm:extensions",
  omaPresRules: "urn:oma:xml:prs:pres-rules",
  omaPresContent: "urn:oma:xml:prs:pres-content",
  listService: "urn:oma:xml:poc:list-service",
  pocRules: "urn:oma:xml:poc:poc-rules",
  uriUsage: "urn:oma:xml:xdm:resource-list:oma-uriusage",
  /** The same in an older form that is still about. */
  uriUsageOld: "urn:oma:params:xml:ns:resource-list:oma-uriusage",
  appUsage: "urn:oma:xml:xdm:resource-list:oma-appusage",
  pocUsage: "urn:oma:xml:poc:oma-pocusage",
  userProfile: "urn:oma:xml:xdm:user-profile",
  historyList: "urn:oma:xml:im:history-list",
  /** Taken beside the one above (oma-reference §5.1). */
  deferredList: "urn:oma:xml:im:deferred-list",
  quickAnswers: "urn:parley:xml:quick-answers",
  contactRequests: "urn:parley:xml:contact-requests",
  privacy: "urn:parley:xml:privacy",
  delivery: "urn:parley:xml:delivery",
  history: "urn:parley:xml:history",
} as const;

/** What identifies a usage, and how large its documents may be. */
export interface Identifiers {
  readonly auid: string;
  /** The namespace that selectors without a prefix mean. */
  readonly namespace: string;
  readonly mediaType: string;
  /** The name its document has, or that clients give to the one that counts. */
  readonly document: string;
  /** Octets of one document, documents of one user. */
  readonly limits: { readonly octets: number; readonly documents: number };
}

/** Every application usage's identifiers (oma-reference §5.1); those of `org.parley` are our own. */
export const IDENTIFIERS = {
  xcapCaps: usage("xcap-caps", NS.xcapCaps, "application/xcap-caps+xml", "index", 65_536, 1),
  omaDirectory: usage(
    "org.openmobilealliance.xcap-directory",
    NS.omaDirectory,
    "application/vnd.oma.xcap-directory+xml",
    "directory.xml",
    262_144,
    1,
  ),
  directory: usage("directory", NS.directory, "application/directory+xml", "directory.xml", 262_144, 1),
  resourceLists: usage(
    "resource-lists",
    NS.resourceLists,
    "application/resource-lists+xml",
    "index",
    524_288,
    20,
  ),
  rlsServices: usage("rls-services", NS.rlsServices, "application/rls-services+xml", "index", 131_072, 5),
  groups: usage(
    "org.openmobilealliance.groups",
    NS.listService,
    "application/vnd.oma.poc.groups+xml",
    "",
    262_144,
    50,
  ),
  groupUsageList: usage(
    "org.openmobilealliance.group-usage-list",
    NS.resourceLists,
    "application/vnd.oma.group-usage-list+xml",
    "index",
    131_072,
    1,
  ),
  userProfile: usage(
    "org.openmobilealliance.user-profile",
    NS.userProfile,
    "application/vnd.oma.user-profile+xml",
    "user-profile",
    16_384,
    1,
  ),
  lockedUserProfile: usage(
    "org.openmobilealliance.locked-user-profile",
    NS.userProfile,
    "application/vnd.oma.user-profile+xml",
    "locked-user-profile",
    16_384,
    1,
  ),
  accessRules: usage(
    "org.openmobilealliance.access-rules",
    NS.commonPolicy,
    "application/auth-policy+xml",
    "access-rules",
    262_144,
    1,
  ),
  presRules: usage("pres-rules", NS.presRules, "application/auth-policy+xml", "index", 262_144, 5),
  omaPresRules: usage(
    "org.openmobilealliance.pres-rules",
    NS.commonPolicy,
    "application/auth-policy+xml",
    "pres-rules",
    262_144,
    1,
  ),
  pidfManipulation: usage("pidf-manipulation", NS.pidf, "application/pidf+xml", "index", 65_536, 1),
  presContent: usage(
    "org.openmobilealliance.pres-content",
    NS.omaPresContent,
    "application/vnd.oma.pres-content+xml",
    "oma_status-icon/rcs_status_icon",
    196_608,
    5,
  ),
  convHistory: usage(
    "org.openmobilealliance.conv-history",
    NS.historyList,
    "application/vnd.oma.im.history-list+xml",
    "conv-history",
    524_288,
    1,
  ),
  deferredList: usage(
    "org.openmobilealliance.deferred-list",
    NS.historyList,
    "application/vnd.oma.im.deferred-list+xml",
    "deferred-list",
    524_288,
    1,
  ),
  quickAnswers: usage(
    "org.parley.quick-answers",
    NS.quickAnswers,
    "application/vnd.parley.quick-answers+xml",
    "index",
    65_536,
    1,
  ),
  contactRequests: usage(
    "org.parley.contact-requests",
    NS.contactRequests,
    "application/vnd.parley.contact-requests+xml",
    "index",
    131_072,
    1,
  ),
  privacy: usage("org.parley.privacy", NS.privacy, "application/vnd.parley.privacy+xml", "index", 4096, 1),
} as const;

function usage(
  auid: string,
  namespace: string,
  mediaType: string,
  document: string,
  octets: number,
  documents: number,
): Identifiers {
  return { auid, namespace, mediaType, document, limits: { octets, documents } };
}

/** What documents may count, beyond their octets: more is OMA's `local-constraint-failure`. */
export const COUNTS = {
  /** Entries, references and externals of one document of lists. */
  entries: 5000,
  /** Externals and entry-refs of one document, and anchors of one set of rules: each is read as a URI. */
  references: 500,
  lists: 500,
  /** Lists within lists. */
  listDepth: 16,
  services: 50,
  groupMembers: 2000,
  /** Externals of one group. */
  groupExternals: 20,
  rules: 500,
  /** Identities, exceptions and anchors of one set of rules. */
  ruleIdentities: 5000,
  quickAnswers: 50,
  /** Characters of one quick answer. */
  quickAnswerText: 1000,
  contactRequests: 500,
  histories: 2000,
  /** Octets of an icon, its base64 undone. */
  icon: 131_072,
} as const;

/** Names of lists that clients agree on in `resource-lists` (oma-reference §5.3). */
export const WELL_KNOWN_LISTS = {
  contacts: "oma_buddylist",
  granted: "oma_grantedcontacts",
  blocked: "oma_blockedcontacts",
  all: "oma_allcontacts",
  pocContacts: "oma_pocbuddylist",
  rcs: "rcs",
  rcsBlocked: "rcs_blockedcontacts",
  rcsRevoked: "rcs_revokedcontacts",
  /** Who may know where the user is (UPROF-2, LOC-2). */
  location: "oma_locationlist",
} as const;
