import type { ProbedEvidence, RoleProbe } from '#lib/observe/types.ts';
import { exitCode, openFindings } from '#lib/report/exit.ts';
import type { ProbeReport } from '#lib/report/types.ts';
import { wrap, wrapRemedy } from '#lib/report/wrap.ts';
import { escapeText } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import { layerName } from '#lib/words/layers.ts';

const WIDTH = 100;
const LABEL = 15;

/** What an answer amounts to, and why: those that are alike are shown together. */
function kindOf({ action, decision, reason = '', namedLayer }: ProbedEvidence): readonly [string, string] {
  if (decision === 'allowed') return ['allowed', ''];
  if (decision === 'inconclusive') {
    return ['inconclusive', reason.replace(/^not probed: /, '').replaceAll(action, 'it')];
  }
  const name = namedLayer && layerName(namedLayer);
  if (decision === 'explicitDeny')
    return ['denied', name === undefined ? 'explicitly' : `explicitly: ${name}`];
  return [
    'denied',
    name === undefined ? 'no policy is named' : namedLayer === 'identity' ? `no ${name}` : name,
  ];
}

const order = ['allowed', 'denied', 'inconclusive'];

function roleLines({ subject, arn, notProbed, answers }: RoleProbe): string[] {
  if (notProbed !== undefined) return wrap(escapeText(`${subject}  ${notProbed}`, 800), '', WIDTH);
  const groups = new Map<string, { answer: string; why: string; names: string[] }>();
  for (const one of answers) {
    const [answer, why] = kindOf(one);
    const group = groups.get(`${answer} ${why}`) ?? { answer, why, names: [] };
    group.names.push(actionName(one.action));
    groups.set(`${answer} ${why}`, group);
  }
  const calibratedAt = answers.find((one) => one.calibratedAt !== undefined)?.calibratedAt;
  const state = calibratedAt === undefined ? 'not calibrated' : `calibrated ${calibratedAt.slice(0, 10)}`;
  return [
    escapeText(`${subject}  ${arn}  ${state}`),
    ...[...groups.values()]
      .sort((a, b) => order.indexOf(a.answer) - order.indexOf(b.answer) || b.names.length - a.names.length)
      .flatMap(({ answer, why, names }) => {
        const text = `${String(names.length).padStart(2)}  ${listed(names.sort())}${why === '' ? '' : ` (${why})`}`;
        return wrap(escapeText(text, 4000), `  ${answer.padEnd(LABEL - 2)}`, WIDTH);
      }),
  ];
}

/** Never more than was seen: silence is no agreement. */
function conclusion({ probes }: ProbeReport, findings: number): string {
  const probed = probes.filter(({ notProbed }) => notProbed === undefined);
  const silent = probed.flatMap(({ answers }) =>
    answers.filter(({ decision }) => decision === 'inconclusive'),
  ).length;
  return [
    ...(findings > 0 ? [counted(findings, 'finding')] : []),
    ...(probed.length === 0
      ? ['nothing was probed']
      : findings === 0
        ? ['no contradictions where live calls gave an answer']
        : []),
    ...(silent > 0 ? [`${counted(silent, 'answer')} inconclusive`] : []),
    ...(probed.length > 0 && probed.length < probes.length
      ? [`${probes.length - probed.length} of ${counted(probes.length, 'principal')} not probed`]
      : []),
  ].join(' · ');
}

/** Live answers for a terminal: of each role every action, what is contradicted and why, the exit code last. */
export function renderProbes(report: ProbeReport): string {
  const open = openFindings(report.findings);
  const findings = open.map(({ severity, subject, kind, summary, actions, remedies }) =>
    [
      escapeText(`${severity.toUpperCase()}  ${subject}  ${kind}`),
      ...wrap(escapeText(summary, 1500), '  ', WIDTH),
      ...wrap(escapeText(listed(actions.map(({ action }) => actionName(action))), 4000), '  ', WIDTH),
      ...remedies.flatMap((remedy) => wrapRemedy(escapeText(remedy), '    ', WIDTH)),
    ].join('\n'),
  );
  const head = `account ${report.accountId} · ${report.region} · ${report.calls} live calls · ${report.seconds.toFixed(1)} s`;
  const blocks = [
    head,
    ...report.probes.map((probe) => roleLines(probe).join('\n')),
    ...findings,
    `${conclusion(report, open.length)}\nexit ${exitCode(report)}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}
