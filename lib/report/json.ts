import { actions } from '#lib/catalog/actions.ts';
import { policiesAsOf } from '#lib/catalog/managed-policies.ts';
import { severities } from '#lib/catalog/severity.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { actionsInSentence } from '#lib/compare/indirect.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { ShownWay } from '#lib/reach/words.ts';
import project from '../../package.json' with { type: 'json' };
import { exitCode, openFindings } from './exit.ts';
import { linePieces } from './json-pieces.ts';
import {
  type JsonAccessRow,
  type JsonAnswer,
  type JsonPolicy,
  type JsonStatement,
  JsonTables,
  type JsonWitness,
} from './json-tables.ts';
import type { CheckReport, PrincipalResult } from './types.ts';

/**
 * The version of the shape below (report.schema.json). Fields may be added within a version; one that is removed or
 * changes its meaning makes another one.
 */
export const schemaVersion = 2;

/** A finding with places in the report's tables instead of what it shares with other findings. */
export interface JsonFinding extends Omit<Finding, 'actions' | 'by' | 'acceptance'> {
  /** All of them; of an `indirect` finding those that its sentence names. */
  readonly actions: readonly {
    /** `rekognition:DeleteCollection` */
    readonly action: string;
    /** Where it is not the finding's. */
    readonly severity?: Finding['severity'];
    /** Place in `witnesses`; absent where no request could be asked. */
    readonly witness?: number;
  }[];
  /** Of an `indirect` finding, all that it leads to: place in `actionLists`. */
  readonly leadsTo?: number;
  /** The statements that do it: places in `statements`. */
  readonly by: readonly number[];
}

/** The state of one principal; `calls` where there were any. */
export type JsonPrincipal = Omit<PrincipalResult, 'calls' | 'access' | 'reachedBy' | 'waysIn'> &
  Partial<Pick<PrincipalResult, 'calls'>> & {
    /** Who can act as it: place in `reach`, and in `waysIn`. */
    readonly reachedBy?: number;
    /** Place in `access.rows`. */
    readonly access?: number;
  };

/** Who should be able to do what, and who can, also where both agree; where it was asked for. */
export interface JsonAccess {
  readonly actions: readonly Pick<CatalogAction, 'action' | 'family' | 'severity'>[];
  readonly rows: readonly JsonAccessRow[];
}

export interface JsonReport
  extends Omit<CheckReport, 'principals' | 'findings' | 'startedAt' | 'seconds' | 'normal' | 'input'> {
  readonly schemaVersion: typeof schemaVersion;
  /** The head: all that differs between two runs on the same input. */
  readonly run: { readonly startedAt: string; readonly seconds: number };
  readonly program: { readonly name: string; readonly version: string };
  /** What the program knows of Rekognition: how many actions, and AWS managed policies as of which day. */
  readonly catalogue: { readonly actions: number; readonly policiesAsOf: string };
  /** Where the principals come from: a file, or IAM. */
  readonly input: string;
  /** 0 clean, 1 findings, 2 inconclusive. */
  readonly exitCode: 0 | 1 | 2;
  readonly summary: {
    /** Not suppressed ones, by severity. */
    readonly findings: Readonly<Record<Finding['severity'], number>>;
    readonly suppressed: number;
    readonly principals: Readonly<Record<PrincipalResult['status'], number>>;
  };
  readonly principals: readonly JsonPrincipal[];
  readonly access?: JsonAccess;
  /** Worst first, suppressed ones among them. */
  readonly findings: readonly JsonFinding[];
  readonly policies: readonly JsonPolicy[];
  readonly statements: readonly JsonStatement[];
  readonly witnesses: readonly JsonWitness[];
  readonly answers: readonly JsonAnswer[];
  /** Names of actions, the worst first. */
  readonly actionLists: readonly (readonly string[])[];
  /** Who can act as a principal, in words, the widest first. */
  readonly reach: readonly string[];
  /** What `reach` says, way by way: at the same places. */
  readonly waysIn: readonly (readonly ShownWay[])[];
}

const statuses: readonly PrincipalResult['status'][] = [
  'as-expected',
  'findings',
  'inconclusive',
  'not-judged',
  'not-checkable',
];

function findingAsJson(finding: Finding, tables: JsonTables): JsonFinding {
  const { acceptance: _, takes: __, ...shown } = finding;
  const isIndirect = finding.kind === 'indirect';
  const told = isIndirect ? finding.actions.slice(0, actionsInSentence) : finding.actions;
  return {
    ...shown,
    actions: told.map(({ action, severity, witness, evidence }) => ({
      action,
      ...(severity === finding.severity ? {} : { severity }),
      ...(witness === undefined ? {} : { witness: tables.witness(witness, evidence) }),
    })),
    // Many principals can come to the same, which is nearly all that there is.
    ...(isIndirect ? { leadsTo: tables.actionList(finding.actions.map(({ action }) => action)) } : {}),
    by: finding.by.map((one) => tables.statement(one)),
  };
}

function counts<Key extends string>(keys: readonly Key[], values: readonly Key[]): Record<Key, number> {
  const entries = keys.map((key) => [key, values.filter((value) => value === key).length] as const);
  // Every key is there: the record is made from the list of keys.
  return Object.fromEntries(entries) as Record<Key, number>;
}

/**
 * The report as machines read it.
 *
 * @param texts whether it holds the texts of the policies that it names
 */
export function reportAsJson(report: CheckReport, { texts = false } = {}): JsonReport {
  const { startedAt, seconds, normal, input = 'IAM', findings, principals, ...rest } = report;
  const open = openFindings(findings);
  const tables = new JsonTables(normal, texts);
  return {
    schemaVersion,
    run: { startedAt, seconds },
    program: { name: project.name, version: project.version },
    catalogue: { actions: actions.length, policiesAsOf },
    input,
    exitCode: exitCode(report),
    summary: {
      findings: counts(
        severities,
        open.map(({ severity }) => severity),
      ),
      suppressed: findings.length - open.length,
      principals: counts(
        statuses,
        principals.map(({ status }) => status),
      ),
    },
    ...rest,
    principals: principals.map(({ calls, access, reachedBy, waysIn = [], ...principal }) => ({
      ...principal,
      ...(calls === 0 ? {} : { calls }),
      ...(reachedBy === undefined ? {} : { reachedBy: tables.reach(reachedBy, waysIn) }),
      ...(access === undefined ? {} : { access: tables.access(access) }),
    })),
    ...(tables.accessRows.length === 0
      ? {}
      : {
          access: {
            actions: actions.map(({ action, family, severity }) => ({ action, family, severity })),
            rows: tables.accessRows,
          },
        }),
    findings: findings.map((finding) => findingAsJson(finding, tables)),
    ...tables.tables,
  };
}

/** The text of `linePieces`. */
export const linesOfJson = (value: object): string => [...linePieces(value)].join('');
