import type { Severity } from '#lib/catalog/types.ts';
import { safeJson, shortened } from '#lib/words/escape.ts';
import { type FindingKind, kindWords } from '#lib/words/kinds.ts';
import { actionName } from '#lib/words/labels.ts';
import project from '../../../package.json' with { type: 'json' };
import type { JsonFinding, JsonReport } from '../json.ts';
import { accountOf, factsOf, line, partitionOf, titleOf } from './finding-words.ts';
import { kinds, severityNames, unknownSeverity } from './kinds.ts';

/** Lengths that BatchImportFindings takes, in characters. Source: the doc comments of the SDK's types. */
const LENGTH = { title: 250, description: 1024, remedy: 512, field: 2048 } as const;

/**
 * Findings in the AWS Security Finding Format, as BatchImportFindings takes them (100 in a call). A finding has the
 * same Id in every run, so that a later one updates it. Suppressed findings are left out: Security Hub has its own way
 * to suppress.
 */
export function renderAsff(report: JsonReport): string {
  const open = report.findings.filter(({ suppressed }) => suppressed === undefined);
  return `${safeJson(
    open.map((finding) => asffOf(finding, report)),
    1,
  )}\n`;
}

function asffOf(finding: JsonFinding, report: JsonReport) {
  const { id, kind, severity, actions, remedies, principalArn, subject } = finding;
  const { region, run } = report;
  const at = new Date(run.startedAt).toISOString();
  return asff({
    partition: partitionOf(report),
    region,
    account: accountOf(finding, report),
    id,
    kind,
    severity,
    createdAt: at,
    updatedAt: at,
    title: titleOf(finding),
    description: factsOf(report, finding).join(' · '),
    remedy: remedies[0],
    actions: actions.map(({ action }) => action),
    resource: { id: principalArn ?? subject, region },
    compliance: kinds[kind].compliance,
    recordState: 'ACTIVE',
  });
}

/** What a finding of Security Hub is made of. */
export interface AsffInput {
  readonly partition: string;
  /** Where Security Hub is. */
  readonly region: string;
  readonly account: string;
  /** Of the finding: the same in every run. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly title: string;
  readonly description: string;
  /** Absent: what helps with such findings. */
  readonly remedy: string | undefined;
  readonly actions: readonly string[];
  /** What it is about: an ARN, or a name. */
  readonly resource: { readonly id: string; readonly region: string };
  readonly compliance: 'PASSED' | 'FAILED' | 'WARNING' | 'NOT_AVAILABLE';
  readonly recordState: 'ACTIVE' | 'ARCHIVED';
}

/** A finding in the AWS Security Finding Format, every text within its length. */
export function asff(input: AsffInput) {
  const { partition, region, account, kind, severity, title, description, remedy, recordState } = input;
  return {
    SchemaVersion: '2018-10-08',
    Id: `${project.name}/${account}/${input.id}`,
    ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
    ProductName: project.name,
    CompanyName: 'Default',
    GeneratorId: `${project.name}/${kind}`,
    AwsAccountId: account,
    CreatedAt: input.createdAt,
    UpdatedAt: input.updatedAt,
    LastObservedAt: input.updatedAt,
    Title: cut(title, LENGTH.title),
    Description: cut(description === '' ? kindWords[kind].title : description, LENGTH.description),
    FindingProviderFields: {
      Severity: {
        Label: kind === 'inconclusive' ? unknownSeverity.asff : severityNames[severity].asff,
        Original: severity,
      },
      Types: typesOf(input),
    },
    Remediation: { Recommendation: { Text: cut(remedy ?? kindWords[kind].help, LENGTH.remedy) } },
    ProductFields: {
      kind,
      actions: cut(input.actions.map(actionName).join(' ') || 'none', LENGTH.field),
    },
    Resources: [resourceOf(input)],
    Compliance: { Status: input.compliance },
    RecordState: recordState,
  };
}

const cut = (text: string, limit: number): string => shortened(line(text, limit), limit);

function typesOf({ kind, severity, actions }: AsffInput): string[] {
  const types = ['Software and Configuration Checks/AWS Security Best Practices'];
  if (!kinds[kind].grants || (severity !== 'critical' && severity !== 'high')) return types;
  const deletes = actions.some((action) => actionName(action).startsWith('Delete'));
  return [...types, 'Effects/Data Exposure', ...(deletes ? ['Effects/Data Destruction'] : [])];
}

const resourceTypes: Readonly<Record<string, string>> = {
  role: 'AwsIamRole',
  user: 'AwsIamUser',
  policy: 'AwsIamPolicy',
};

const partitions = ['aws', 'aws-cn', 'aws-us-gov'] as const;

function resourceOf({ resource, account, partition }: AsffInput) {
  const id = line(resource.id, 512);
  const kind = (id.startsWith('arn:') ? id.split(':')[5] : id)?.split('/')[0] ?? '';
  return {
    Type: resourceTypes[kind] ?? 'Other',
    Id: id === '' ? account : id,
    Partition: partitions.find((one) => one === partition) ?? 'aws',
    Region: resource.region,
  };
}
