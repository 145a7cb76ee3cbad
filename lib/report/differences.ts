import type { Request } from '@permission-check/iam-policy';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import type { AccessDifference } from './difference.ts';
import { wrap } from './wrap.ts';

/** The access of somebody, or of a set, before and after. */
export interface Differing extends AccessDifference {
  /** `role/analyst`, or the name of a set. */
  readonly subject: string;
  readonly arn?: string;
}

/** Two accounts, expectations or sets, held against each other. */
export interface Differences {
  readonly before: string;
  readonly after: string;
  /** Those that differ, or of whom it could not be settled. */
  readonly differing: readonly Differing[];
  /** How many are proved equal. */
  readonly equal: number;
  /** Of two accounts: who can do something, and can be become by others than before. */
  readonly reach?: readonly ReachChange[];
  /** Of two expectations files: what else they say otherwise. */
  readonly rules?: readonly RuleChange[];
}

/** What two expectations files say otherwise, beside what they allow; in words, absent: nothing. */
export interface RuleChange {
  /** `role/analyst`, `normal request`. */
  readonly subject: string;
  /** Of whom they judge, who is expected to assume a role, the last day of a rule, what is suppressed. */
  readonly what: 'judged' | 'assumed by' | 'until' | 'suppressed' | 'is';
  readonly before?: string;
  readonly after?: string;
}

/** Whose ways in change, in words; absent: nobody from outside, or not known. */
export interface ReachChange {
  readonly subject: string;
  readonly before?: string;
  readonly after?: string;
}

const WIDTH = 80;
/** Principals that are named of those for whom the same changes. */
const NAMED = 6;
const severities = new Map(catalog.map(({ action, severity }) => [action, severity]));
const severityOf = (action: string): Severity => severities.get(action) ?? 'medium';

/** 0 proved equal, 1 something is gained or lost, reached by others or said otherwise, 2 something could not be settled. */
export function differencesExit({ differing, reach = [], rules = [] }: Differences): 0 | 1 | 2 {
  if (
    reach.length + rules.length > 0 ||
    differing.some(({ gained, lost }) => gained.length + lost.length > 0)
  )
    return 1;
  return differing.length > 0 ? 2 : 0;
}

/** For a terminal. Ends with a newline. */
export function renderDifferences(differences: Differences): string {
  const title = `${differences.before} → ${differences.after}`;
  const isNamed = differences.differing.some(({ subject }) => subject === title);
  const lines = [
    ...(isNamed ? [] : [...wrap(title, '', WIDTH), '']),
    ...differenceLines(differences),
    ...(differences.reach ?? []).flatMap((change) => ['', ...reachLines(change)]),
    ...ruleLines(differences.rules ?? []),
  ];
  return `${lines.map((line) => escapeText(line)).join('\n')}\n`;
}

/** What differs, and for how many it is proved that nothing does; not yet escaped. */
export function differenceLines({ differing, equal, reach = [], rules = [] }: Differences): string[] {
  const lines: string[] = [];
  const told = differing.map((one) => ({ subject: one.subject, kind: kindOf(one), body: bodyOf(one) }));
  for (const group of groupBy(told, ({ kind, body }) => JSON.stringify([kind, body])).values()) {
    const [{ kind, body }] = group;
    const names = group.map(({ subject }) => subject);
    const heading =
      names.length === 1 ? names : wrap(`${counted(names.length, kind)}: ${listed(names, NAMED)}`, '', WIDTH);
    lines.push(...heading, ...body, '');
  }
  if (differing.length === 0) lines.push(equalWords(reach.length > 0, rules.length > 0));
  else if (equal > 0)
    lines.push(
      `${counted(differing.length, 'principal')} of ${differing.length + equal}; all others proved equal`,
    );
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function equalWords(isReached: boolean, isRuled: boolean): string {
  if (isRuled) return 'what is expected to be allowed: proved equal';
  return isReached ? 'access of its own: proved equal' : 'proved equal';
}

/** What two expectations files say otherwise, once for all of whom it is the same; not yet escaped. */
function ruleLines(rules: readonly RuleChange[]): string[] {
  const alike = ({ what, before, after }: RuleChange) => JSON.stringify([what, before, after]);
  return [...groupBy(rules, alike).values()].flatMap((group) => {
    const [{ what, before = 'nothing is said', after = 'nothing is said' }] = group;
    const names = listed(
      group.map(({ subject }) => subject),
      NAMED,
    );
    return [
      '',
      ...wrap(`${names}: ${what}`, '', WIDTH),
      ...wrap(before, '  before  ', WIDTH),
      ...wrap(after, '  after   ', WIDTH),
    ];
  });
}

/** `role`; what is no principal has no kind. */
const kindOf = ({ subject }: Differing): string =>
  subject.includes('/') ? (subject.split('/')[0] ?? '') : 'set';

/** What differs of one, without its name. */
function bodyOf({ gained, lost, unsettled }: Differing): readonly string[] {
  const open = [...groupBy(unsettled, (one) => one.reason)].flatMap(([reason, all]) => {
    const names = all.map(({ action }) => actionName(action));
    return wrap(`${listed(names, 4)}: ${reason}`, '  open    ', WIDTH);
  });
  return [...side('gained', gained), ...side('lost', lost), ...open];
}

/** By whom somebody can be reached, before and after; not yet escaped. */
export function reachLines({ subject, before = 'not known', after = 'not known' }: ReachChange): string[] {
  return [
    `${subject} can be reached by`,
    ...wrap(before, '  before  ', WIDTH),
    ...wrap(after, '  after   ', WIDTH),
  ];
}

function side(name: string, requests: readonly Request[]): string[] {
  const [first] = requests;
  if (first === undefined) return [];
  const actions = requests.map(({ action }) => action);
  const severity = worst(actions.map(severityOf));
  const shown = requests.find(({ action }) => severityOf(action) === severity) ?? first;
  const label = `  ${name.padEnd(8)}`;
  return [
    ...wrap(`${severity}: ${actions.map(actionName).sort().join(', ')}`, label, WIDTH),
    ...wrap(
      `for instance ${actionName(shown.action)} on ${shown.resource}${contextWords(shown)}`,
      ' '.repeat(label.length),
      WIDTH,
    ),
  ];
}

/** The keys of a witness that people look at first. */
function contextWords({ context }: Request): string {
  const telling = Object.entries(context).filter(
    ([key]) => !/^aws:(principal|userid|username|currenttime|epochtime|viaawsservice)/i.test(key),
  );
  return telling.length === 0 ? '' : ` with ${telling.map(([key, value]) => `${key}=${value}`).join(', ')}`;
}

/** For machines, in the form of answers.schema.json. */
export function differencesJson(command: string, differences: Differences): string {
  const { before, after, equal, reach, rules } = differences;
  const differing = differingJson(differences);
  const answer = {
    command,
    before,
    after,
    equal,
    differing,
    ...(reach && { reach }),
    ...(rules && { rules }),
  };
  return `${safeJson(answer, 2)}\n`;
}

/** What differs as JSON. */
export function differingJson({ differing }: Differences): readonly object[] {
  const requests = (all: readonly Request[]) =>
    all.map(({ action, resource, context }) => ({
      action,
      severity: severityOf(action),
      witness: { resource, context },
    }));
  return differing.map(({ subject, arn, gained, lost, unsettled }) => ({
    subject,
    ...(arn === undefined ? {} : { arn }),
    gained: requests(gained),
    lost: requests(lost),
    unsettled,
  }));
}
