import type { RequestContext } from '@permission-check/iam-policy';
import type { Severity } from '#lib/catalog/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { RoleProbe } from '#lib/observe/types.ts';
import type { ShownWay } from '#lib/reach/words.ts';
import type { ActionAccess } from './access.ts';

/** The state of one principal after a check. */
export interface PrincipalResult {
  readonly subject: string;
  readonly arn: string;
  readonly status: 'as-expected' | 'findings' | 'inconclusive' | 'not-judged' | 'not-checkable';
  /** There is no request that it can make and should not, certainly: the search has left nothing open. */
  readonly proved?: true;
  /** What was not settled, where that is why it is not proved. */
  readonly unsettled?: string;
  readonly expected: string;
  /** Why it was not judged or could not be checked. */
  readonly note?: string;
  /** Who can act as it, the widest first. */
  readonly reachedBy?: string;
  /** The same, way by way. */
  readonly waysIn?: readonly ShownWay[];
  /** Who of elsewhere has its access, where no rule says who should: `can be assumed by account 444455556666: …`. */
  readonly shared?: readonly string[];
  /** What happened to it, the oldest first; where earlier reports or the log of access tell. */
  readonly history?: readonly HistoryLine[];
  /** Requests decided, and simulation calls made. */
  readonly requests: number;
  readonly calls: number;
  /** Where it was asked for: the same object for principals alike. */
  readonly access?: AccessBySide;
}

/** What happened to a principal, as far as an earlier report or the log of access tells. */
export interface HistoryLine {
  /** When it was seen; ISO 8601. */
  readonly at: string;
  /** When it was last seen to be otherwise: it happened between the two. */
  readonly after?: string | undefined;
  /** `new`, `changed`, `gone`: a finding. `access`: what it can do, or whether it exists. */
  readonly event: 'new' | 'changed' | 'gone' | 'access';
  /** The finding that it is about. */
  readonly finding?: string | undefined;
  /** In words, as others wrote parts of it: `allowed, not expected: DeleteFaces`. */
  readonly what: string;
  /** What led to it, as CloudTrail tells: `attached AmazonRekognitionFullAccess to role/analyst, by alice`. */
  readonly causes?: readonly string[] | undefined;
}

/** For every action of Rekognition what a principal should be able to do, and what the documents let it do. */
export interface AccessBySide {
  /** Absent: nobody judges it. */
  readonly expected?: readonly ActionAccess[];
  readonly observed: readonly ActionAccess[];
}

/** Everything a run has found. */
export interface CheckReport {
  readonly accountId: string;
  readonly region: string;
  /** Where the principals come from: `account.json`; absent: from IAM. */
  readonly input?: string;
  /** The context of the team's normal request. */
  readonly normal?: RequestContext;
  readonly startedAt: string;
  readonly seconds: number;
  /** Which sources answered. */
  readonly evidence: readonly ('evaluated' | 'simulated' | 'probed')[];
  readonly expectations: string;
  readonly principals: readonly PrincipalResult[];
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** What is no finding and should be known: a sentence each. */
  readonly notes?: readonly string[];
  readonly warnings: readonly string[];
  readonly calls: number;
  /** Earlier runs, the oldest first, and what has changed since the last of them. */
  readonly earlier?: Earlier;
  /** What decides the exit code of a check that stands before a deployment. */
  readonly gate?: Gate;
}

/** What is known of earlier runs. */
export interface Earlier {
  /** The oldest first. */
  readonly runs: readonly {
    /** ISO 8601. */
    readonly startedAt: string;
    /** Open findings by severity. */
    readonly findings: Readonly<Record<Severity, number>>;
  }[];
  /** Open findings of this run by severity, those among them that a gate does not tell. */
  readonly now: Readonly<Record<Severity, number>>;
  /** Ids of open findings that the last run did not have, or not in that extent. */
  readonly added: readonly string[];
  /** Findings of the last run that are gone. */
  readonly gone: readonly { readonly id: string; readonly subject: string; readonly severity: Severity }[];
}

/** What a gate lets pass. */
export interface Gate {
  /** Findings below it are told, and do not fail. */
  readonly failOn?: Severity;
  /** Findings that are not told, since a baseline has them. */
  readonly known?: number;
  /** Only findings about access that a plan changes. */
  readonly onlyChanges?: boolean;
  /** The plan says nothing about IAM, so there is nothing to find. */
  readonly declaresNothing?: boolean;
}

/** What live calls have found; `warnings` say what they could not prove. */
export interface ProbeReport extends CheckReport {
  readonly probes: readonly RoleProbe[];
}
