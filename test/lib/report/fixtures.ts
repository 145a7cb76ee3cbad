import type { Change } from '#lib/change/types.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Alert, PrincipalAlerts } from '#lib/report/alert.ts';
import type { CheckReport, PrincipalResult } from '#lib/report/types.ts';
import {
  accountId,
  allow,
  arn,
  asked,
  baseline,
  compared,
  expecting,
  expectReadOnly,
  full,
  mfaForWrites,
  policy,
  readOnly,
  role,
  simulated,
  user,
} from '#test/lib/compare/fixtures.ts';

const train = policy('train', [allow('rekognition:StartProjectVersion', arn('project/shop/*'))]);
const search = expecting('search', [
  policy('search', [allow('rekognition:SearchFacesByImage')], { type: 'set' }),
]);

const withSimulation = (names: readonly string[]) =>
  simulated(asked(), ({ action }) => ({
    decision:
      names.some((name) => action === `rekognition:${name}`) || names.includes('*')
        ? 'allowed'
        : 'implicitDeny',
  }));

/** An analyst who was given full access. */
export const analyst = compared({
  principal: role('analyst', [readOnly, full]),
  expectation: expectReadOnly,
  observations: withSimulation(['*']),
});

export const bob = compared({
  principal: user('bob', [train]),
  expectation: expecting('train', [{ ...train, type: 'set' }], [mfaForWrites]),
  observations: asked([
    {
      action: 'rekognition:StartProjectVersion',
      resource: arn('project/shop/version/1/1'),
      context: { ...baseline, 'aws:MultiFactorAuthPresent': 'false' },
    },
  ]),
});

export const shop = compared({
  principal: role('shop-search', []),
  expectation: search,
});

export const payroll = compared({
  principal: role('payroll', [
    policy('payroll', [
      {
        Sid: 'PayrollFaces',
        ...allow('rekognition:DeleteFaces', 'arn:aws:rekognition:*:*:collection/payroll-*', {
          IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
        }),
      },
    ]),
  ]),
  expectation: expecting('nothing', []),
  observations: asked([
    {
      action: 'rekognition:DeleteFaces',
      resource: arn('collection/payroll-1'),
      context: { ...baseline, 'aws:SourceIp': '198.51.100.1' },
    },
  ]),
});

export const etl = compared({
  principal: role('etl', []),
  expectation: expecting('nothing', []),
  observations: simulated(asked(), () => ({
    decision: 'inconclusive',
    reason: 'PolicyEvaluation: throttled 8 times',
  })),
});

const quiet = compared(
  { principal: role('legacy', [full]), expectation: expecting('nothing', []) },
  {
    suppressionOf: () => ({
      principal: 'role/legacy',
      actions: ['rekognition:*'],
      reason: 'is switched off in December',
      owner: 'vision@example.com',
      until: '2026-12-31',
      location: { file: 'expectations.yaml', line: 30 },
    }),
  },
);

export function result(subject: string, status: PrincipalResult['status'], note?: string): PrincipalResult {
  return {
    subject,
    arn: `arn:aws:iam::${accountId}:${subject}`,
    status,
    expected: 'nothing',
    ...(note === undefined ? {} : { note }),
    requests: status === 'not-judged' || status === 'not-checkable' ? 0 : 76,
    calls: 0,
  };
}

export function reportOf(findings: readonly Finding[], more: Partial<CheckReport> = {}): CheckReport {
  return {
    accountId,
    region: 'us-east-1',
    startedAt: '2026-11-24T12:04:10.123Z',
    seconds: 0.42,
    evidence: ['evaluated', 'simulated'],
    expectations: 'expectations.yaml',
    principals: [result('role/idle', 'as-expected')],
    findings: sortFindings(findings),
    warnings: [],
    calls: 4,
    ...more,
  };
}

/** A report with every state that a reader may meet. */
export const wholeReport = reportOf([...analyst, ...bob, ...shop, ...payroll, ...etl, ...quiet], {
  principals: [
    result('role/analyst', 'findings'),
    result('user/bob', 'findings'),
    result('role/shop-search', 'findings'),
    result('role/payroll', 'findings'),
    result('role/etl', 'inconclusive'),
    result('role/legacy', 'as-expected'),
    result('role/idle', 'as-expected'),
    result('role/OrganizationAccountAccessRole', 'not-judged', 'administrator'),
    result('role/AWSServiceRoleForSSO', 'not-checkable', 'service-linked role'),
  ],
  warnings: ['expectations.yaml:22: the pattern "role/shpo-*" matches nobody'],
});

export const attach: Change = {
  eventId: 'd23f0824-128b-4f33-8c5c-7fd0a6a3a450',
  eventName: 'AttachRolePolicy',
  time: '2026-11-24T12:03:29Z',
  region: 'us-east-1',
  accountId,
  actor: { name: 'alice@example.com', through: 'AWSReservedSSO_Admin_0123456789abcdef' },
  sourceIp: '192.0.2.10',
  what: 'attached AmazonRekognitionFullAccess to role/analyst',
};

/** The same finding of another principal. */
function renamed(finding: Finding, subject: string): Finding {
  const [, before = ''] = finding.subject.split('/');
  const [, after = ''] = subject.split('/');
  const rename = (text: string): string => text.replaceAll(before, after);
  return {
    ...finding,
    subject,
    remedies: finding.remedies.map(rename),
    ...(finding.accept === undefined ? {} : { accept: rename(finding.accept) }),
  };
}

export function alerts(
  subject: string,
  kind: Alert['kind'],
  findings: readonly Finding[],
  more: { readonly changes?: readonly Change[]; readonly alert?: Partial<Alert> } = {},
): PrincipalAlerts {
  return {
    subject,
    arn: `arn:aws:iam::${accountId}:${subject}`,
    alerts: findings.map((finding) => ({
      kind,
      finding: renamed(finding, subject),
      firstSeen: '2026-11-24T12:04:10Z',
      ...more.alert,
    })),
    changes: more.changes ?? [attach],
  };
}
