import type { JsonReport } from '#lib/report/json.ts';
import { escapeText } from '#lib/words/escape.ts';
import type { Control } from './controls.ts';

const cell = (text: string): string => escapeText(text).replaceAll(/[\\|<>*_`[\]#]/g, '\\$&');

/** What a reader of the folder should know: what was found, what each file is, and which controls it speaks to. */
export function readmeText(
  { accountId, run, program, catalogue, expectations, evidence, summary, principals }: JsonReport,
  controls: readonly Control[],
): string {
  const { critical, high, medium, low } = summary.findings;
  const { principals: by } = summary;
  return `# Who can do what in Amazon Rekognition: evidence

Account ${accountId}, ${run.startedAt.replace('T', ' ').slice(0, 19)} UTC. Made by ${program.name} ${program.version}, which
knows ${catalogue.actions} actions and AWS's managed policies as of ${catalogue.policiesAsOf}. Sources: ${evidence.join(' and ')}.
Held against: ${cell(expectations)}.

${principals.length} principals: ${by['as-expected']} as expected, ${by.findings} with findings, ${by.inconclusive} not determined,
${by['not-judged'] + by['not-checkable']} not judged. Open findings: ${critical} critical, ${high} high, ${medium} medium, ${low} low;
${summary.suppressed} suppressed.

| file | what it is |
| --- | --- |
| report.json | the report: each principal and each finding, with the request that shows it |
| matrix.csv | principals by actions |
| allowed.json | each access that is allowed, with a request that is allowed, and who can become the principal |
| not-checked.json | what was not checked, whom nobody judged, and why |
| suppressions.json | what the team accepts: reason, owner, last day, and the findings that it covers |
| expectations.yaml | what was expected, as it was; absent where nobody had written it |
| account.json | the statements that were judged, of every principal; those about other services are left out |
| simulated.json | what IAM's simulation answered; absent where it was not asked |
| controls.json | the table below; edit it, and give it with --controls |
| manifest.json, manifest.sha256 | what the files are by their SHA-256, and the hash of the whole account as it was read |

\`rekognition-permission-check evidence verify FOLDER\` reads account.json, simulated.json and expectations.yaml, judges them
again without a network, and says whether everything else follows. Keep the SHA-256 of manifest.json elsewhere: it alone
shows that nobody made the whole folder anew.

## Controls

Which controls the evidence says something about. It covers IAM permissions for Amazon Rekognition only, and is no legal advice.

| framework | control | it asks for | the evidence shows | in |
| --- | --- | --- | --- | --- |
${controls.map((one) => `| ${[one.framework, one.control, one.asks, one.shows, one.in.join(', ')].map(cell).join(' | ')} |`).join('\n')}
`;
}
