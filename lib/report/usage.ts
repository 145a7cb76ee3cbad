import { actions as catalog } from '#lib/catalog/actions.ts';
import { worst } from '#lib/catalog/severity.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import { wrap } from './wrap.ts';

/** The least policy for what somebody has used. */
export interface Proposal {
  readonly principalArn: string;
  /** The text of the policy. */
  readonly policy: string;
  readonly actions: readonly string[];
  readonly evidence: {
    readonly events: number;
    /** Calls that failed, which are not proposed. */
    readonly failed: number;
    /** Days on which there were any. */
    readonly days: number;
    /** Calls of operations that are not in the catalogue, which are not proposed: how many of each. */
    readonly unknown: Readonly<Record<string, number>>;
    readonly first?: string;
    readonly last?: string;
  };
  /** How resources were generalised, in words. */
  readonly rule: string;
}

/** What is granted and was not used. */
export interface Unused {
  readonly accountId: string;
  readonly since: string;
  /** The first event that there is. */
  readonly evidenceFrom?: string;
  /** Whether the events go back as far as was asked. */
  readonly isCovered: boolean;
  readonly principals: readonly {
    readonly subject: string;
    readonly arn: string;
    /** How many actions it can do in some case. */
    readonly granted: number;
    readonly unused: readonly string[];
    /** When Rekognition was last used, where IAM was asked; absent: not in the days that it remembers. */
    readonly lastUsed?: string;
    /** Granted, and the service was used: whether these were is not recorded. */
    readonly perhapsUnused?: readonly string[];
  }[];
}

const WIDTH = 80;
const severities = new Map(catalog.map(({ action, severity }) => [action, severity]));
const shown = (lines: readonly string[]): string =>
  `${lines.map((line) => escapeText(line, Number.POSITIVE_INFINITY)).join('\n')}\n`;

/** What stands beside the policy, which is printed by itself so that it can be used. */
export function proposalNotes({ principalArn, evidence, rule }: Proposal): string {
  const { events, failed, days, first, last, unknown } = evidence;
  const calls = Object.entries(unknown).map(
    ([operation, count]) => `${operation} (${counted(count, 'call')})`,
  );
  const span = first === undefined ? '' : `, from ${first.slice(0, 10)} to ${last?.slice(0, 10)}`;
  return shown([
    ...wrap(`${principalArn}: ${counted(events, 'event')} on ${counted(days, 'day')}${span}`, '', WIDTH),
    ...(failed === 0 ? [] : wrap(`not proposed: ${counted(failed, 'call')} that failed`, '', WIDTH)),
    ...(calls.length === 0
      ? []
      : wrap(`not proposed, since which action it needs is not known here: ${listed(calls, 10)}`, '', WIDTH)),
    ...wrap(`resources: ${rule}`, '', WIDTH),
  ]);
}

/** For machines, in the form of answers.schema.json. */
export function proposalJson({ principalArn, policy, actions, evidence, rule }: Proposal): string {
  const document: unknown = JSON.parse(policy);
  return `${safeJson({ command: 'propose', arn: principalArn, policy: document, actions, evidence, rule }, 2)}\n`;
}

/** For a terminal. Ends with a newline. */
export function renderUnused({ since, evidenceFrom, isCovered, principals }: Unused): string {
  const from = (isCovered ? since : (evidenceFrom ?? since)).slice(0, 10);
  const title =
    evidenceFrom === undefined
      ? 'There is no event of Rekognition in these files, so nothing is known of its use.'
      : `Granted and not used since ${from}${isCovered ? '' : ', where the events begin: not as far back as was asked'}`;
  const rows = groupBy(principals, ({ granted, unused, perhapsUnused, lastUsed }) =>
    JSON.stringify([granted, unused, perhapsUnused, perhapsUnused && lastUsed?.slice(0, 10)]),
  );
  const lines = [...rows.values()].flatMap((alike) => [
    '',
    ...wrap(alike.map(({ subject }) => subject).join(', '), '', WIDTH),
    ...unusedLines(alike[0]),
  ]);
  return shown([...wrap(title, '', WIDTH), ...(evidenceFrom === undefined ? [] : lines)]);
}

function unusedLines({ granted, unused, perhapsUnused, lastUsed }: Unused['principals'][number]): string[] {
  const severity = worst(unused.map((action) => severities.get(action) ?? 'medium'));
  const those =
    unused.length === granted
      ? `all ${counted(granted, 'action')}`
      : `${unused.length} of ${granted}: ${unused.map(actionName).sort().join(', ')}`;
  const day = lastUsed?.slice(0, 10);
  const used = `the service was used, last on ${day}; which of ${counted(perhapsUnused?.length ?? 0, 'action')} is not recorded`;
  return [
    ...(unused.length === 0 ? [] : wrap(those, `  ${severity.padEnd(10)}`, WIDTH)),
    ...(perhapsUnused === undefined ? [] : wrap(used, '  ', WIDTH)),
  ];
}

/** For machines, in the form of answers.schema.json. */
export function unusedJson({ accountId, since, evidenceFrom, isCovered, principals }: Unused): string {
  const answer = {
    command: 'unused',
    account: accountId,
    since,
    ...(evidenceFrom === undefined ? {} : { evidenceFrom }),
    covered: isCovered,
    principals,
  };
  return `${safeJson(answer, 2)}\n`;
}
