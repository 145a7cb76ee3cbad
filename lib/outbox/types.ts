import type { Change } from '#lib/change/types.ts';
import type { OutsideWay } from '#lib/compare/shared-access.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Access } from '#lib/past/access.ts';
import type { AccessChange } from '#lib/past/access-change.ts';
import type { Look, Opening } from '#lib/past/was-open.ts';
import type { KnownWay } from '#lib/reach/known-ways.ts';
import type { Alert } from '#lib/report/alert.ts';
import type { PrincipalResult } from '#lib/report/types.ts';

/** A finding as it is now, and since when. */
export interface KnownFinding {
  readonly finding: Finding;
  /** ISO 8601. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /**
   * The last check could not say whether it still holds (it was inconclusive): kept as it was, because "not seen"
   * is not "resolved".
   */
  readonly unconfirmed?: boolean;
}

/** What the team was last told of a finding. */
export interface AnnouncedFinding {
  readonly finding: Finding;
  readonly firstSeen: string;
  readonly at: string;
}

/** What is expected of a principal, as far as it says which rule it is. */
export interface Covering {
  /** `AmazonRekognitionReadOnlyAccess v10`, `nothing`, `anything (not judged)` */
  readonly label: string;
  /** `expectations.yaml:12`; absent where no rule says anything. */
  readonly rule?: string | undefined;
  /** A hash of the statements that it stands for, where a rule says it: a set may be edited and keep its name. */
  readonly statements?: string | undefined;
  /** A hash of the file: in another one the same rule may stand on another line. Earlier versions left it out. */
  readonly file?: string | undefined;
  /** Nobody wrote what is expected. */
  readonly builtIn?: boolean | undefined;
}

/** Why another rule covers a principal. */
export type MovedBy = 'principal' | 'expectations';

/** Everything remembered about one principal. */
export interface PrincipalRecord {
  /** `role/analyst` */
  readonly subject: string;
  readonly arn: string;
  /** When IAM was read for `known`; a reading that is older never replaces it. */
  readonly readAt: string;
  readonly status: PrincipalResult['status'] | 'deleted';
  /** Of its policies, boundary, tags and expectation: says whether any of them changed between two checks. */
  readonly fingerprint: string;
  readonly known: readonly KnownFinding[];
  readonly announced: readonly AnnouncedFinding[];
  /** Changes that touched the principal and have not been announced yet. */
  readonly changes: readonly Change[];
  /** Event ids of changes that the team was told of: other changes that come later are not told with them. */
  readonly changesTold?: readonly string[] | undefined;
  /** What it can do in Rekognition, as last known. */
  readonly access?: Access | undefined;
  /** What it could do when the team was last notified, where that is something else; `changed` says what. */
  readonly past?: Access | undefined;
  readonly changed?: AccessChange | undefined;
  /** When the log of access was last told something of it: its key there. */
  readonly accessSince?: string | undefined;
  /** The last look could not say what it can do; `access` is older. */
  readonly unread?: boolean | undefined;
  /** Who comes to it from outside, as last known. */
  readonly outside?: readonly KnownWay[] | undefined;
  /** The trust policy of a role, as last known; and the one before changes that were not announced yet. */
  readonly trust?: string | undefined;
  readonly pastTrust?: string | undefined;
  /** What was open for a while between two looks, or is shared with somebody else by now, and has not been announced. */
  readonly opened?: readonly Finding[] | undefined;
  /** Edits of its policies of the last minutes: those that only together say what was open. */
  readonly recent?: readonly Change[] | undefined;
  /** The looks that those edits are held against: the one before the oldest of them, and all since then. */
  readonly looks?: readonly Look[] | undefined;
  /** Findings of what was open that are known already: events come twice, and are looked at twice. */
  readonly openingsSeen?: readonly string[] | undefined;
  /** Ids of the edits that were held against a look: later ones are not held against them again, but for `recent`. */
  readonly editsSeen?: readonly string[] | undefined;
  /** The rule that covers it; and which one did when the team was last notified, where that was another. */
  readonly covering?: Covering | undefined;
  readonly moved?: MovedBy | undefined;
  /** Of a user who was renamed: the name until then, while the team has not heard of it; and under that name, the one from then on. */
  readonly renamedFrom?: string | undefined;
  readonly renamedTo?: string | undefined;
  /** Of what rules go by: kind, name, path, tags, groups, attachments. */
  readonly attributes?: string | undefined;
  readonly claim?: Claim;
}

/** Somebody is announcing what there is to announce about the principal; nobody else does until then. */
export interface Claim {
  /** The attempt, whose messages are remembered under this id. */
  readonly by: string;
  /** ISO 8601. */
  readonly until: string;
  /** What is being announced: whoever comes after an announcer who died can mark it. Earlier versions left it out. */
  readonly telling?: Telling | undefined;
}

export interface Telling {
  readonly alerts: readonly Alert[];
  /** Event ids. */
  readonly changes: readonly string[];
  /** Of the reading that the alerts rest on. */
  readonly readAt: string;
}

/** The outcome of one check of one principal, to be remembered. */
export interface Reading {
  readonly subject: string;
  readonly arn: string;
  readonly readAt: string;
  readonly status: PrincipalRecord['status'];
  readonly fingerprint: string;
  readonly findings: readonly Finding[];
  readonly changes: readonly Change[];
  /** The changes, with those of other messages that may have led to the same; absent: the changes. */
  readonly causes?: readonly Change[] | undefined;
  /** Edits of groups and policies that say, together with the changes, what was open in between. */
  readonly edits?: readonly Change[] | undefined;
  /** Absent where some policy could not be read. */
  readonly access?: Access | undefined;
  /** What was gained and lost since the principal could do other things. */
  readonly changeSince?: ((past: Access) => AccessChange) | undefined;
  /** What was open since the principal could do other things, by the edits of its policies that events tell of. */
  readonly openingsSince?:
    | ((
        past: Omit<Look, 'at'>,
        changes: readonly Change[],
        looks: readonly Look[],
        readAt: string,
        /** Whether it brought itself under the rule that covers it by now. */
        hasMoved?: boolean,
      ) => readonly Opening[])
    | undefined;
  /** Who comes to it from outside; absent where that was not looked at. */
  readonly outside?: readonly OutsideWay[] | undefined;
  /** The text of a role's trust policy. */
  readonly trust?: string | undefined;
  readonly covering?: Covering | undefined;
  readonly attributes?: string | undefined;
  /** The rule that would cover it by now with other attributes, `undefined` where those say nothing. */
  readonly coveredWith?: ((attributes: string) => Covering | undefined) | undefined;
  /** It could do nothing before, as far as anybody knows; not so of everybody in the first look at an account. */
  readonly isNew?: boolean | undefined;
}
