import { compareSeverity } from '#lib/catalog/severity.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { Finding } from '#lib/compare/types.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import {
  type Differences,
  differenceLines,
  differingJson,
  type ReachChange,
  reachLines,
} from './differences.ts';
import { openFindings } from './exit.ts';
import { causeInShort, whatInShort } from './finding-line.ts';
import { wrap, wrapCommand } from './wrap.ts';

/** What changes of policies would do to access, and to what a check finds. */
export interface WhatIf {
  readonly accountId: string;
  /** The changes, as AWS CLI commands. */
  readonly commands: readonly string[];
  readonly differences: Differences;
  /** Whose ways in change, in words; absent: nobody from outside, or not known. */
  readonly reach: readonly ReachChange[];
  readonly come: readonly Finding[];
  readonly go: readonly Finding[];
  /** Findings that stay, and are about something else than before. */
  readonly differ: readonly { readonly before: Finding; readonly after: Finding }[];
}

const WIDTH = 80;

/** 0 no finding comes or grows, 1 one does, 2 only what could not be determined does. */
export function whatIfExit({ come, differ, differences }: WhatIf): 0 | 1 | 2 {
  const open = openFindings([...come, ...differ.filter(isMore).map(({ after }) => after)]);
  if (open.some(({ kind }) => kind !== 'inconclusive')) return 1;
  const unsettled = differences.differing.some((one) => one.unsettled.length > 0);
  return open.length > 0 || unsettled ? 2 : 0;
}

/** Whether the finding after is about an action that the one before was not about, or about it more widely. */
function isMore({ before, after }: WhatIf['differ'][number]): boolean {
  const known = new Set(before.actions.map(({ action }) => action));
  return (
    after.actions.some(({ action }) => !known.has(action)) ||
    compareSeverity(after.severity, before.severity) < 0 ||
    before.scope !== after.scope ||
    before.when !== after.when
  );
}

/** For a terminal. Ends with a newline. */
export function renderWhatIf({ commands, differences, reach, come, go, differ }: WhatIf): string {
  const blocks: string[][] = [
    commands.flatMap((command) => wrapCommand(command, '', WIDTH)),
    differenceLines(differences),
    ...reach.map(reachLines),
    findingLines('finding comes', 'findings come', come),
    findingLines(
      'finding changes',
      'findings change',
      differ.map(({ after }) => after),
    ),
    findingLines('finding goes', 'findings go', go),
  ];
  if (come.length + go.length + differ.length === 0) blocks.push(['no finding comes or goes']);
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => escapeText(line, Number.POSITIVE_INFINITY)).join('\n'))
    .join('\n\n')}\n`;
}

function findingLines(one: string, several: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const rows = [...groupBy(findings, wordsOf).values()].flatMap((alike) => {
    const [first] = alike;
    const who = alike.map(({ subject }) => subject).join(', ');
    return wrap(`${who}: ${wordsOf(first)}`, `  ${first.severity.padEnd(10)}`, WIDTH);
  });
  return [`${findings.length} ${findings.length === 1 ? one : several}`, ...rows];
}

function wordsOf(finding: Finding): string {
  const cause = causeInShort(finding);
  const suppressed = finding.suppressed === undefined ? '' : ', suppressed';
  return `${finding.kind}, ${whatInShort(finding)}${cause === '' ? '' : ` (${cause})`}${suppressed}`;
}

/** For machines, in the form of answers.schema.json. */
export function whatIfJson({ accountId, commands, differences, reach, come, go, differ }: WhatIf): string {
  const answer = {
    command: 'what-if',
    account: accountId,
    commands,
    equal: differences.equal,
    differing: differingJson(differences),
    reach,
    findings: {
      come: come.map(findingJson),
      go: go.map(findingJson),
      differ: differ.map(({ before, after }) => ({ before: findingJson(before), after: findingJson(after) })),
    },
  };
  return `${safeJson(answer, 2)}\n`;
}

/** A finding in short; the whole of it is in the report of a check. */
export function findingJson(finding: Finding): object {
  const { id, kind, severity, subject, actions, scope, when, summary, suppressed } = finding;
  return {
    id,
    kind,
    severity,
    subject,
    actions: actions.map(({ action }) => action),
    ...(scope === undefined ? {} : { scope }),
    ...(when === undefined ? {} : { when }),
    summary,
    ...(suppressed === undefined ? {} : { suppressed: true }),
  };
}
