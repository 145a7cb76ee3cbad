import type { RequestContext } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { type JsonFinding, type JsonPrincipal, type JsonReport, linesOfJson, reportAsJson } from './json.ts';
import { linePieces } from './json-pieces.ts';
import type { JsonWitness } from './json-tables.ts';
import { Table } from './table.ts';
import type { CheckReport } from './types.ts';

/** What principals alike have in common: everything but who they are. */
type FiledState = Omit<JsonPrincipal, 'arn' | 'subject'>;

export interface FiledPrincipal {
  /** `role/analyst` */
  readonly subject: string;
  /** Its ARN up to its name: place in `paths`. */
  readonly path?: number;
  /** Its ARN, where it does not end with its name. */
  readonly arn?: string;
  /** Place in `states`. */
  readonly state: number;
}

/** What a finding says of one action, beside its name. */
type FiledAction = Omit<JsonFinding['actions'][number], 'action'>;

/** Members of a finding that stand in itself. */
const own = [
  'id',
  'kind',
  'severity',
  'subject',
  'principalArn',
  'actions',
  'summary',
  'accept',
  'suppressed',
] as const;

/** What findings alike have in common. */
interface FiledDetails extends Omit<JsonFinding, (typeof own)[number]> {
  /** What is said of each action, in their order: place in `shown`. */
  readonly shown: number;
}

export interface FiledFinding extends Omit<JsonFinding, Exclude<keyof FiledDetails, 'shown'> | 'actions'> {
  readonly actions: readonly { readonly action: string }[];
  /** Place in `principals`, instead of the ARN, where they are told. */
  readonly principal?: number;
  /** Place in `details`. */
  readonly details: number;
}

interface FiledWitness extends Omit<JsonWitness, 'context'> {
  /** Place in `contexts`. */
  readonly context: number;
}

/**
 * A report as it is written (report.schema.json): what many principals, or many findings, have in common stands in tables,
 * too, so that it is short in an account of thousands.
 */
export interface ReportFile extends Omit<JsonReport, 'principals' | 'findings' | 'witnesses'> {
  readonly principals: readonly FiledPrincipal[];
  /** `arn:aws:iam::123456789012:role/team`; a slash and the name follow. */
  readonly paths: readonly string[];
  readonly states: readonly FiledState[];
  readonly findings: readonly FiledFinding[];
  readonly details: readonly FiledDetails[];
  readonly shown: readonly (readonly FiledAction[])[];
  readonly witnesses: readonly FiledWitness[];
  readonly contexts: readonly RequestContext[];
  /** Of a function's answer: what did not fit into it. */
  readonly leftOut?: string;
}

/** A report as it is written; `unfolded` reads it. */
export function folded(report: JsonReport & Pick<ReportFile, 'leftOut'>): ReportFile {
  const paths = new Table<string>();
  const states = new Table<FiledState>();
  const details = new Table<FiledDetails>();
  const shown = new Table<readonly FiledAction[]>();
  const contexts = new Table<RequestContext>();
  const { principals, findings, witnesses, ...rest } = report;
  const places = new Map(principals.map(({ arn }, place) => [arn, place]));
  const foldedFinding = (finding: JsonFinding): FiledFinding => {
    const { id, kind, severity, subject, principalArn, actions, summary, accept, suppressed, ...alike } =
      finding;
    const principal = principalArn === undefined ? undefined : places.get(principalArn);
    return {
      id,
      kind,
      severity,
      subject,
      ...(principal !== undefined ? { principal } : principalArn !== undefined ? { principalArn } : {}),
      actions: actions.map(({ action }) => ({ action })),
      summary,
      ...(accept === undefined ? {} : { accept }),
      ...(suppressed === undefined ? {} : { suppressed }),
      details: details.placeOf({
        ...alike,
        shown: shown.placeOf(actions.map(({ action: _, ...said }) => said)),
      }),
    };
  };
  return {
    ...rest,
    principals: principals.map(({ arn, subject, ...state }) => ({
      subject,
      ...(arn.endsWith(nameOf(subject))
        ? { path: paths.placeOf(arn.slice(0, -nameOf(subject).length)) }
        : { arn }),
      state: states.placeOf(state),
    })),
    paths: paths.entries,
    states: states.entries,
    findings: findings.map(foldedFinding),
    details: details.entries,
    shown: shown.entries,
    witnesses: witnesses.map(({ context, ...witness }) => ({
      ...witness,
      context: contexts.placeOf(context),
    })),
    contexts: contexts.entries,
  };
}

/** The text of a report's file. */
export const fileText = (report: JsonReport): string => linesOfJson(folded(report));

/** The same in pieces. */
export const filePieces = (report: JsonReport): Iterable<string> => linePieces(folded(report));

/** The report of a check as the text of a file. */
export const renderJson = (report: CheckReport): string => fileText(reportAsJson(report));

/** `/analyst` of `role/analyst`. */
const nameOf = (subject: string): string => subject.slice(subject.indexOf('/'));

const entries = z._default(z.array(z.looseObject({})), []);
const place = z.optional(z.number());
const fileSchema = z.looseObject({
  principals: z._default(
    z.array(z.looseObject({ subject: z._default(z.string(), ''), path: place, state: place })),
    [],
  ),
  paths: z._default(z.array(z.string()), []),
  states: entries,
  findings: z.array(
    z.looseObject({
      principal: place,
      details: place,
      actions: entries,
    }),
  ),
  details: z._default(z.array(z.looseObject({ shown: place })), []),
  shown: z._default(z.array(z.array(z.looseObject({}))), []),
  witnesses: z._default(z.array(z.looseObject({ context: z.optional(z.unknown()) })), []),
  contexts: entries,
});

/**
 * A report as `JsonReport` describes it, of one as it was written; what was never folded stays as it is. Only what it
 * undoes is looked at: whoever reads what others may have written parses what comes of it.
 */
export function unfolded(file: unknown): unknown {
  const { success, data } = z.safeParse(fileSchema, file);
  if (!success) return file;
  const { paths, states, details, shown, contexts, ...rest } = data;
  const principals = rest.principals.map(({ path, state, ...principal }) => ({
    ...principal,
    ...(path === undefined ? {} : { arn: `${paths[path]}${nameOf(principal.subject)}` }),
    ...(state === undefined ? {} : states[state]),
  }));
  const findings = rest.findings.map(({ principal, details: at, actions, ...finding }) => {
    const { shown: row = -1, ...alike } = details[at ?? -1] ?? {};
    const who = principal === undefined ? undefined : principals[principal]?.arn;
    return {
      ...finding,
      ...(who === undefined ? {} : { principalArn: who }),
      ...alike,
      actions: actions.map((action, index) => ({ ...action, ...shown[row]?.[index] })),
    };
  });
  const witnesses = rest.witnesses.map((witness) =>
    typeof witness.context === 'number' ? { ...witness, context: contexts[witness.context] } : witness,
  );
  return { ...rest, principals, findings, witnesses };
}
