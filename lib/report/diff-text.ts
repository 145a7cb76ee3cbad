import { actions } from '#lib/catalog/actions.ts';
import type { Finding } from '#lib/compare/types.ts';
import { escapeText } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import { exitCode } from './exit.ts';
import { statementPointer } from './finding-line.ts';
import type { CheckReport } from './types.ts';
import { wrap } from './wrap.ts';

const signs: Readonly<Partial<Record<Finding['kind'], string>>> = {
  'access-gained': '+',
  'access-lost': '-',
  exposed: '+',
  unreachable: '-',
};
const words: Readonly<Partial<Record<Finding['kind'], string>>> = {
  'access-gained': 'gains',
  'access-lost': 'loses',
};

/** Principals that are named where nothing changes for them. */
const NAMED = 8;

/** What a plan changes of each principal's access, for a terminal; ends with a newline. */
export function renderDiff(report: CheckReport, width = Number.POSITIVE_INFINITY): string {
  const { principals, findings, warnings, accountId, input = '', region } = report;
  const about = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = finding.principalArn ?? finding.subject;
    about.set(key, [...(about.get(key) ?? []), finding]);
  }
  const equal = principals.filter(({ arn }) => !about.has(arn));
  const blocks = principals.flatMap(({ arn, subject, note }) => {
    const own = about.get(arn);
    about.delete(arn);
    if (own === undefined) return [];
    const proofs = provedOf(new Set(own.map(({ kind }) => kind)));
    return [
      [
        `${escapeText(subject)}${note === undefined ? '' : ` (${note})`}`,
        ...own.flatMap((one) => linesOf(one, width)),
        ...proofs,
      ],
    ];
  });
  const open = [...about.values()].flat().flatMap((one) => linesOf(one, width));
  const same =
    equal.length === 0
      ? []
      : wrap(
          `proved equal: ${escapeText(
            listed(
              equal.map(({ subject }) => subject),
              NAMED,
            ),
          )} (${counted(actions.length, 'action')}, every resource and condition)`,
          '',
          width,
        );
  return `${[
    [`${escapeText(input)} · account ${accountId} · ${region}`],
    warnings.flatMap((warning) => wrap(escapeText(warning), 'warning   ', width)),
    ...blocks,
    open,
    same,
    principals.length === 0 && findings.length === 0 ? ['proved equal: the plan says nothing about IAM'] : [],
    [`exit ${exitCode(report)}`],
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

/** What is proved beside what differs. */
function provedOf(kinds: ReadonlySet<Finding['kind']>): string[] {
  if (kinds.has('inconclusive')) return [];
  const [gains, loses] = [kinds.has('access-gained'), kinds.has('access-lost')];
  if (gains && loses) return [];
  if (!gains && !loses) return ['  = access of its own: proved equal'];
  return [`  = ${gains ? 'loses' : 'gains'} nothing: proved`];
}

function linesOf(finding: Finding, width: number): string[] {
  const { kind, actions: list, scope, when, by, summary, declaredIn = [], severity } = finding;
  const verb = words[kind];
  if (verb === undefined) return wrap(escapeText(summary), `  ${signs[kind] ?? '?'} ${severity}: `, width);
  const names = listed(
    list.map(({ action }) => actionName(action)),
    6,
  );
  const where = [scope === undefined ? '' : ` on ${scope}`, when === undefined ? '' : ` ${when}`].join('');
  const pointers = by.map(statementPointer);
  const places = declaredIn.map(({ address, file, line }) =>
    file === undefined ? address : `${address} ${file}${line === undefined ? '' : `:${line}`}`,
  );
  const witness = list[0]?.witness;
  return [
    ...wrap(
      escapeText(`${verb} ${counted(list.length, 'action')}${where}: ${names}`),
      `  ${signs[kind]} ${severity}: `,
      width,
    ),
    ...(witness === undefined
      ? []
      : wrap(
          escapeText(`witness: ${actionName(list[0]?.action ?? '')} on ${witness.resource}`),
          '      ',
          width,
        )),
    ...(pointers.length + places.length === 0
      ? []
      : wrap(escapeText([...pointers.slice(0, 3), ...places].join(', ')), '      ', width)),
  ];
}
