import type { MatchedStatement } from '@permission-check/iam-policy';
import { severities } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Evidence, StatementPointer } from '#lib/observe/types.ts';
import { safeJson } from '#lib/words/escape.ts';
import { exitCode, openFindings } from './exit.ts';
import type { CheckReport, PrincipalResult } from './types.ts';

/**
 * The version of the shape below. Fields may be added within a version; one that is removed or changes its meaning
 * makes a new one.
 */
export const schemaVersion = 1;

/** A statement by name and place, without its policy's text: a report is no dump of policies. */
export interface JsonStatement {
  readonly policy: string;
  readonly policyType: string;
  readonly policyArn?: string;
  readonly policyVersion?: string;
  /** The group through which a user has the policy. */
  readonly group?: string;
  readonly layer: string;
  readonly effect: 'Allow' | 'Deny';
  readonly statement: number;
  readonly sid?: string;
  readonly line: number;
  readonly column: number;
}

export interface JsonEvidence extends Omit<Evidence, 'matched' | 'pointers'> {
  readonly statements?: readonly JsonStatement[];
  readonly pointers?: readonly StatementPointer[];
}

export interface JsonFinding extends Omit<Finding, 'actions' | 'by'> {
  readonly actions: readonly (Omit<Finding['actions'][number], 'evidence'> & {
    readonly evidence: readonly JsonEvidence[];
  })[];
  readonly by: readonly JsonStatement[];
}

export interface JsonReport extends Omit<CheckReport, 'findings'> {
  readonly schemaVersion: typeof schemaVersion;
  /** 0 clean, 1 findings, 2 inconclusive. */
  readonly exitCode: 0 | 1 | 2;
  readonly summary: {
    /** Not suppressed ones, by severity. */
    readonly findings: Readonly<Record<Finding['severity'], number>>;
    readonly suppressed: number;
    readonly principals: Readonly<Record<PrincipalResult['status'], number>>;
  };
  /** Worst first, suppressed ones among them. */
  readonly findings: readonly JsonFinding[];
}

const statuses: readonly PrincipalResult['status'][] = [
  'as-expected',
  'findings',
  'inconclusive',
  'not-judged',
  'not-checkable',
];

export function statementAsJson({ policy, layer, statement }: MatchedStatement): JsonStatement {
  return {
    policy: policy.name,
    policyType: policy.type,
    ...(policy.arn === undefined ? {} : { policyArn: policy.arn }),
    ...(policy.versionId === undefined ? {} : { policyVersion: policy.versionId }),
    ...(policy.group === undefined ? {} : { group: policy.group }),
    layer,
    effect: statement.effect,
    statement: statement.index,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
    line: statement.start.line,
    column: statement.start.column,
  };
}

function evidenceAsJson({ matched, ...evidence }: Evidence): JsonEvidence {
  return matched === undefined ? evidence : { ...evidence, statements: matched.map(statementAsJson) };
}

/** One finding as machines read it. */
export function findingAsJson(finding: Finding): JsonFinding {
  return {
    ...finding,
    actions: finding.actions.map((action) => ({ ...action, evidence: action.evidence.map(evidenceAsJson) })),
    by: finding.by.map(statementAsJson),
  };
}

function counts<Key extends string>(keys: readonly Key[], values: readonly Key[]): Record<Key, number> {
  const entries = keys.map((key) => [key, values.filter((value) => value === key).length] as const);
  // Every key is there: the record is made from the list of them.
  return Object.fromEntries(entries) as Record<Key, number>;
}

/** The report as machines read it. */
export function reportAsJson(report: CheckReport): JsonReport {
  const open = openFindings(report.findings);
  return {
    schemaVersion,
    exitCode: exitCode(report),
    summary: {
      findings: counts(
        severities,
        open.map(({ severity }) => severity),
      ),
      suppressed: report.findings.length - open.length,
      principals: counts(
        statuses,
        report.principals.map(({ status }) => status),
      ),
    },
    ...report,
    findings: report.findings.map(findingAsJson),
  };
}

/** The report as JSON text, ending with a newline; characters that would deceive a reader are escaped. */
export function renderJson(report: CheckReport): string {
  return `${safeJson(reportAsJson(report), 2)}\n`;
}
