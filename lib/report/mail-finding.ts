import { actions as allActions } from '#lib/catalog/actions.ts';
import { severities } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { escapeForMail } from '#lib/words/escape.ts';
import { kindWords } from '#lib/words/kinds.ts';
import { actionName, counted, listed, statementLabel, statementText } from '#lib/words/labels.ts';
import { expectedWords } from './finding-line.ts';
import { moment } from './mail-changes.ts';
import type { MailItem } from './mail-content.ts';
import { how, whoInShort } from './mail-subject.ts';
import { pluralOf } from './plural.ts';
import { wrap, wrapRemedy } from './wrap.ts';

/** Statements that a mail names; the report has all. */
const SHOWN_STATEMENTS = 5;
const SHOWN_REMEDIES = 8;
/** Names that a finding's text gives; the full list has all. */
export const SHOWN_SUBJECTS = 20;
/** Actions by name for each severity, where there are more than a few: the worst are what a reader needs. */
const SHOWN_ACTIONS = { few: 12, critical: 12, high: 12, medium: 6, low: 4 } as const;

const stateWords: Readonly<Record<MailItem['state'], string>> = {
  new: 'NEW ',
  worse: 'WORSE ',
  reminder: 'STILL ',
  resolved: 'RESOLVED ',
  open: '',
};

const sources: Readonly<Record<Evidence['kind'], string>> = {
  evaluated: 'policy documents',
  simulated: 'IAM simulation',
  probed: 'live call',
};

/** A labelled line: `because   AmazonRekognitionFullAccess, statement 1 (line 4)`. */
function field(label: string, text: string): string[] {
  return wrap(text, `  ${label.padEnd(9)} `);
}

/** `allowed (IAM simulation, policy documents)`, one part for each answer. */
function observedWords(evidence: readonly Evidence[]): string {
  const byAnswer = new Map<string, string[]>();
  for (const { kind, decision, reason } of evidence) {
    const answer =
      decision === 'inconclusive'
        ? `no answer${reason === undefined ? '' : `: ${reason}`}`
        : decision === 'allowed'
          ? 'allowed'
          : decision === 'explicitDeny'
            ? 'denied explicitly'
            : 'denied';
    byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), sources[kind]]);
  }
  return [...byAnswer].map(([answer, kinds]) => `${answer} (${kinds.join(', ')})`).join('; ');
}

function actionLines({ finding, added }: MailItem): string[] {
  const isNew = new Set(added);
  const shown =
    added !== undefined && added.length > 0
      ? finding.actions.filter(({ action }) => isNew.has(action))
      : finding.actions;
  const before = finding.actions.length - shown.length;
  if (shown.length === allActions.length)
    return field('all', `every action of Rekognition (${shown.length})`);
  return [
    ...severities.flatMap((severity) => {
      const names = shown
        .filter((action) => action.severity === severity)
        .map(({ action }) => actionName(action));
      const limit = shown.length <= SHOWN_ACTIONS.few ? names.length : SHOWN_ACTIONS[severity];
      return names.length === 0 ? [] : field(severity, escapeForMail(listed(names, limit), 4000));
    }),
    ...(before > 0 ? field('', `and ${counted(before, 'action')} told before`) : []),
  ];
}

/** The request that showed it, where not just any request does, with the context that the statements ask about. */
function witnessLines({ actions, scope, when, by }: Finding): string[] {
  const witness = actions[0]?.witness;
  if (witness === undefined || ((scope === undefined || scope.startsWith('every ')) && when === undefined))
    return [];
  const keys = new Map(
    by.flatMap(({ statement }) => statement.conditions.map(({ key }) => [key.toLowerCase(), key])),
  );
  const context = [...keys].map(([lower, key]) => {
    const [, value] = Object.entries(witness.context).find(([name]) => name.toLowerCase() === lower) ?? [];
    return `${key} ${value === undefined ? 'absent' : [value].flat().join(', ')}`;
  });
  const given = context.length === 0 ? '' : ` with ${listed(context, 4)}`;
  return field(
    'shown by',
    escapeForMail(`${actionName(witness.action)} on ${witness.resource}${given}`, 600),
  );
}

function detailLines(item: MailItem): string[] {
  const { finding } = item;
  const escaped = (text: string): string => escapeForMail(text);
  const evidence = finding.actions[0]?.evidence ?? [];
  const expected = expectedWords(finding);
  const more = finding.by.length - SHOWN_STATEMENTS;
  return [
    ...actionLines(item),
    ...(finding.scope === undefined ? [] : field('on', escaped(finding.scope))),
    ...(finding.when === undefined ? [] : field('when', escaped(finding.when))),
    ...(expected === undefined ? [] : field('expected', escaped(expected))),
    ...(evidence.length === 0 ? [] : field('observed', escaped(observedWords(evidence)))),
    ...finding.by
      .slice(0, SHOWN_STATEMENTS)
      .flatMap((matched, i) => [
        ...field(i === 0 ? 'because' : '', escaped(`${statementLabel(matched)}:`)),
        ...field('', escaped(statementText(matched))),
      ]),
    ...(more > 0 ? field('', `and ${counted(more, 'statement')} more`) : []),
    ...witnessLines(finding),
  ];
}

function remedyLines({ finding, subjects }: MailItem): string[] {
  const { remedies, accept, kind } = finding;
  const each =
    subjects.length > 1 && remedies.length > 0
      ? [`(shown for ${escapeForMail(finding.subject, 150)}; the others likewise)`]
      : [];
  const undoes = kind === 'excess' || kind === 'unguarded' || kind === 'access-gained';
  const heading = undoes ? 'TO UNDO' : kind === 'access-lost' ? 'TO GIVE IT BACK' : 'WHAT TO DO';
  return [
    ...(remedies.length === 0
      ? []
      : [
          `  ${heading}`,
          ...[...each, ...remedies.slice(0, SHOWN_REMEDIES)].flatMap((remedy) =>
            wrapRemedy(escapeForMail(remedy, 4000), '    '),
          ),
          ...(remedies.length > SHOWN_REMEDIES
            ? [`    and ${remedies.length - SHOWN_REMEDIES} more steps: see the report`]
            : []),
        ]),
    ...(accept === undefined ? [] : ['  TO ACCEPT', ...acceptLines(accept)]),
  ];
}

/** A sentence, and lines that are to be pasted. */
function acceptLines(accept: string): string[] {
  const [sentence = '', ...lines] = accept.split('\n');
  return [
    ...wrap(escapeForMail(sentence, 1000), '    '),
    ...lines.map((line) => `    ${escapeForMail(line, 4000)}`),
  ];
}

function whoLines(subjects: readonly string[]): string[] {
  if (subjects.length === 1) return [];
  return field('who', escapeForMail(listed(subjects, SHOWN_SUBJECTS), 4000));
}

/** `CRITICAL  role/analyst` */
function whatAndWho({ finding, subjects }: MailItem): string {
  const severity = finding.kind === 'inconclusive' ? 'INCONCLUSIVE' : finding.severity.toUpperCase();
  return `${severity}  ${whoInShort(subjects)}`;
}

function headingOf({ finding, deleted }: MailItem): string {
  return deleted ? 'deleted' : kindWords[finding.kind].title.replace('assumed', how(finding));
}

/** What became of a finding that is there no more. */
function fateOf({ finding, subjects, deleted, notJudged, covered, since }: MailItem): {
  readonly state: string;
  readonly heading: string;
  readonly more: readonly string[];
} {
  if (covered !== undefined) {
    const fate = subjects.length > 1 ? pluralOf(covered) : covered;
    const more = wrap(escapeForMail(`${whoInShort(subjects)} ${fate}.`, 700), '  ');
    return since === 'expectations'
      ? { state: stateWords.resolved, heading: 'expected, because expectations.yaml changed', more }
      : { state: 'COVERED ', heading: isRename(covered) ? 'renamed' : 'covered by another rule', more };
  }
  if (notJudged === true) {
    const words =
      'It is an administrator, or "any" is expected of it: whether it can still do this is not looked at.';
    return { state: 'NOT JUDGED ', heading: 'not judged any more', more: wrap(words, '  ') };
  }
  const heading = deleted ? 'deleted' : kindWords[finding.kind].resolved.replace('assumed', how(finding));
  return { state: stateWords.resolved, heading, more: [] };
}

/** `was user/ann until now, and is covered by …` */
const isRename = (covered: string): boolean => covered.startsWith('was ');

function resolvedLines(item: MailItem): string[] {
  const { finding, subjects } = item;
  const { state, heading, more } = fateOf(item);
  return [
    ...wrap(escapeForMail(`${state}${whatAndWho(item)}: ${heading}`)),
    ...whoLines(subjects),
    ...more,
    ...actionLines(item),
    ...(finding.scope === undefined ? [] : field('on', escapeForMail(finding.scope))),
  ];
}

/** A finding in full: who, what, where, expected, observed, the statement, what to do. */
export function findingLines(item: MailItem): string[] {
  const { finding, state, subjects, firstSeen, covered } = item;
  // Of a move that no finding was about, nothing was seen before.
  const isFirst = state === 'new' || (covered !== undefined && finding.actions.length === 0);
  const since = firstSeen === undefined || isFirst ? [] : field('seen', `first on ${moment(firstSeen)}`);
  if (state === 'resolved') return [...resolvedLines(item), ...since];
  return [
    ...wrap(escapeForMail(`${stateWords[state]}${whatAndWho(item)}: ${headingOf(item)}`)),
    ...wrap(escapeForMail(finding.summary, 700), '  '),
    ...whoLines(subjects),
    ...detailLines(item),
    ...since,
    ...remedyLines(item),
  ];
}
