import type { Severity } from '#lib/catalog/types.ts';
import { safeJson, shortened } from '#lib/words/escape.ts';
import { type FindingKind, kindWords } from '#lib/words/kinds.ts';
import { capitalized } from '#lib/words/labels.ts';
import type { JsonFinding, JsonReport } from '../json.ts';
import { factsOf, line, placeOf, titleOf } from './finding-words.ts';
import { kinds, severityNames } from './kinds.ts';

/** GitHub refuses a file with more. Source: GitHub docs, "SARIF support for code scanning". */
const SARIF_RESULTS = 25_000;

const TEXT = 1024;

/**
 * SARIF 2.1.0 for code scanning. A severity belongs to a rule there, so that each kind has a rule for each severity;
 * the fingerprint is the finding's id, so that an alert stays the same one when lines move.
 */
export function renderSarif(report: JsonReport, limit = SARIF_RESULTS): string {
  const { accountId, run, program, exitCode, summary, warnings } = report;
  const findings = report.findings.slice(0, limit);
  const left = report.findings.length - findings.length;
  const rules = [...new Map(findings.map((finding) => [ruleId(finding), ruleOf(finding)])).values()];
  const places = new Map(rules.map(({ id }, place) => [id, place]));
  const notes = [
    ...(left > 0 ? [`${left} less severe findings are left out: code scanning takes ${limit}`] : []),
    ...warnings,
  ];
  const anything = summary.principals['as-expected'] + summary.principals.findings > 0;
  const started = Date.parse(run.startedAt);
  return `${safeJson(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: program.name,
              semanticVersion: program.version,
              rules,
            },
          },
          automationDetails: { id: `${program.name}/account-${accountId}/` },
          invocations: [
            {
              executionSuccessful: anything || exitCode === 0,
              exitCode,
              startTimeUtc: new Date(started).toISOString(),
              endTimeUtc: new Date(started + run.seconds * 1000).toISOString(),
              toolExecutionNotifications: notes.map((note) => ({
                level: 'note',
                message: { text: line(note) },
              })),
            },
          ],
          columnKind: 'utf16CodeUnits',
          results: findings.map((finding) => resultOf(finding, report, places.get(ruleId(finding)) ?? 0)),
        },
      ],
    },
    1,
  )}\n`;
}

const ruleId = ({ kind, severity }: { readonly kind: FindingKind; readonly severity: Severity }): string =>
  `${kind}/${severity}`;

function ruleOf({ kind, severity }: JsonFinding) {
  const { sarifLevel } = kinds[kind];
  const { title, means, help } = kindWords[kind];
  return {
    id: ruleId({ kind, severity }),
    name: `${kind}, ${severity}`,
    shortDescription: { text: `Amazon Rekognition permission: ${title}` },
    fullDescription: { text: means },
    help: { text: help },
    defaultConfiguration: { level: sarifLevel },
    properties: {
      tags: ['security', 'iam'],
      precision: 'very-high',
      ...(kind === 'inconclusive' ? {} : { 'security-severity': severityNames[severity].securitySeverity }),
    },
  };
}

function resultOf(finding: JsonFinding, report: JsonReport, ruleIndex: number) {
  const { id, kind, subject, principalArn, actions, remedies, suppressed } = finding;
  const place = placeOf(finding, report);
  const facts = [...factsOf(report, finding), ...remedies.map((remedy) => `To do: ${line(remedy)}`)];
  return {
    ruleId: ruleId(finding),
    ruleIndex,
    level: kinds[kind].sarifLevel,
    message: { text: shortened([`${capitalized(titleOf(finding))}.`, ...facts].join('\n'), 4 * TEXT) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place.file) },
          region: { startLine: place.line, startColumn: 1, endLine: place.line, endColumn: 2 },
        },
        logicalLocations: [{ fullyQualifiedName: line(principalArn ?? subject), kind: 'resource' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: `${id}:1` },
    ...(report.gate?.known === undefined ? {} : { baselineState: 'new' }),
    ...(suppressed === undefined
      ? {}
      : {
          suppressions: [
            { kind: 'external', justification: line(`${suppressed.owner}: ${suppressed.reason}`) },
          ],
        }),
    properties: {
      principal: line(principalArn ?? subject),
      actions: actions.map(({ action }) => line(action)),
      ...witnessOf(finding, report),
    },
  };
}

/** A request that shows it. */
function witnessOf({ actions }: JsonFinding, { witnesses }: JsonReport) {
  const place = actions.find(({ witness }) => witness !== undefined)?.witness;
  const witness = place === undefined ? undefined : witnesses[place];
  if (witness === undefined) return {};
  const { action, resource, context } = witness;
  return { witness: { action, resource, context } };
}

/** A path within the repository; what lies outside of it is named by its file alone. */
function uriOf(file: string): string {
  const path = line(file, 4000)
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '');
  const inside = /^([a-z]:|\/)/i.test(path) || path.split('/').includes('..') ? path.split('/').at(-1) : path;
  return (inside || 'expectations.yaml').split('/').map(encodeURIComponent).join('/');
}
