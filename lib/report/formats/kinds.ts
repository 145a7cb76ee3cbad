import type { Severity } from '#lib/catalog/types.ts';
import type { FindingKind } from '#lib/compare/types.ts';

/** How the kinds of findings are called in the formats of others. */
export interface KindInFormats {
  /** In a few words: `allowed, not expected`. */
  readonly title: string;
  /** What it means, in a sentence. */
  readonly means: string;
  /** What to do about such findings. */
  readonly help: string;
  readonly sarifLevel: 'error' | 'warning';
  /** JUnit: an assertion that failed, or a test that could not be carried out. */
  readonly junit: 'failure' | 'error';
  /** OCSF: IAM Analysis Finding (what somebody is granted), or Compliance Finding. */
  readonly ocsfClass: 2008 | 2003;
  /** OCSF: 2 Warning, 3 Fail. */
  readonly ocsfStatus: 2 | 3;
  /** AWS Security Finding Format. */
  readonly compliance: 'FAILED' | 'WARNING' | 'NOT_AVAILABLE';
  /** Whether it is access that somebody has and should not have: then its effect is a type of its own in ASFF. */
  readonly grants: boolean;
}

const failed = {
  sarifLevel: 'warning',
  junit: 'failure',
  ocsfClass: 2003,
  ocsfStatus: 3,
  compliance: 'FAILED',
  grants: false,
} as const;
const granted = { ...failed, sarifLevel: 'error', ocsfClass: 2008, grants: true } as const;

/** One table for every format. Sources: the formats' own specifications, docs/reports.md. */
export const kinds: Readonly<Record<FindingKind, KindInFormats>> = {
  excess: {
    ...granted,
    title: 'allowed, not expected',
    means: 'A principal can do in Amazon Rekognition what the expectation denies.',
    help: 'Take the permission away, or expect it.',
  },
  unguarded: {
    ...granted,
    title: 'allowed without a condition that is expected',
    means: 'Access holds without the condition (MFA, TLS, source IP, date) that the expectation demands.',
    help: 'Add the condition to the statement that allows it, or expect the access without it.',
  },
  missing: {
    ...failed,
    title: 'expected, not allowed',
    means: "The expectation allows what the principal's policies deny: something is about to break.",
    help: 'Give the permission, or expect less.',
  },
  contradiction: {
    ...failed,
    junit: 'error',
    ocsfStatus: 2,
    compliance: 'WARNING',
    title: 'contradictory answers',
    means: 'Two sources of evidence give different answers to the same request.',
    help: 'Look at the causes that the finding names, and check again.',
  },
  'access-gained': {
    ...granted,
    title: 'can do more than before',
    means: 'The access of a principal grew.',
    help: 'Make sure that the change was meant.',
  },
  'access-lost': {
    ...failed,
    title: 'can do less than before',
    means: 'The access of a principal shrank.',
    help: 'Make sure that the change was meant.',
  },
  'access-was-open': {
    ...granted,
    title: 'was open for a while',
    means: 'Somebody could do something for a while between two looks, and cannot any more.',
    help: 'Ask who made the changes, and look up in CloudTrail what was done meanwhile.',
  },
  'access-shared': {
    ...failed,
    ocsfClass: 2008,
    title: 'is shared with somebody outside of the account',
    means: 'Another account, or an identity that a provider vouches for, has the access by now.',
    help: 'Make sure that the change was meant, or say in "assumed-by" who is expected.',
  },
  'managed-policy-changed': {
    ...failed,
    title: 'a managed policy changed',
    means: 'The default version of a managed policy that an expectation names is another one.',
    help: 'Read what the policy grants by now, and name the version that is meant.',
  },
  'suppression-expired': {
    ...failed,
    title: 'a suppression ran out',
    means: 'The last day of a suppression is past, so that it covers nothing any more.',
    help: 'Mend what it covered, or have its owner renew it.',
  },
  exposed: {
    ...failed,
    sarifLevel: 'error',
    title: 'can be assumed by whom nobody expected',
    means: 'Somebody can act as a principal whom the expectation does not name.',
    help: 'Narrow the trust policy, or name them under assumed-by.',
  },
  unreachable: {
    ...failed,
    title: 'cannot be assumed by whom it is for',
    means: 'A way to act as a principal that the expectation names is missing, or can never be used.',
    help: 'Let them in by the trust policy, or take them out of assumed-by.',
  },
  indirect: {
    ...failed,
    sarifLevel: 'error',
    title: 'can give itself what it should not have',
    means: 'A principal can change permissions so that it gains access to Amazon Rekognition.',
    help: 'Take the permission over IAM away, or expect the access.',
  },
  'probe-alarm': {
    ...failed,
    sarifLevel: 'error',
    junit: 'error',
    title: 'a live call that was meant to fail succeeded',
    means: 'A live call may have created, changed or deleted something.',
    help: 'Look at what the call names, and stop probing until it is understood.',
  },
  inconclusive: {
    ...failed,
    junit: 'error',
    ocsfStatus: 2,
    compliance: 'NOT_AVAILABLE',
    title: 'could not be determined',
    means: 'Something could not be read or decided; its severity is that of the worst that it might hide.',
    help: 'Provide what the finding says is missing, and check again.',
  },
};

const isKind = (kind: string): kind is FindingKind => Object.hasOwn(kinds, kind);

/** The title of a kind, as a report names it: another version may know others. */
export const titleOfKind = (kind: string): string => (isKind(kind) ? kinds[kind].title : kind);

/** How a severity is called. */
export interface SeverityInFormats {
  /** SARIF's `security-severity`: above 9.0 critical, from 7.0 high, from 4.0 medium (GitHub code scanning). */
  readonly securitySeverity: string;
  readonly ocsf: { readonly id: number; readonly caption: string };
  readonly asff: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
}

export const severityNames: Readonly<Record<Severity, SeverityInFormats>> = {
  critical: { securitySeverity: '9.5', ocsf: { id: 5, caption: 'Critical' }, asff: 'CRITICAL' },
  high: { securitySeverity: '8.0', ocsf: { id: 4, caption: 'High' }, asff: 'HIGH' },
  medium: { securitySeverity: '5.5', ocsf: { id: 3, caption: 'Medium' }, asff: 'MEDIUM' },
  low: { securitySeverity: '2.0', ocsf: { id: 2, caption: 'Low' }, asff: 'LOW' },
};

/** What could not be determined has no severity in the formats that know a word for that; its worst case is in its text. */
export const unknownSeverity = {
  ocsf: { id: 0, caption: 'Unknown' },
  asff: 'MEDIUM',
} as const;
