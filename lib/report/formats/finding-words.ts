import { escapeText, shortened } from '#lib/words/escape.ts';
import { kindWords } from '#lib/words/kinds.ts';
import { policyLabel } from '#lib/words/labels.ts';
import { actionsInShort } from '../finding-line.ts';
import type { JsonFinding, JsonReport } from '../json.ts';

/** One line, every character of it harmless and within XML, cut to a number of characters. */
export const line = (text: string, limit = 1000): string => escapeText(shortened(text, limit), limit * 10);

/** `role/analyst: allowed, not expected: DeleteCollection, DeleteFaces +39`. */
export function titleOf(finding: JsonFinding, limit = 250): string {
  const what = finding.kind === 'inconclusive' ? finding.summary : actionsInShort(finding);
  const parts = [finding.subject, kindWords[finding.kind].title, ...(what === '' ? [] : [what])];
  return shortened(line(parts.join(': '), limit), limit);
}

/** `AmazonRekognitionFullAccess v1, statement 1 "All" (line 4)`: a statement by its place in the report. */
export function statementWords({ statements, policies }: JsonReport, place: number): string {
  const one = statements[place];
  const policy = one && policies[one.policy];
  if (one === undefined || policy === undefined) return `statement ${place}`;
  const version = policy.version === undefined ? '' : ` ${policy.version}`;
  const sid = one.sid === undefined ? '' : ` "${one.sid}"`;
  return `${policyLabel(policy)}${version}, statement ${one.statement}${sid} (line ${one.line})`;
}

/** `expectations.yaml:12` */
export const placeWords = ({ file, line }: { readonly file: string; readonly line: number }): string =>
  `${file}:${line}`;

/** What there is to know of a finding, a fact a line. */
export function factsOf(report: JsonReport, finding: JsonFinding): string[] {
  const { summary, scope, when, expected, expectedBy, by, reachedBy, declaredIn = [], suppressed } = finding;
  const rule = expectedBy === undefined ? '' : ` (${placeWords(expectedBy)})`;
  const facts = [
    summary,
    ...(scope === undefined ? [] : [`on ${scope}`]),
    ...(when === undefined ? [] : [`when: ${when}`]),
    ...(expected === undefined ? [] : [`expected: ${expected}${rule}`]),
    ...by.map((place) => `because ${statementWords(report, place)}`),
    ...declaredIn.map(({ address }) => `declared in ${address}`),
    ...(reachedBy === undefined ? [] : [`reached by ${reachedBy}`]),
    ...(suppressed === undefined
      ? []
      : [`accepted until ${suppressed.until} by ${suppressed.owner}: ${suppressed.reason}`]),
  ];
  return facts.filter((fact) => fact !== '').map((fact) => line(fact));
}

/** Where a person would change it: a line of a plan or a template, else of the expectations. */
export function placeOf(
  finding: JsonFinding,
  { expectations }: JsonReport,
): { readonly file: string; readonly line: number } {
  const declared = finding.declaredIn?.find(({ file }) => file !== undefined);
  const { file, line = 1 } = declared ?? finding.expectedBy ?? finding.suppressed?.location ?? {};
  const known = /\.ya?ml$/i.test(expectations) ? expectations : 'expectations.yaml';
  return { file: file ?? known, line: Math.max(1, line) };
}

/** The account that a finding is about. */
export function accountOf(finding: JsonFinding, report: JsonReport): string {
  const own = finding.principalArn?.split(':')[4];
  return own !== undefined && /^\d{12}$/.test(own) ? own : report.accountId;
}

/** `aws`, `aws-cn`, `aws-us-gov`. */
export const partitionOf = ({ principals }: JsonReport): string => principals[0]?.arn.split(':')[1] || 'aws';
