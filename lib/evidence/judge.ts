import { checkAccount } from '#lib/check/account.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { InputError } from '#lib/errors.ts';
import { builtInExpectations, parseExpectations } from '#lib/expectation/parse.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { renderMatrixCsv } from '#lib/report/formats/csv.ts';
import { type JsonReport, reportAsJson } from '#lib/report/json.ts';
import { fileText } from '#lib/report/report-file.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { accessSurvey } from '#lib/workbench/access-survey.ts';
import { accountOf } from './account-text.ts';
import { allowedText } from './allowed.ts';
import type { Control } from './controls.ts';
import { notCheckedText } from './not-checked.ts';
import { readmeText } from './readme.ts';
import type { Snapshot } from './snapshot.ts';
import { suppressionsText } from './suppressions.ts';

/** How a check is told: everything that decides its report beside the account and IAM's answers. */
export interface Judging {
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly region?: string | undefined;
  /** Absent: nobody has written any, and the built-in ones hold. */
  readonly expectations?: { readonly name: string; readonly text: string } | undefined;
  /** The file that the account was read from; absent: IAM. */
  readonly input?: string | undefined;
}

export interface Judged {
  readonly report: CheckReport;
  readonly expectations: Expectations;
}

/** The whole check of a snapshot, with the access of everybody. */
export async function judge(snapshot: Snapshot, judging: Judging, simulate?: Simulate): Promise<Judged> {
  const started = new Date(judging.startedAt);
  const expectations = expectationsOf(judging, started);
  let begun = false;
  const now = () => {
    if (begun) return new Date();
    begun = true;
    return started;
  };
  const report = await checkAccount(accountOf(snapshot), {
    expectations,
    guardrails: snapshot.guardrails,
    simulate,
    input: judging.input,
    access: accessSurvey,
    now,
  });
  return { report, expectations };
}

function expectationsOf({ expectations, region }: Judging, now: Date): Expectations {
  const options = { now, ...(region === undefined ? {} : { region }) };
  if (expectations === undefined) return builtInExpectations(options);
  const read = parseExpectations(expectations.text, expectations.name, options);
  const errors = read.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new InputError(
      errors.map(({ message, location }) => `${location.file}:${location.line}: ${message}`).join('\n'),
    );
  }
  return read.expectations;
}

/** The files of an evidence that follow from what was judged, by name; and the report that they are made from. */
export function conclusions(
  { report, expectations }: Judged,
  { guardrails }: Snapshot,
  controls: readonly Control[],
  seconds = report.seconds,
): { readonly json: JsonReport; readonly files: Readonly<Record<string, string>> } {
  const json = reportAsJson({ ...report, seconds });
  return {
    json,
    files: {
      'README.md': readmeText(json, controls),
      'report.json': fileText(json),
      'matrix.csv': renderMatrixCsv(json),
      'allowed.json': allowedText(report),
      'not-checked.json': notCheckedText(report, guardrails),
      'suppressions.json': suppressionsText(report, expectations),
    },
  };
}
