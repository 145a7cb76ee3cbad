import { safeJson, shortened } from '#lib/words/escape.ts';
import { kindWords } from '#lib/words/kinds.ts';
import type { JsonFinding, JsonReport } from '../json.ts';
import { accountOf, factsOf, line, partitionOf, placeWords, titleOf } from './finding-words.ts';
import { kinds, severityNames, unknownSeverity } from './kinds.ts';

/** Versions of the schema: AWS Security Hub takes 1.6. */
export type OcsfVersion = '1.6.0' | '1.8.0';

const classNames = { 2003: 'Compliance Finding', 2008: 'IAM Analysis Finding' } as const;
const sourceNames = {
  evaluated: 'policy documents',
  simulated: 'IAM simulation',
  probed: 'live calls',
} as const;

/**
 * Findings as events of the Open Cybersecurity Schema Framework: access that somebody has as IAM Analysis Findings
 * (class 2008), everything else as Compliance Findings (2003). Times are milliseconds since 1970.
 */
export function renderOcsf(report: JsonReport, version: OcsfVersion): string {
  return `${safeJson(
    report.findings.map((finding) => eventOf(finding, report, version)),
    1,
  )}\n`;
}

function eventOf(finding: JsonFinding, report: JsonReport, version: OcsfVersion) {
  const { id, kind, severity, suppressed, remedies } = finding;
  const { ocsfClass } = kinds[kind];
  const { title, means, help } = kindWords[kind];
  const time = Date.parse(report.run.startedAt);
  const named = kind === 'inconclusive' ? unknownSeverity.ocsf : severityNames[severity].ocsf;
  // Suppressed: the finding is known, and this run changes its state.
  const activity = suppressed === undefined ? { id: 1, name: 'Create' } : { id: 2, name: 'Update' };
  const status = suppressed === undefined ? { id: 1, name: 'New' } : { id: 3, name: 'Suppressed' };
  const className = classNames[ocsfClass];
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: 2,
    category_name: 'Findings',
    class_uid: ocsfClass,
    class_name: className,
    type_uid: ocsfClass * 100 + activity.id,
    type_name: `${className}: ${activity.name}`,
    time,
    severity_id: named.id,
    severity: named.caption,
    status_id: status.id,
    status: status.name,
    message: titleOf(finding),
    metadata: {
      version,
      profiles: ['cloud'],
      product: {
        name: report.program.name,
        vendor_name: report.program.name,
        version: report.program.version,
      },
      uid: `${id}-${time}`,
      event_code: kind,
    },
    cloud: {
      provider: 'AWS',
      region: report.region,
      account: { uid: accountOf(finding, report), type: 'AWS Account', type_id: 10 },
      cloud_partition: partitionOf(report),
    },
    finding_info: {
      uid: id,
      title: titleOf(finding),
      desc: shortened(factsOf(report, finding).join('\n') || means, 8000),
      types: [kind],
      last_seen_time: time,
      modified_time: time,
      analytic: { name: title, uid: kind, type: 'Rule', type_id: 1 },
      data_sources: report.evidence.map((source) => sourceNames[source]),
    },
    remediation: { desc: shortened(remedies.map((remedy) => line(remedy)).join('\n') || help, 8000) },
    resources: resourcesOf(finding, report),
    unmapped: unmappedOf(finding),
    ...(ocsfClass === 2008 ? accessOf(finding, report) : complianceOf(finding)),
  };
}

function unmappedOf({ scope, when, expected, expectedBy, reachedBy, severity, actions }: JsonFinding) {
  return {
    worst_severity: severity,
    actions: actions.map(({ action }) => line(action)),
    ...(scope === undefined ? {} : { scope: line(scope) }),
    ...(when === undefined ? {} : { condition: line(when) }),
    ...(expected === undefined ? {} : { expected: line(expected) }),
    ...(expectedBy === undefined ? {} : { rule: line(placeWords(expectedBy)) }),
    ...(reachedBy === undefined ? {} : { reached_by: line(reachedBy) }),
  };
}

/** What the witnesses are about; of a finding without any, the principal itself. */
function resourcesOf({ actions, principalArn, subject }: JsonFinding, report: JsonReport) {
  const asked = actions.flatMap(({ witness }) =>
    witness === undefined ? [] : (report.witnesses[witness]?.resource ?? []),
  );
  const arns = [...new Set(asked)].filter((arn) => arn.startsWith('arn:')).slice(0, 20);
  const common = { cloud_partition: partitionOf(report), region: report.region };
  if (arns.length === 0)
    return [{ ...common, uid: line(principalArn ?? subject), name: line(subject), role_id: 3 }];
  return arns.map((arn) => ({ ...common, uid: line(arn, 2048), role_id: 1 }));
}

function userOf({ principalArn, subject }: JsonFinding, account: string) {
  const isUser = subject.startsWith('user/');
  return {
    name: line(subject.slice(subject.indexOf('/') + 1)),
    uid: line(principalArn ?? subject),
    type: isUser ? 'User' : 'Other',
    type_id: isUser ? 1 : 99,
    account: { uid: account, type_id: 10 },
  };
}

/** Which policy grants what, and under which condition. */
function accessOf(finding: JsonFinding, report: JsonReport) {
  const { by, actions } = finding;
  const granted = actions.map(({ action }) => line(action));
  const places = [...new Set(by.flatMap((place) => report.statements[place]?.policy ?? []))];
  const conditions = conditionsOf(finding, report);
  const results = places.flatMap((place) => {
    const policy = report.policies[place];
    return policy === undefined
      ? []
      : [
          {
            policy: {
              name: line(policy.name),
              ...(policy.arn === undefined ? {} : { uid: line(policy.arn) }),
              ...(policy.version === undefined ? {} : { version: line(policy.version) }),
              is_applied: true,
            },
            granted_privileges: granted,
            ...conditions,
          },
        ];
  });
  return {
    user: userOf(finding, accountOf(finding, report)),
    permission_analysis_results:
      results.length > 0 ? results : [{ granted_privileges: granted, ...conditions }],
  };
}

/** The context of the request that shows it, where the finding holds in some contexts only. */
function conditionsOf({ when, actions }: JsonFinding, { witnesses }: JsonReport) {
  const place = actions.find(({ witness }) => witness !== undefined)?.witness;
  const context = Object.entries(
    (when !== undefined && place !== undefined && witnesses[place]?.context) || {},
  );
  if (context.length === 0) return {};
  return {
    condition_keys: context.map(([name, value]) =>
      typeof value === 'string'
        ? { name: line(name), value: line(value) }
        : { name: line(name), values: [...(value ?? [])].map((one) => line(String(one))) },
    ),
  };
}

function complianceOf({ kind, expected, expectedBy, subject }: JsonFinding) {
  const { ocsfStatus } = kinds[kind];
  const { title } = kindWords[kind];
  return {
    compliance: {
      control: kind,
      standards: [line(expectedBy?.file ?? 'expectations')],
      requirements: [line(`${subject}: ${expected ?? title}`)],
      status_id: ocsfStatus,
      status: ocsfStatus === 2 ? 'Warning' : 'Fail',
    },
  };
}
