import * as z from 'zod/mini';
import { severities } from '#lib/catalog/severity.ts';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { unfolded } from './report-file.ts';
import { wrap } from './wrap.ts';

/** What is read of a report of `check --format json`, in any version of its shape. */
const reportSchema = z.object({
  schemaVersion: z.number(),
  accountId: z.string(),
  principals: z.array(z.object({ arn: z.string() })),
  findings: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      severity: z.enum(severities),
      subject: z.string(),
      principalArn: z.optional(z.string()),
      actions: z.array(z.object({ action: z.string() })),
      scope: z.optional(z.string()),
      when: z.optional(z.string()),
      summary: z.string(),
      suppressed: z.optional(z.unknown()),
    }),
  ),
});

type Report = z.infer<typeof reportSchema>;
type Told = Report['findings'][number];

/** Two reports, held against each other by the ids of their findings. */
export interface ReportDiff {
  readonly before: string;
  readonly after: string;
  readonly come: readonly Told[];
  readonly go: readonly Told[];
  /** Those that are gone where fewer principals were checked: the others were deleted, or not asked for. */
  readonly unseen: readonly Told[];
  /** Those that stay and say something else. */
  readonly differ: readonly { readonly before: Told; readonly after: Told }[];
  readonly same: number;
}

/** Whether a file is a report, by its beginning. */
export const looksLikeReport = (beginning: string): boolean => /^\s*\{\s*"schemaVersion"\s*:/.test(beginning);

/** @throws {InputError} naming the file and what is wrong with it */
export function diffReports(before: NamedText, after: NamedText): ReportDiff {
  const [past, present] = [readReport(before), readReport(after)];
  const known = new Map(past.findings.map((finding) => [finding.id, finding]));
  const open = new Set(present.findings.map(({ id }) => id));
  const seen = new Set(present.principals.map(({ arn }) => arn));
  // A check of some principals does not look for what is of the whole account.
  const isWhole = past.principals.every(({ arn }) => seen.has(arn));
  const isSeen = ({ principalArn: arn }: Told) => (arn === undefined ? isWhole : seen.has(arn));
  const gone = past.findings.filter(({ id }) => !open.has(id));
  const both = present.findings.flatMap((finding) => {
    const earlier = known.get(finding.id);
    return earlier === undefined ? [] : [{ before: earlier, after: finding }];
  });
  const differ = both.filter((pair) => saidOf(pair.before) !== saidOf(pair.after));
  return {
    before: before.name,
    after: after.name,
    come: present.findings.filter(({ id }) => !known.has(id)),
    go: gone.filter(isSeen),
    unseen: gone.filter((finding) => !isSeen(finding)),
    differ,
    same: both.length - differ.length,
  };
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

function readReport({ name, text }: NamedText): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError(`${name}: not JSON: a report is what check --format json has printed`);
  }
  const { success, data, error } = z.safeParse(reportSchema, unfolded(value));
  if (success) return data;
  throw new InputError(`${name}: not a report of check --format json: ${describeSchemaError(error)}`);
}

const saidOf = ({ severity, actions, scope, when, summary, suppressed }: Told): string =>
  JSON.stringify([
    severity,
    actions.map(({ action }) => action),
    scope,
    when,
    summary,
    suppressed !== undefined,
  ]);

/** 0 the same findings, 1 others. */
export const reportDiffExit = ({ come, go, unseen, differ }: ReportDiff): 0 | 1 =>
  come.length + go.length + unseen.length + differ.length === 0 ? 0 : 1;

/** For a terminal. Ends with a newline. */
export function renderReportDiff({ before, after, come, go, unseen, differ, same }: ReportDiff): string {
  const part = (sign: string, all: readonly Told[]) =>
    all.flatMap(({ severity, subject, kind, summary, suppressed }) =>
      wrap(
        `${subject}: ${kind}${suppressed === undefined ? '' : ', suppressed'}: ${summary}`,
        `${sign} ${severity.padEnd(10)}`,
        80,
      ),
    );
  const lines = [
    ...wrap(`${before} → ${after}`, '', 80),
    ...part('+', come),
    ...part(
      '~',
      differ.map((pair) => pair.after),
    ),
    ...part('-', go),
    ...part('?', unseen),
    `${come.length} new, ${differ.length} changed, ${go.length} gone, ${same} the same`,
    ...(unseen.length === 0
      ? []
      : wrap(`${unseen.length} not looked for: ${after} lacks principals (deleted, or not checked)`, '', 80)),
  ];
  return `${lines.map((line) => escapeText(line, Number.POSITIVE_INFINITY)).join('\n')}\n`;
}

/** For machines, in the form of answers.schema.json. */
export function reportDiffJson({ before, after, come, go, unseen, differ, same }: ReportDiff): string {
  const told = ({ actions, suppressed, principalArn: _, ...rest }: Told) => ({
    ...rest,
    actions: actions.map(({ action }) => action),
    ...(suppressed === undefined ? {} : { suppressed: true }),
  });
  const pairs = differ.map((pair) => ({ before: told(pair.before), after: told(pair.after) }));
  const findings = { come: come.map(told), go: go.map(told), unseen: unseen.map(told), differ: pairs };
  return `${safeJson({ command: 'diff', before, after, same, findings }, 2)}\n`;
}
