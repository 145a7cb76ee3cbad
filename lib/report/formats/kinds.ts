import type { Severity } from '#lib/catalog/types.ts';
import type { FindingKind } from '#lib/words/kinds.ts';

/** What the kinds of findings are in the formats of others; their words are in lib/words/kinds.ts. */
export interface KindInFormats {
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
  },
  unguarded: {
    ...granted,
  },
  missing: {
    ...failed,
  },
  contradiction: {
    ...failed,
    junit: 'error',
    ocsfStatus: 2,
    compliance: 'WARNING',
  },
  'access-gained': {
    ...granted,
  },
  'access-lost': {
    ...failed,
  },
  'access-was-open': {
    ...granted,
  },
  'access-shared': {
    ...failed,
    ocsfClass: 2008,
  },
  'managed-policy-changed': {
    ...failed,
  },
  'suppression-expired': {
    ...failed,
  },
  exposed: {
    ...failed,
    sarifLevel: 'error',
  },
  unreachable: {
    ...failed,
  },
  indirect: {
    ...failed,
    sarifLevel: 'error',
  },
  'probe-alarm': {
    ...failed,
    sarifLevel: 'error',
    junit: 'error',
  },
  inconclusive: {
    ...failed,
    junit: 'error',
    ocsfStatus: 2,
    compliance: 'NOT_AVAILABLE',
  },
};

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
