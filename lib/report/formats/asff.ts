import { safeJson, shortened } from '#lib/words/escape.ts';
import { actionName } from '#lib/words/labels.ts';
import type { JsonFinding, JsonReport } from '../json.ts';
import { accountOf, factsOf, line, partitionOf, titleOf } from './finding-words.ts';
import { kinds, severityNames, unknownSeverity } from './kinds.ts';

/** Lengths that BatchImportFindings takes, in characters. Source: the doc comments of the SDK's types. */
const LENGTH = { description: 1024, remedy: 512, field: 2048 } as const;

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
  const { id, kind, severity, actions, remedies } = finding;
  const { region, run, program } = report;
  const account = accountOf(finding, report);
  const at = new Date(run.startedAt).toISOString();
  const [remedy] = remedies;
  const description = factsOf(report, finding).join(' · ');
  return {
    SchemaVersion: '2018-10-08',
    Id: `${program.name}/${account}/${id}`,
    ProductArn: `arn:${partitionOf(report)}:securityhub:${region}:${account}:product/${account}/default`,
    ProductName: program.name,
    CompanyName: 'Default',
    GeneratorId: `${program.name}/${kind}`,
    AwsAccountId: account,
    CreatedAt: at,
    UpdatedAt: at,
    LastObservedAt: at,
    Title: titleOf(finding),
    Description: shortened(description === '' ? kinds[kind].title : description, LENGTH.description),
    FindingProviderFields: {
      Severity: {
        Label: kind === 'inconclusive' ? unknownSeverity.asff : severityNames[severity].asff,
        Original: severity,
      },
      Types: typesOf(finding),
    },
    Remediation: {
      Recommendation: { Text: shortened(line(remedy ?? kinds[kind].help, LENGTH.remedy), LENGTH.remedy) },
    },
    ProductFields: {
      kind,
      actions: shortened(
        line(actions.map(({ action }) => actionName(action)).join(' ') || 'none', LENGTH.field),
        LENGTH.field,
      ),
    },
    Resources: [resourceOf(finding, report)],
    Compliance: { Status: kinds[kind].compliance },
    RecordState: 'ACTIVE',
  };
}

function typesOf({ kind, severity, actions }: JsonFinding): string[] {
  const types = ['Software and Configuration Checks/AWS Security Best Practices'];
  if (!kinds[kind].grants || (severity !== 'critical' && severity !== 'high')) return types;
  const deletes = actions.some(({ action }) => actionName(action).startsWith('Delete'));
  return [...types, 'Effects/Data Exposure', ...(deletes ? ['Effects/Data Destruction'] : [])];
}

const resourceTypes: Readonly<Record<string, string>> = {
  role: 'AwsIamRole',
  user: 'AwsIamUser',
  policy: 'AwsIamPolicy',
};

function resourceOf({ principalArn, subject }: JsonFinding, report: JsonReport) {
  const id = line(principalArn ?? subject, 512);
  const kind = (id.startsWith('arn:') ? id.split(':')[5] : id)?.split('/')[0] ?? '';
  return {
    Type: resourceTypes[kind] ?? 'Other',
    Id: id === '' ? report.accountId : id,
    Partition: partitionOf(report),
    Region: report.region,
  };
}
