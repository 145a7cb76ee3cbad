import { kindWords } from '#lib/words/kinds.ts';
import { actionsInShort } from '../finding-line.ts';
import type { JsonFinding, JsonPrincipal, JsonReport } from '../json.ts';
import { factsOf, line } from './finding-words.ts';
import { kinds } from './kinds.ts';

/** Text of XML 1.0: markup's characters as references; what XML cannot hold is made visible before. */
const text = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${text(line(String(value), 500))}"`)
    .join('');

interface TestCase {
  readonly classname: string;
  readonly name: string;
  readonly outcome?: {
    readonly element: 'failure' | 'error';
    readonly type: string;
    readonly message: string;
    readonly lines: readonly string[];
  };
}

/**
 * JUnit's XML, as CI systems read it: a suite for the account, a case for each finding, and one for each principal that
 * is as expected. What could not be determined is an error. Suppressed findings, and principals that nobody judges, have
 * neither passed nor failed, and Ant's schema knows no third way: they are listed in the suite's output. Valid by the
 * schemas of Ant and of Jenkins.
 */
export function renderJunit(report: JsonReport): string {
  const { accountId, run, expectations, principals, findings } = report;
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const withFindings = new Set(open.map(({ principalArn }) => principalArn));
  const quiet = principals.filter(({ arn }) => !withFindings.has(arn));
  const cases = [...open.map((finding) => caseOf(finding, report)), ...quiet.flatMap(quietCase)];
  const aside = [
    ...quiet.filter(isAside).map(({ subject, status, note }) => `${subject}: ${note ?? status}`),
    ...findings.flatMap(({ subject, kind, id, suppressed }) =>
      suppressed === undefined ? [] : [`${subject}: ${kind} #${id}: suppressed until ${suppressed.until}`],
    ),
  ];
  const count = (element: string) => cases.filter(({ outcome }) => outcome?.element === element).length;
  const suite = attributes({
    package: 'rekognition-permission-check',
    id: 0,
    name: `account ${accountId}`,
    timestamp: run.startedAt.slice(0, 19),
    hostname: 'localhost',
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    time: run.seconds,
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `<testsuite${suite}>`,
    `<properties><property${attributes({ name: 'expectations', value: expectations })}/></properties>`,
    ...cases.map(caseLines),
    `<system-out>${aside.map((one) => text(line(one))).join('\n')}</system-out>`,
    '<system-err></system-err>',
    '</testsuite>',
    '</testsuites>\n',
  ].join('\n');
}

function caseOf(finding: JsonFinding, report: JsonReport): TestCase {
  const { id, kind, severity, subject, remedies } = finding;
  const what = actionsInShort(finding);
  return {
    classname: subject,
    // By the id no two cases have the same name: GitLab shows the first of those that do.
    name: `${kind}${what === '' ? '' : `: ${what}`} #${id.slice(0, 8)}`,
    outcome: {
      element: kinds[kind].junit,
      type: kind,
      message: `${severity}: ${kindWords[kind].title}`,
      lines: [...factsOf(report, finding), ...remedies.map((remedy) => `to do: ${line(remedy)}`)],
    },
  };
}

const isAside = ({ status }: JsonPrincipal): boolean => status === 'not-judged' || status === 'not-checkable';

function quietCase(principal: JsonPrincipal): TestCase[] {
  const { subject, status, note } = principal;
  if (isAside(principal)) return [];
  const name = status.replace('-', ' ');
  if (status !== 'inconclusive') return [{ classname: subject, name }];
  const reason = note ?? name;
  return [
    {
      classname: subject,
      name,
      outcome: { element: 'error', type: status, message: reason, lines: [reason] },
    },
  ];
}

function caseLines({ classname, name, outcome }: TestCase): string {
  const head = `<testcase${attributes({ classname, name, time: 0 })}>`;
  if (outcome === undefined) return `${head}</testcase>`;
  const { element, type, message, lines } = outcome;
  const body = lines.map((one) => text(line(one))).join('\n');
  return `${head}<${element}${attributes({ type, message })}>${body}</${element}></testcase>`;
}
